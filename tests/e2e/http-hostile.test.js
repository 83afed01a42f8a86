// HTTP as attackers write it: each request that two readers could read in two ways, or that never ends, has one defined
// answer, and whatever is hidden behind it is not read as a request.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { url, word } from './support.js';
import { Wire } from './raw.js';

const host = () => new URL(url()).host;
const hidden = () => `GET /healthz HTTP/1.1\r\nHost: ${host()}\r\n\r\n`;
const get = (path, more = '', method = 'GET') => `${method} ${path} HTTP/1.1\r\nHost: ${host()}\r\n${more}\r\n`;
const post = (more, body = '') => get('/auth/login', `Content-Type: application/json\r\n${more}`, 'POST') + body;

/** The one answer to these bytes and a request behind them; the connection ends after it. */
async function refused(bytes) {
  const wire = await Wire.open();
  const { status } = await wire.write(Buffer.concat([Buffer.from(bytes, 'latin1'), Buffer.from(hidden())])).response();
  await wire.end();
  assert.equal(wire.buffer.length, 0, 'and nothing else is answered');
  return status;
}

/** The status, and that the connection goes on with the request behind. */
async function answered(bytes, to) {
  const wire = await Wire.open();
  const { status } = await wire.write(bytes + hidden()).response({ to });
  assert.equal((await wire.response()).status, 200, 'what comes behind');
  wire.socket.destroy();
  return status;
}

function all(what, status, cases) {
  for (const [name, bytes] of Object.entries(cases))
    test(`${what}: ${name} is ${status}`, async () => assert.equal(await refused(bytes()), status));
}

describe('a body whose end is in doubt', () => {
  all('lengths', 400, {
    'length and chunks': () => post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    'chunks and length': () => post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    'length and another encoding': () => post('Content-Length: 5\r\nTransfer-Encoding: identity\r\n', '{}abc'),
    'two that differ': () => post('Content-Length: 2\r\nContent-Length: 40\r\n', '{}'),
    'two alike': () => post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'),
    'a list': () => post('Content-Length: 2, 2\r\n', '{}'),
    'a sign': () => post('Content-Length: +2\r\n', '{}'),
    'below zero': () => post('Content-Length: -2\r\n', '{}'),
    'hexadecimal': () => post('Content-Length: 0x2\r\n', '{}'),
    'a space within': () => post('Content-Length: 1 0\r\n', '{}'),
    'nothing': () => post('Content-Length:\r\n', '{}'),
    'chunks in HTTP/1.0': () => post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'),
  });
  all('a length', 413, {
    'one byte too long': () => post('Content-Length: 16385\r\n'),
    'of more digits than any number has': () => post(`Content-Length: ${'9'.repeat(40)}\r\n`),
  });
  all('chunks', 411, {
    'alone': () => post('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'),
    'in another case, with space around': () => post('Transfer-Encoding: \t CHUNKED \r\n', '0\r\n\r\n'),
    'without a length on a GET': () => get('/healthz', 'Transfer-Encoding: chunked\r\n'),
  });
  all('an encoding', 501, {
    'identity': () => post('Transfer-Encoding: identity\r\n', '{}'),
    'gzip, chunked': () => post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
    'chunked, identity': () => post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'),
    'xchunked': () => post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
    'in quotes': () => post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n'),
  });
});

describe('lines that two readers see in two ways', () => {
  all('a head', 400, {
    'folded': () => get('/healthz', 'X-A: b\r\n c: d\r\n'),
    'folded by a tab': () => get('/healthz', 'X-A: b\r\n\tTransfer-Encoding: chunked\r\n'),
    'folded right away': () => `GET /healthz HTTP/1.1\r\n Host: ${host()}\r\n\r\n`,
    'of lines without CR': () => hidden().replaceAll('\r\n', '\n'),
    'of one line without CR': () => get('/healthz', 'X-A: b\nContent-Length: 40\r\n'),
    'of lines without LF': () => get('/healthz', 'X-A: b\rContent-Length: 40\r\n'),
    'with CR CR LF': () => get('/healthz', 'X-A: b\r\r\n'),
    'with space before a colon': () => get('/healthz', 'Content-Length : 40\r\n'),
    'with a tab before a colon': () => get('/healthz', 'Content-Length\t: 40\r\n'),
    'with a name of nothing': () => get('/healthz', ': x\r\n'),
    'with a line without a colon': () => get('/healthz', 'nonsense\r\n'),
    'with space in a name': () => get('/healthz', 'X A: b\r\n'),
    'with NUL in a name': () => get('/healthz', 'X\0A: b\r\n'),
    'with NUL in a value': () => get('/healthz', 'X-A: b\0\r\n'),
    'with a control character': () => get('/healthz', 'X-A: \x1b[0m\r\n'),
    'with DEL': () => get('/healthz', 'X-A: \x7f\r\n'),
    'with bytes beyond ASCII in a name': () => get('/healthz', 'X-\xe9: b\r\n'),
    'behind an empty line': () => `\r\n${hidden()}`,
  });
  all('a request line', 400, {
    'of HTTP/0.9': () => 'GET /healthz\r\n\r\n',
    'with two spaces': () => hidden().replace('GET ', 'GET  '),
    'with tabs': () => hidden().replace('GET ', 'GET\t'),
    'with something behind': () => hidden().replace('HTTP/1.1', 'HTTP/1.1 x'),
    'of http/1.1 in lower case': () => hidden().replace('HTTP/1.1', 'http/1.1'),
    'of HTTP/1.10': () => hidden().replace('HTTP/1.1', 'HTTP/1.10'),
    'of HTTP/1': () => hidden().replace('HTTP/1.1', 'HTTP/1'),
    'with NUL in the path': () => get('/healthz\0.html'),
    'with a backslash': () => get('/..\\..\\etc'),
    'with bytes beyond ASCII': () => get('/caf\xe9'),
    'with a fragment': () => get('/healthz#x'),
    'of a path without a slash': () => get('healthz'),
    'for another scheme': () => get(`https://${host()}/healthz`),
    'for another host than Host': () => get('http://elsewhere.example/healthz'),
    'of TLS': () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
  });
  all('Host', 400, {
    'missing': () => 'GET /healthz HTTP/1.1\r\n\r\n',
    'twice': () => get('/healthz', `Host: ${host()}\r\n`),
    'empty': () => 'GET /healthz HTTP/1.1\r\nHost:\r\n\r\n',
    'a list': () => 'GET /healthz HTTP/1.1\r\nHost: a, b\r\n\r\n',
    'with a path': () => 'GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n',
    'with a user': () => 'GET /healthz HTTP/1.1\r\nHost: u@a\r\n\r\n',
  });
  all('a version', 505, {
    '1.2': () => hidden().replace('HTTP/1.1', 'HTTP/1.2'),
    '2.0': () => hidden().replace('HTTP/1.1', 'HTTP/2.0'),
    'of the preface of HTTP/2': () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '0.9': () => hidden().replace('HTTP/1.1', 'HTTP/0.9'),
  });
  all('a method', 501, {
    'in lower case': () => get('/healthz', '', 'get'),
    TRACE: () => get('/healthz', '', 'TRACE'),
    CONNECT: () => get('elsewhere.example:443', '', 'CONNECT'),
    'of its own': () => get('/healthz', '', 'BREW'),
  });
  all('an expectation', 400, { 'that nobody knows': () => post('Content-Length: 2\r\nExpect: 200-ok\r\n', '{}') });
});

