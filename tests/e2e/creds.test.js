// A NATS that knows its users by JWT: programs sign in with .creds files. On a server of its own, which keeps the accounts in memory.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createAccount, createOperator, createUser, encodeAccount, encodeOperator, encodeUser, fmtCreds } from '@nats-io/jwt';
import { Program, startMs } from './doors.js';
import { until, within } from './waiting.js';

const folder = mkdtempSync(join(tmpdir(), 'tincan-creds-'));
const path = (name) => join(folder, name);
let server;
let url;

const unlimited = {
  conn: -1, subs: -1, data: -1, payload: -1, imports: -1, exports: -1, leaf: -1,
  mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1, wildcards: true,
};

before(async () => {
  const [operator, system, tincan, stranger] = [createOperator(), createAccount(), createAccount(), createAccount()];
  const accounts = [
    [system, await encodeAccount('SYS', system, {}, { signer: operator })],
    [tincan, await encodeAccount('TINCAN', tincan, { limits: unlimited }, { signer: operator })],
  ];
  const inbox = '_INBOX.tincan-migrate.>';
  const permissions = { pub: { allow: [inbox, '$JS.API.STREAM.*.TINCAN_EVENTS'] }, sub: { allow: [inbox] } };
  for (const [name, account] of [['migrate', tincan], ['stranger', stranger]]) {
    const user = createUser();
    writeFileSync(path(`${name}.creds`), fmtCreds(await encodeUser(name, user, account, permissions), user));
  }
  writeFileSync(path('nats.conf'), `
    operator: ${await encodeOperator('operator', operator, { system_account: system.getPublicKey() })}
    system_account: ${system.getPublicKey()}
    resolver: MEMORY
    resolver_preload: { ${accounts.map(([account, jwt]) => `${account.getPublicKey()}: ${jwt}`).join(', ')} }
    jetstream { store_dir: "${folder}" }`);
  let said = '';
  server = spawn('nats-server', ['-c', path('nats.conf'), '-a', '127.0.0.1', '-p', '-1']);
  server.stderr.on('data', (data) => { said += data; });
  await until(() => /Server is ready/.test(said), () => said);
  url = `nats://127.0.0.1:${/client connections on 127\.0\.0\.1:(\d+)/.exec(said)[1]}`;
});
after(() => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const migrations = new URL('../../migrations', import.meta.url).pathname;
const migrate = (creds) => new Program('migrate', { TINCAN_NATS_URL: url, TINCAN_NATS_CREDS: path(creds), TINCAN_MIGRATIONS_DIR: migrations });

test('who has credentials of the account is let in', async () => {
  const program = migrate('migrate.creds');
  assert.equal(await within(program.ended, 'the end', startMs), 0, program.said);
  assert.match(program.said, /event=stream_created/);
});

test('whoever has other ones, or none, is not', async () => {
  const refused = async (creds, why) => {
    const program = migrate(creds);
    assert.equal(await within(program.ended, 'the end', startMs), 1);
    assert.match(program.said, why);
  };
  await Promise.all([
    refused('stranger.creds', /event=nats_away reason=".*Authorization Violation/), refused('nothing.creds', /event=nats_away reason=".*nothing\.creds/),
  ]);
});
