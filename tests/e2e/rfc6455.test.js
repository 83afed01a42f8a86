// RFC 6455 by cases, against the WebSocket layer alone: what is sent, and every byte that must come back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BINARY, CLOSE, CONT, PING, PONG, TEXT, conform, cuts, failed, more, normal, pack, show, text } from './conformance.js';
import { Bytes, closePayload, frame, parseFrames, startEcho, upgrade } from './echo.js';
import { within } from './waiting.js';

const LIMIT = 16 * 1024 * 1024;
const { echo, echoes, expectFrames, fails, open, run } = conform(LIMIT);

describe('messages are echoed', () => {
  for (const size of [0, 1, 125, 126, 127, 128, 1000, 65535, 65536, 65537]) {
    const how = size > 1000 ? ['at once'] : Object.keys(cuts);
    echoes(`text of ${size}`, [text('*'.repeat(size))], [pack(TEXT, '*'.repeat(size))], how);
    const bytes = Buffer.alloc(size, 0xfe);
    echoes(`binary of ${size}`, [frame(BINARY, bytes)], [pack(BINARY, bytes)], how);
  }
  const many = Array.from({ length: 200 }, (_, i) => `message ${i}`);
  echoes('200 in a row, in order', many.map((each) => text(each)), many.map((each) => pack(TEXT, each)),
    ['at once', 'frame by frame']);
});

describe('control frames', () => {
  for (const payload of ['', 'hello', Buffer.from([0, 255, 254, 253]), Buffer.alloc(125, 0xfe)])
    echoes(`a ping of ${payload.length}`, [frame(PING, payload)], [pack(PONG, payload)]);
  const ten = Array.from({ length: 10 }, (_, i) => `ping ${i}`);
  echoes('ten pings', ten.map((each) => frame(PING, each)), ten.map((each) => pack(PONG, each)));
  echoes('a pong nobody asked for', [frame(PONG, 'unsolicited')], []);
  echoes('pongs and a ping', [frame(PONG), frame(PONG, 'x'), frame(PING, 'y')], [pack(PONG, 'y')]);
  fails('a ping of 126', 1002, [frame(PING, Buffer.alloc(126))]);
  fails('a pong of 126', 1002, [frame(PONG, Buffer.alloc(126))]);
  for (const opcode of [PING, PONG, CLOSE]) {
    fails(`an unfinished control frame ${opcode}`, 1002, [frame(opcode, '', more)]);
    fails(`a control frame ${opcode} with a long length`, 1002, [frame(opcode, 'ab', { form: 2 })]);
  }
});

describe('reserved bits and opcodes', () => {
  for (const rsv of [1, 2, 3, 4, 5, 6, 7]) {
    for (const opcode of [TEXT, BINARY, PING, PONG, CLOSE])
      fails(`reserved bits ${rsv} on ${opcode}`, 1002, [frame(opcode, '', { rsv })], [], ['at once']);
    fails(`reserved bits ${rsv} after a message`, 1002, [text('one'), text('two', { rsv })], [pack(TEXT, 'one')]);
  }
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    fails(`opcode ${opcode}`, 1002, [frame(opcode)], [], ['at once']);
    fails(`opcode ${opcode} after a message`, 1002, [text('one'), frame(opcode, 'two'), frame(PING)],
      [pack(TEXT, 'one')], ['at once', 'byte by byte']);
  }
});

