// HTTP as the edge speaks it beside the WebSocket: statuses, limits, origins, operations.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertError, call, register, upgrade, url, word } from './support.js';
import { Wire, exchange, upgradeRequest } from './raw.js';

const json = { 'Content-Type': 'application/json' };
const account = () => JSON.stringify({ username: word('u_'), password: 'long enough' });
const host = () => new URL(url()).host;
const request = (first, headers = {}, body = '') =>
  `${first}\r\n${Object.entries({ Host: host(), ...headers }).map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n${body}`;

describe('operations', () => {
  test('GET /healthz and /readyz answer 200 while all is well', async () => {
    assert.equal((await call('GET', '/healthz')).status, 200);
    assert.equal((await call('GET', '/readyz')).status, 200);
  });

  test('GET /metrics is Prometheus text', async () => {
    const { status, headers, text } = await call('GET', '/metrics');
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/plain/);
    const line = /^(#.*|[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^}]*\})? [-+0-9.eE]+(Inf)?|NaN|)$/;
    for (const each of text.split('\n')) assert.match(each, line);
    assert.match(text, /^# TYPE /m);
  });

  test('GET / is the web client', async () => {
    const { status, headers } = await call('GET', '/');
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/html/);
  });

  test('of the web client comes once, packed if one takes it so, under a strict policy', async () => {
    const plain = await call('GET', '/tincan.js');
    const packed = await call('GET', '/tincan.js', { headers: { 'Accept-Encoding': 'br, gzip' } });
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.ok(Number(packed.headers['content-length']) < plain.text.length / 2);
    assert.notEqual(packed.headers.etag, plain.headers.etag);
    assert.equal((await call('GET', '/tincan.js', { headers: { 'Accept-Encoding': 'gzip;q=0' } })).text, plain.text);
    for (const [etag, accept] of [[plain.headers.etag, ''], [packed.headers.etag, 'gzip']]) {
      const again = await call('GET', '/tincan.js', { headers: { 'If-None-Match': etag, 'Accept-Encoding': accept } });
      assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag]);
    }
    const policy = plain.headers['content-security-policy'];
    assert.match(policy, /default-src 'none'.*script-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|\*|data:|https?:/);
    assertError(await call('GET', '/tincan.js.gz'), 404, 'not_found');
  });
});

describe('a request that names', () => {
  test('no such path is 404 with an error object', async () => {
    for (const path of ['/nothing', '/auth', '/auth/', '/auth/register/x', '/wss', '/../etc/passwd', '/%2e%2e/x']) {
      assertError(await call('GET', path), 404, 'not_found');
    }
    assertError(await call('POST', '/auth/delete', { json: {} }), 404, 'not_found');
  });

  test('a wrong method is 405 and says which are allowed', async () => {
    for (const [method, path] of [
      ['GET', '/auth/register'], ['GET', '/auth/login'], ['DELETE', '/auth/logout'], ['POST', '/healthz'],
      ['PUT', '/readyz'], ['POST', '/metrics'], ['POST', '/ws'],
    ]) {
      const answer = await call(method, path, { headers: { 'Content-Length': 0 } });
      assertError(answer, 405, 'bad_request');
      assert.ok(answer.headers.allow, `${method} ${path} names what is allowed`);
    }
  });
});

describe('a body', () => {
  test('that is not JSON by its Content-Type is 415', async () => {
    for (const headers of [{}, { 'Content-Type': 'text/plain' }, { 'Content-Type': 'application/x-www-form-urlencoded' }]) {
      assertError(await call('POST', '/auth/register', { body: account(), headers }), 415, 'bad_request');
    }
    const headers = { 'Content-Type': 'Application/JSON; charset=utf-8' };
    assert.equal((await call('POST', '/auth/register', { body: account(), headers })).status, 201);
  });

  test('that is not a JSON object in UTF-8 is 400', async () => {
    for (const body of ['', '{', '[]', '"x"', 'null', '{"username":', `${account()}x`, '{"a":1,}',
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), `{"a":${'['.repeat(70)}${']'.repeat(70)}}`]) {
      assertError(await call('POST', '/auth/register', { body, headers: json }), 400, 'bad_request');
    }
  });

  test('over 16 KiB is 413, and one of 16 KiB is not', async () => {
    const padded = (size) => account().padEnd(size, ' ');
    assertError(await call('POST', '/auth/register', { body: padded(16 * 1024 + 1), headers: json }), 413, 'too_large');
    assert.equal((await call('POST', '/auth/register', { body: padded(16 * 1024), headers: json })).status, 201);
  });

  test('announced as huge is refused before it is sent', async () => {
    const { status } = await exchange(request('POST /auth/login HTTP/1.1', { ...json, 'Content-Length': '1099511627776' }));
    assert.equal(status, 413);
  });

  test('without a length is 411, or taken as empty', async () => {
    const { status } = await exchange(request('POST /auth/login HTTP/1.1', json));
    assert.ok([411, 400].includes(status), `${status}`);
  });

  test('in chunks is read whole, or refused with 411 or 501', async () => {
    const answer = await call('POST', '/auth/register', {
      body: account(), headers: { ...json, 'Transfer-Encoding': 'chunked' },
    });
    assert.ok([201, 411, 501].includes(answer.status), `${answer.status}`);
  });
});

