// TLS at the edge: on one of its own, beside the stack's.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { assertError, connect, groupOf, people, post, quiet, register, talk, until, upgrade, within } from './support.js';
import { ownEdge } from './edge.js';

const directory = mkdtempSync(join(tmpdir(), 'tincan-tls-'));
const file = (name) => join(directory, name);

/** A certificate of that name, signed by itself: `<name>.pem`, `<name>.key`. */
function certify(name) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`),
  ], { stdio: 'ignore' });
}

function install(name) {
  copyFileSync(file(`${name}.pem`), file('certificate'));
  copyFileSync(file(`${name}.key`), file('key'));
}

let edge;
let ca;
before(async () => {
  certify('first');
  certify('second');
  install('first');
  ca = ['first', 'second'].map((name) => readFileSync(file(`${name}.pem`)));
  edge = await ownEdge({ TINCAN_TLS_CERT: file('certificate'), TINCAN_TLS_KEY: file('key'), TINCAN_DRAIN_MS: '200' });
});
after(async () => {
  await edge?.down();
  rmSync(directory, { recursive: true });
});

/** Shakes hands, and gives the socket. */
function shakeHands(options = {}) {
  const { hostname: host, port } = new URL(edge.url);
  return within(new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port, ca, ...options }, () => resolve(socket.unref()));
    socket.on('error', reject);
  }), 'a handshake');
}

const refused = (options, code) => assert.rejects(shakeHands(options), { code });
const securely = (user) => connect(user, { at: edge.url, ca });
const peerName = async () => {
  const socket = await shakeHands();
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
};

describe('a handshake', () => {
  test('is of TLS 1.2 or 1.3, with forward secrecy, and chooses HTTP/1.1', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      const socket = await shakeHands({ minVersion: version, maxVersion: version, ALPNProtocols: ['h2', 'http/1.1'] });
      assert.deepEqual([socket.getProtocol(), socket.alpnProtocol], [version, 'http/1.1']);
      socket.destroy();
    }
  });

  test('of what is older, weaker or another protocol fails', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' };
    await refused(old, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    await refused({ maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }, 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE');
    await refused({ ALPNProtocols: ['h2'] }, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
  });
});

describe('over TLS', () => {
  test('HTTP is answered, and in clear it is 400', async () => {
    const answer = await within(new Promise((resolve, reject) => {
      https.get(`${edge.url}/healthz`, { ca, agent: false }, resolve).on('error', reject);
    }), 'an answer');
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.resume().headers['content-type'], 'application/json');
    const { token } = await register();
    assertError(await upgrade(edge.url.replace('https', 'http'), { token }), 400, 'bad_request');
  });

  test('people talk with those who speak in clear elsewhere', async () => {
    const [user, [ben]] = [await register('anna'), await people('ben')];
    const anna = await securely(user);
    const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
    await post(anna, room, 'hello', [ben]);
    await post(ben, room, '😀'.repeat(8000), [anna]);
    assert.equal((await anna.close()).code, 1000);
  });

  test('many hear everything', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
    const all = await Promise.all(Array.from({ length: 60 }, (_, i) => securely((i % 2 ? anna : ben).user)));
    const asked = Array.from({ length: 20 }, (_, i) => anna.ask('message/create', { conversation_id: room.id, body: `${i} `.padEnd(3000, 'x') }));
    const seqs = (await Promise.all(asked)).map(({ message }) => message.seq);
    for (const seq of seqs) await Promise.all(all.map((each) => each.event('message/created', (d) => d.message.seq === seq)));
    await quiet(...all);
  });

  test('who does not read is closed with 4001, and nobody else notices', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
    for (let i = 0; i < 8; i += 1) await post(anna, room, '😀'.repeat(8000), [ben]);
    const [slow, other] = await Promise.all([securely(ben.user), securely(ben.user)]);
    slow.pause();
    for (let i = 0; i < 95; i += 1) slow.send({ type: 'message/list', id: `${i}`, data: { conversation_id: room.id } });
    await until(() => edge.counter('tincan_edge_slow_closes_total'), 'it to be seen as too slow', 15_000);
    await post(anna, room, 'unhindered', [ben, other]);
    slow.resume();
    assert.equal((await slow.closed(15_000)).code, 4001);
  });
});

describe('SIGHUP', () => {
  const renewed = () => edge.said.split('event=certificate_renewed').length - 1;

  test('takes a new certificate for whoever comes, and those who are there go on', async () => {
    const anna = await securely(await register('anna'));
    assert.equal(await peerName(), 'first');
    install('second');
    edge.signal('SIGHUP');
    await until(() => renewed() === 1, 'the new certificate');
    assert.equal(await peerName(), 'second');
    await anna.fence();
  });

  test('keeps the old one where the new one is bad, and says so', async () => {
    const before = await peerName();
    copyFileSync(file('first.key'), file('key'));
    copyFileSync(file('second.pem'), file('certificate'));
    edge.signal('SIGHUP');
    await until(() => /event=bad_certificate reason=.*key values mismatch/.test(edge.said), 'a complaint');
    writeFileSync(file('certificate'), '');
    edge.signal('SIGHUP');
    await until(() => edge.said.split('event=bad_certificate').length === 3, 'another complaint');
    assert.equal(await peerName(), before);
  });

  test('is nothing to an edge without TLS', async () => {
    const plain = await ownEdge({ TINCAN_DRAIN_MS: '0' });
    plain.signal('SIGHUP');
    await plain.down();
  });
});

test('an edge with a certificate that is no good does not start', async () => {
  const bad = await ownEdge({ TINCAN_TLS_CERT: file('nowhere') });
  assert.equal((await bad.ended()).code, 1);
  assert.match(bad.said, /event=bad_certificate reason=.*No such file/);
});