describe('lengths and masks', () => {
  for (const opcode of [TEXT, BINARY]) {
    fails(`opcode ${opcode} without a mask`, 1002, [frame(opcode, 'abc', { masked: false })]);
    for (const [size, form] of [[0, 2], [125, 2], [0, 8], [125, 8], [126, 8], [1000, 8]])
      fails(`opcode ${opcode}, length ${size} in ${form} bytes`, 1002,
        [frame(opcode, Buffer.alloc(size, 'x'), { form })], [], ['at once']);
    fails(`opcode ${opcode}, the highest bit of a length`, 1002, [frame(opcode, '', { form: 8, length: 2n ** 63n })]);
    fails(`opcode ${opcode}, over the limit`, 1009, [frame(opcode, '', { length: LIMIT + 1 })]);
    fails(`opcode ${opcode}, an absurd length`, 1009, [frame(opcode, '', { form: 8, length: 2n ** 62n })]);
  }
  fails('an unmasked ping', 1002, [frame(PING, '', { masked: false })]);
  fails('an unmasked close', 1002, [frame(CLOSE, '', { masked: false })]);
  fails('fragments over the limit together', 1009,
    [text('ab', more), frame(CONT, '', { length: LIMIT - 1 })], [], ['at once']);
});

describe('fragments', () => {
  const two = [text('frag', more), frame(CONT, 'ment')];
  const whole = pack(TEXT, 'fragment');
  echoes('two', two, [whole]);
  echoes('many', [text('', more), ...Array.from('fragment', (c) => frame(CONT, c, more)), frame(CONT)], [whole]);
  echoes('three empty ones', [text('', more), frame(CONT, '', more), frame(CONT)], [pack(TEXT, '')]);
  echoes('binary', [frame(BINARY, 'a', more), frame(CONT, 'b')], [pack(BINARY, 'ab')]);
  echoes('a ping between', [two[0], frame(PING, 'p'), two[1]], [pack(PONG, 'p'), whole]);
  echoes('pings and a pong between', [two[0], frame(PING, '1'), frame(PONG, 'x'), frame(PING, '2'), two[1]],
    [pack(PONG, '1'), pack(PONG, '2'), whole]);
  echoes('two messages of them', [...two, ...two], [whole, whole]);
  echoes('a whole one after', [...two, text('x')], [whole, pack(TEXT, 'x')]);
  echoes('a close between', [text('frag', more)], []);
  fails('a continuation of nothing', 1002, [frame(CONT, 'x')]);
  fails('an unfinished continuation of nothing', 1002, [frame(CONT, 'x', more)]);
  fails('a continuation after the last', 1002, [...two, frame(CONT, 'x')], [whole]);
  fails('text within text', 1002, [text('a', more), text('b')]);
  fails('unfinished text within text', 1002, [text('a', more), text('b', more)]);
  fails('binary within text', 1002, [text('a', more), frame(BINARY, 'b')]);
  fails('text within binary', 1002, [frame(BINARY, 'a', more), text('b')]);
});

const good = ['Köln', 'κόσμε', '日本語', '😀🎉', '\u0000', '\u007f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000',
  '\ufffd', '\ufffe', '\uffff', '\u{10000}', '\u{1ffff}', '\u{10ffff}', '\ufeffmark', `${'a'.repeat(63)}é${'b'.repeat(9)}`];
const bad = ['80', 'bf', 'c0', 'c1', 'f5', 'fe', 'ff', 'c080', 'c1bf', 'e08080', 'e09fbf', 'eda080', 'edbfbf', 'edad80edb080',
  'f0808080', 'f08fbfbf', 'f4908080', 'f7bfbfbf', 'f888808080', 'fc8480808080', 'c3', 'e282', 'f09f98', 'c328', 'e28228',
  'f09f9828', 'cebae1bdb9cf83cebcceb5eda080656469746564', '6162636465666768ff', 'c3a4c3'];