describe('an upgrade', () => {
  test('without the subprotocol tincan.v1 is 400', async () => {
    const { token } = await register();
    for (const protocols of [[], ['tincan.v2'], [`tincan.token.${token}`], ['TINCAN.V1x']]) {
      assertError(await upgrade(url(), { token, protocols }), 400, 'bad_request');
    }
  });

  test('is found among other subprotocols', async () => {
    const { token } = await register();
    const { status, headers } = await exchange(
      upgradeRequest(token, { 'Sec-WebSocket-Protocol': 'chat, tincan.v9 ,  tincan.v1' }),
    );
    assert.equal(status, 101);
    assert.equal(headers['sec-websocket-protocol'], 'tincan.v1');
  });

  test('answers the key as RFC 6455 says', async () => {
    const { token } = await register();
    const { headers } = await exchange(upgradeRequest(token, { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' }));
    assert.equal(headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    assert.equal(headers['sec-websocket-extensions'], undefined, 'nothing was offered');
  });

  test('that does not ask for a WebSocket is 426', async () => {
    const { token } = await register();
    const { status, headers } = await exchange(upgradeRequest(token, { Upgrade: undefined, Connection: 'close' }));
    assert.equal(status, 426);
    assert.match(headers.upgrade, /websocket/i);
  });

  test('of another WebSocket version is 426 and names 13', async () => {
    const { token } = await register();
    const { status, headers } = await exchange(upgradeRequest(token, { 'Sec-WebSocket-Version': '8' }));
    assert.equal(status, 426);
    assert.equal(headers['sec-websocket-version'], '13');
  });

  test('with a bad or no key is 400', async () => {
    const { token } = await register();
    for (const key of [undefined, 'short', 'not base64 at all!!!!!!!']) {
      const { status } = await exchange(upgradeRequest(token, { 'Sec-WebSocket-Key': key }));
      assert.equal(status, 400, key);
    }
  });
});

describe('Origin', () => {
  test('is checked first: a foreign one is 403 whatever else is wrong', async () => {
    const { port } = new URL(url());
    const user = await register();
    const foreign = ['http://evil.example', 'null', `http://${host()}.evil.example`, `http://127.0.0.1:${Number(port) + 1}`];
    for (const Origin of foreign) {
      assertError(await upgrade(url(), { token: user.token, headers: { Origin } }), 403, 'forbidden');
      assertError(await upgrade(url(), { protocols: [], headers: { Origin } }), 403, 'forbidden');
      const login = await call('POST', '/auth/login', { json: user, headers: { Origin } });
      assertError(login, 403, 'forbidden');
    }
  });

  test('of the same host and port is welcome', async () => {
    const user = await register();
    for (const Origin of [`http://${host()}`, `https://${host()}`]) {
      const client = await upgrade(url(), { token: user.token, user, headers: { Origin } });
      await client.event('session/ready');
      assert.equal((await call('POST', '/auth/login', { json: user, headers: { Origin } })).status, 200);
    }
  });
});

describe('what HTTP itself demands', () => {
  const raw = async (bytes) => (await exchange(bytes)).status;
  const one = (body, headers) => request('POST /auth/login HTTP/1.1', { ...json, ...headers }, body);

  test('nonsense and ambiguity are 400, so that nothing can be smuggled', async () => {
    for (const bytes of [
      'nonsense\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      `GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`,
      request('GET /healthz HTTP/1.1', { 'Bad Name': 'x' }),
      `GET /healthz HTTP/1.1\r\nHost: ${host()}\r\n folded: x\r\n\r\n`,
      `GET /healthz HTTP/1.1\r\nHost : ${host()}\r\n\r\n`,
      `GET /healthz HTTP/1.1\r\nHost: ${host()}\r\nX: a\u0000b\r\n\r\n`,
      one('{}', { 'Content-Length': '2', 'Transfer-Encoding': 'chunked' }),
      one('{}', { 'Content-Length': '+2' }),
      one('{}', { 'Content-Length': '2, 2' }),
      one('{}', { 'Content-Length': '0x2' }),
      `POST /auth/login HTTP/1.1\r\nHost: ${host()}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`,
    ]) {
      assert.equal(await raw(bytes), 400, bytes);
    }
  });

  test('an unknown transfer encoding is 501 or 400', async () => {
    assert.ok([501, 400].includes(await raw(one('', { 'Transfer-Encoding': 'gzip, chunked' }))));
  });

  test('another major version is 505', async () => {
    assert.equal(await raw(request('GET /healthz HTTP/2.0')), 505);
  });

  test('too long a target is 414, too many headers are 431', async () => {
    assert.equal(await raw(request(`GET /${'x'.repeat(64 * 1024)} HTTP/1.1`)), 414);
    assert.equal(await raw(request('GET /healthz HTTP/1.1', { 'X-Long': 'x'.repeat(64 * 1024) })), 431);
  });

  test('an unknown method is 501 or 405', async () => {
    assert.ok([501, 405].includes(await raw(request('BREW /healthz HTTP/1.1'))));
  });

  test('a connection serves one request after another', async () => {
    const wire = await Wire.open();
    for (let i = 0; i < 3; i += 1) {
      assert.equal((await wire.write(request('GET /healthz HTTP/1.1')).response()).status, 200);
    }
    const twice = request('GET /healthz HTTP/1.1').repeat(2);
    wire.write(twice);
    assert.equal((await wire.response()).status, 200);
    assert.equal((await wire.response()).status, 200);
  });

  test('a request that comes byte by byte is read all the same', async () => {
    const wire = await Wire.open();
    wire.socket.setNoDelay(true);
    for (const byte of request('GET /healthz HTTP/1.1')) {
      await new Promise((resolve) => wire.socket.write(byte, resolve));
    }
    assert.equal((await wire.response()).status, 200);
  });
});
