// docs/asyncapi.yaml and docs/openapi.yaml: valid, about this very server, and in step with docs/protocol.md.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import asyncapi from '@asyncapi/parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import { operations, serverMessages } from './contract.js';
import { docs, http } from './documents.js';
import { answered, routes } from './http-contract.js';
import { call, connect, register, upgrade, url, word } from './support.js';

describe('docs/asyncapi.yaml', () => {
  test('is AsyncAPI', async () => {
    const { diagnostics } = await new asyncapi.Parser().parse(docs('asyncapi.yaml'));
    const { Error: error, Warning: warning } = asyncapi.DiagnosticSeverity;
    const bad = diagnostics.filter(({ severity }) => severity === error || severity === warning);
    assert.deepEqual(bad.map(({ path, message }) => `${path.join('.')}: ${message}`), []);
  });

  test('has the operations that the server has', () => {
    const program = join(process.env.TINCAN_BUILD, 'tests/tincan-operations');
    const rows = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
    const described = Object.entries(operations).map(([type, { answers: [answer = '-'], failure, quiet }]) =>
      `${type} ${answer} ${failure} ${quiet ? 'quiet' : 'answered'}`);
    assert.deepEqual(described.sort(), rows.sort());
  });

  test('has the messages that docs/protocol.md tells of, and no others', () => {
    const told = [...docs('protocol.md').matchAll(/`((?:auth|user|group|conversation|message|session)\/[a-z-]+)`/g)];
    const types = serverMessages.map((message) => message.split(' ')[0]).filter((type) => type.includes('/'));
    const known = new Set([...Object.keys(operations), ...types]);
    assert.deepEqual([...new Set(told.map(([, type]) => type))].sort(), [...known].sort());
  });
});

describe('docs/openapi.yaml', () => {
  test('is OpenAPI', async () => {
    const { errors = [] } = await new Validator().validate(structuredClone(http));
    assert.deepEqual(errors, []);
  });

  const account = () => ({ username: word('u_'), password: 'long enough' });
  const foreign = { Origin: 'http://evil.example' };
  const huge = { ...account(), more: 'x'.repeat(17 * 1024) };

  async function accounts(path) {
    await call('POST', path, { json: {} });
    await call('POST', path, { json: account(), headers: foreign });
    await call('POST', path, { json: huge });
    await call('POST', path, { body: '{}', headers: { 'Content-Type': 'text/plain' } });
  }

  async function upgrades(user) {
    await (await connect(user)).close();
    await upgrade(url(), { token: user.token, protocols: [] });
    await upgrade(url(), { token: 'x' });
    await upgrade(url(), { token: user.token, headers: foreign });
    await call('GET', '/ws', { token: user.token });
  }

  // 429 is seen in limits.test.js, 503 in outage.test.js, where there are settings and outages for it.
  test('has every answer that the server gives, and it gives them all', async () => {
    const user = await register();
    for (const path of ['/auth/register', '/auth/login']) await accounts(path);
    await call('POST', '/auth/register', { json: user });
    await call('POST', '/auth/login', { json: user });
    await call('POST', '/auth/login', { json: account() });
    await upgrades(user);
    for (const token of ['x', user.token]) await call('POST', '/auth/logout', { token });
    await call('POST', '/auth/logout', { headers: foreign });
    for (const path of ['/healthz', '/readyz', '/metrics', '/']) await call('GET', path);
    for (const { path } of routes) await call('DELETE', path);
    await call('GET', '/nothing');

    const expected = routes.flatMap(({ method, path, statuses }) => statuses.map((status) => `${method} ${path} ${status}`));
    const seen = (each) => answered.has(each) || answered.has(each.replace(/^\w+ (.*) 405$/, 'DELETE $1 405'));
    assert.deepEqual(expected.filter((each) => !seen(each) && !/(429|503)$/.test(each)), []);
  });
});