describe('UTF-8', () => {
  for (const each of good) {
    const bytes = Buffer.from(each);
    const name = `text ${bytes.subarray(0, 16).toString('hex')}`;
    echoes(name, [text(each)], [pack(TEXT, each)], ['at once', 'byte by byte']);
    const pieces = Array.from(bytes, (byte, i) => frame(i ? CONT : TEXT, [byte], { fin: i === bytes.length - 1 }));
    echoes(`${name} in fragments`, pieces, [pack(TEXT, each)], ['at once', 'frame by frame']);
  }
  for (const each of bad) {
    const bytes = Buffer.from(each, 'hex');
    fails(`text ${each}`, 1007, [text(bytes)], [], ['at once', 'byte by byte']);
    const pieces = Array.from(bytes, (byte, i) => frame(i ? CONT : TEXT, [byte], more));
    fails(`text ${each} in fragments`, 1007, [...pieces, frame(CONT)], [], ['at once', 'frame by frame']);
    echoes(`binary ${each}`, [frame(BINARY, bytes)], [pack(BINARY, bytes)], ['at once']);
    fails(`${each} as a reason`, 1007, [frame(CLOSE, Buffer.concat([closePayload(1000), bytes]))], [], ['at once']);
  }
  test('bad text closes before the rest of its frame has come', async () => {
    const wire = await open();
    await wire.send([text(Buffer.from('cebaf490', 'hex'), { length: 1000 })]);
    await expectFrames(wire, [failed(1007)]);
  });
  test('bad text closes before the rest of its message has come', async () => {
    const wire = await open();
    await wire.send([text(Buffer.from('ceba', 'hex'), more), frame(CONT, Buffer.from('ff', 'hex'), more)]);
    await expectFrames(wire, [failed(1007)]);
  });
});

describe('the closing handshake', () => {
  const codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
  for (const code of codes)
    test(`${code} is echoed, and nothing after it`, () => run(
      [text('before'), frame(CLOSE, closePayload(code, 'a reason')), text('after'), frame(PING)],
      [pack(TEXT, 'before'), failed(code)], cuts['at once']));
  for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
    fails(`code ${code}`, 1002, [frame(CLOSE, closePayload(code))], [], ['at once', 'byte by byte']);
  for (const cut of Object.keys(cuts))
    test(`without a code, ${cut}`, () => run([frame(CLOSE), text('after')], [pack(CLOSE, '')], cuts[cut]));
  fails('half a code', 1002, [frame(CLOSE, [3])]);
  fails('a payload of 126', 1002, [frame(CLOSE, Buffer.concat([closePayload(1000), Buffer.alloc(124, 'x')]))]);
  test('a reason of 123 bytes is fine', () => run(
    [frame(CLOSE, closePayload(1000, 'x'.repeat(123)))], [normal], cuts['at once']));
  test('a second close is not answered', () => run(
    [frame(CLOSE, closePayload(1000)), frame(CLOSE, closePayload(1001))], [normal], cuts['at once']));
});

describe('sizes', () => {
  const MiB = 1024 * 1024;
  const pieces = (bytes, size) => {
    const cut = [];
    for (let at = 0; at < bytes.length; at += size) cut.push(bytes.subarray(at, at + size));
    return cut;
  };
  async function sends(opcode, payload, chop, fragment = payload.length) {
    const wire = await open();
    const parts = pieces(payload, fragment).map((part, i, all) => frame(i ? CONT : opcode, part, { fin: i === all.length - 1 }));
    await wire.send([...pieces(Buffer.concat(parts), chop), frame(CLOSE, closePayload(1000))]);
    await expectFrames(wire, [pack(opcode, payload), normal]);
  }
  for (const size of [64 * 1024, 256 * 1024, MiB, 4 * MiB, 16 * MiB]) {
    test(`text of ${size}`, () => sends(TEXT, Buffer.alloc(size, 'text é'), 65536));
    test(`binary of ${size} in odd pieces`, () => sends(BINARY, Buffer.alloc(size, 0xfe), Math.max(997, size >> 10) | 1));
  }
  for (const fragment of [64, 1024, 4096, 65536])
    test(`4 MiB in fragments of ${fragment}`, () => sends(BINARY, Buffer.alloc(4 * MiB, 7), 60001, fragment));
  test('text of 1 MiB in pieces that split its characters', () => sends(TEXT, Buffer.alloc(MiB - 1, '日'), 4099, 1023));
  for (const size of [16, 256, 4096])
    test(`a thousand messages of ${size}`, async () => {
      const wire = await open();
      const payload = Buffer.alloc(size, 'm');
      const all = Array.from({ length: 1000 }, () => text(payload));
      await wire.send([...pieces(Buffer.concat(all), 10007), frame(CLOSE, closePayload(1000))]);
      await expectFrames(wire, [...Array.from({ length: 1000 }, () => pack(TEXT, payload)), normal]);
    });
});