describe('floods', () => {
  const headers = (count) => Array.from({ length: count }, (_, i) => `X-${i}: x\r\n`).join('');
  const head = (size) => get('/healthz', `X: ${'x'.repeat(size - get('/healthz', 'X: \r\n').length)}\r\n`);
  test('64 headers are read, one more is 431', async () => {
    assert.equal(await answered(get('/healthz', headers(63))), 200);
    assert.equal(await refused(get('/healthz', headers(64))), 431);
  });
  test('a head of 8 KiB is read, one more byte is 431', async () => {
    assert.equal(await answered(head(8192)), 200);
    assert.equal(await refused(head(8193)), 431);
  });
  test('a head that never ends is 431 and a target that never ends is 414, at 8 KiB', async () => {
    assert.equal(await refused(get('/healthz', headers(5000))), 431);
    assert.equal(await refused(`GET /${'x'.repeat(1 << 20)}`), 414);
  });
  test('a hundred requests in one write get a hundred answers, in order', async () => {
    const wire = await Wire.open();
    wire.write(Array.from({ length: 100 }, (_, i) => get(i % 2 ? '/healthz' : '/nothing')).join(''));
    for (let i = 0; i < 100; i += 1) assert.equal((await wire.response()).status, i % 2 ? 200 : 404);
  });
  test('nonsense among them is 400, and the end', async () => {
    const wire = await Wire.open();
    wire.write(`${hidden()}${hidden()}\0${hidden()}`);
    assert.deepEqual([(await wire.response()).status, (await wire.response()).status, (await wire.response()).status], [200, 200, 400]);
    await wire.end();
  });
});

describe('what is seldom asked, but may be', () => {
  test('an absolute URI of this host', async () => assert.equal(await answered(get(`http://${host()}/healthz`)), 200));
  test('HEAD, without a body', async () => assert.equal(await answered(get('/healthz', '', 'HEAD'), 'HEAD'), 200));
  test('OPTIONS: 405, or 404 of the server as a whole', async () => {
    assert.equal(await answered(get('/healthz', '', 'OPTIONS')), 405);
    assert.equal(await answered(get('*', '', 'OPTIONS')), 404);
  });
  test('HTTP/1.0, with or without Host, gets its answer and the end', async () => {
    assert.equal(await refused('GET /healthz HTTP/1.0\r\n\r\n'), 200);
    assert.equal(await refused(`GET /healthz HTTP/1.0\r\nHost: ${host()}\r\nConnection: keep-alive\r\n\r\n`), 200);
  });
  test('Connection: close', async () => assert.equal(await refused(get('/healthz', 'Connection: x, CLOSE\r\n')), 200));
  test('Expect: 100-continue is told to go on, but not for a body that is too long', async () => {
    const json = JSON.stringify({ username: word('nobody_'), password: 'not the one' });
    const wire = await Wire.open();
    wire.write(post(`Content-Length: ${json.length}\r\nExpect: 100-continue\r\n`));
    assert.equal((await wire.response()).status, 100);
    assert.equal((await wire.write(json).response()).status, 401);
    assert.equal(await refused(post('Content-Length: 16385\r\nExpect: 100-continue\r\n')), 413);
  });
  test('a query beside a path', async () => assert.equal(await answered(get('/healthz?x=/../..&y=%00')), 200));
});

test('no path leads out of the web client', async () => {
  for (const path of ['/../../etc/passwd', '/..', '/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fetc/passwd', '/%252e%252e%252fetc/passwd',
    '/.%2e/x', '/index.html/../../x', '//etc/passwd', '/./index.html', '/tincan.js%00', '/tincan.js%00.html', '/tincan.js/',
    '/tincan%2ejs', '/TINCAN.JS', '/tincan.js.gz', '/%c0%ae%c0%ae/x', '/%5c..%5cx', '/;/x', '/~root/', '/proc/self/environ', '/.'])
    assert.equal(await answered(get(path)), 404, path);
});