describe('a smaller limit', () => {
  let small;
  before(async () => { small = await startEcho(1000); });
  after(async () => { assert.equal(await small.stop(), 0); });
  for (const [name, frames, expected] of [
    ['as large as the limit', [text('x'.repeat(1000))], pack(TEXT, 'x'.repeat(1000))],
    ['as large together', [text('x'.repeat(999), more), frame(PING), frame(CONT, 'x')], pack(TEXT, 'x'.repeat(1000))],
    ['one byte more', [text('x'.repeat(1001))], failed(1009)],
    ['one byte more together', [text('x'.repeat(999), more), frame(CONT, 'xy')], failed(1009)],
  ])
    test(name, async () => {
      const wire = await open(small.port);
      await wire.send([...frames, frame(CLOSE, closePayload(1000))]);
      await within(wire.ended, 'the end');
      const got = parseFrames(wire.bytes).filter(({ opcode }) => opcode !== PONG);
      assert.equal(show(got[0]), show(expected));
    });
});

describe('the opening handshake', () => {
  const key = 'Sec-WebSocket-Key';
  const version = 'Sec-WebSocket-Version';
  for (const [name, request, status] of [
    ['as in the RFC', upgrade(), 101],
    ['with other tokens beside', upgrade({ Connection: 'keep-alive, Upgrade', Upgrade: 'x, WebSocket' }), 101],
    ['with extensions offered', upgrade({ 'Sec-WebSocket-Extensions': 'permessage-deflate' }), 101],
    ['by POST', upgrade({}, 'POST /x HTTP/1.1'), 405],
    ['by HTTP/1.0', upgrade({}, 'GET /x HTTP/1.0'), 400],
    ['by HTTP/2.0', upgrade({}, 'GET /x HTTP/2.0'), 505],
    ['without Host', upgrade({ Host: undefined }), 400],
    ['without Upgrade', upgrade({ Upgrade: undefined }), 426],
    ['without Connection', upgrade({ Connection: undefined }), 426],
    ['without a key', upgrade({ [key]: undefined }), 400],
    ['with a short key', upgrade({ [key]: 'c2hvcnQ=' }), 400],
    ['with a key that is no base64', upgrade({ [key]: '!!!!!!!!!!!!!!!!!!!!!!==' }), 400],
    ['with two keys', upgrade({ [key]: `dGhlIHNhbXBsZSBub25jZQ==\r\n${key}: dGhlIHNhbXBsZSBub25jZQ==` }), 400],
    ['without a version', upgrade({ [version]: undefined }), 426],
    ['with version 8', upgrade({ [version]: '8' }), 426],
    ['with a body', upgrade({ 'Content-Length': '2' }) + 'ab', 400],
  ])
    test(`${name}: ${status}`, async () => {
      const wire = await Bytes.open(echo().port);
      await wire.send([request]);
      const response = await wire.response();
      assert.match(response, new RegExp(`^HTTP/1\\.1 ${status} `));
      if (status === 101) assert.match(response, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
      if (status === 101) assert.doesNotMatch(response, /extensions/i);
      if (status === 426) assert.match(response, /\r\nSec-WebSocket-Version: 13\r\n/);
      wire.close();
    });
  test('frames right behind it are read', async () => {
    const wire = await Bytes.open(echo().port);
    await wire.send([Buffer.concat([Buffer.from(upgrade()), text('early'), frame(CLOSE, closePayload(1000))])]);
    await wire.response();
    await expectFrames(wire, [pack(TEXT, 'early'), normal]);
  });
});
