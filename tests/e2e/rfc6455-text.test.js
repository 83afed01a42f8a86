// Text and its end, case by case as the well-known conformance suites have it (their sections 5 to 7, 9 and 10): UTF-8
// (RFC 3629) cut at every place, each kind of bytes that is none, what may stand beside a close, echoes one at a time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BINARY, CLOSE, CONT, PING, PONG, TEXT, conform, cuts, failed, more, normal, pack, text } from './conformance.js';
import { Bytes, closePayload, frame, parseFrames, upgrade } from './echo.js';
import { within } from './waiting.js';

const { echo, echoes, expectFrames, fails, open, run } = conform(16 * 1024 * 1024);
const once = ['at once'];
const bytesOf = (hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** As two fragments, cut before the byte `at`. */
const halves = (bytes, at) => [text(bytes.subarray(0, at), more), frame(CONT, bytes.subarray(at))];

describe('text that is good', () => {
  const greek = Buffer.from('Hello-µ@ßöäüàá-UTF-8!!');
  for (let at = 0; at <= greek.length; at += 1) echoes(`cut at ${at}`, halves(greek, at), [pack(TEXT, greek)], once);
  const word = bytesOf('cebae1bdb9cf83cebcceb5');
  for (const end of [2, 5, 7, 9, 11])
    echoes(`the first ${end} bytes of a word`, [text(word.subarray(0, end))], [pack(TEXT, word.subarray(0, end))], once);
  for (const hex of ['00', 'c280', 'e0a080', 'f0908080', '7f', 'dfbf', 'efbfbf', 'f48fbfbf', 'ed9fbf', 'ee8080', 'efbfbd',
    'efbfbe', 'f3bfbfbf', 'f09fbfbe', 'f09fbfbf', 'f1afbfbe', 'f1afbfbf', 'f48fbfbe', 'efb790', 'efb7af', 'efbbbf']) {
    const bytes = bytesOf(hex);
    for (let at = 0; at <= bytes.length; at += 1) echoes(`${hex} cut at ${at}`, halves(bytes, at), [pack(TEXT, bytes)], once);
  }
  echoes('empty fragments between the bytes of a character',
    [text([0xe2], more), frame(CONT, '', more), frame(CONT, [0x82], more), frame(CONT, '', more), frame(CONT, [0xac])],
    [pack(TEXT, '€')]);
  echoes('a ping between the bytes of a character', [text([0xe2, 0x82], more), frame(PING, [0xff]), frame(CONT, [0xac])],
    [pack(PONG, [0xff]), pack(TEXT, '€')]);
  echoes('a cut character does not weigh on the next message', [...halves(Buffer.from('é'), 1), text('é'), frame(BINARY, [0xc3])],
    [pack(TEXT, 'é'), pack(TEXT, 'é'), pack(BINARY, [0xc3])]);
});

describe('text that is not', () => {
  const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => (from + i).toString(16));
  const sets = {
    'parts of a word': ['ce', 'cebae1', 'cebae1bd', 'cebae1bdb9cf', 'cebae1bdb9cf83ce', 'cebae1bdb9cf83cebcce'],
    'five and six bytes': ['f888808080', 'fc8480808080', 'fbbfbfbfbf', 'fdbfbfbfbfbf', 'f7bfbfbf'],
    'beyond the last code point': ['f4908080', 'f5808080', 'f48fbfbfbf'],
    'continuations alone': ['80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80', '80bf80bf80bf', range(0x80, 0xbf).join('')],
    'starts alone': ['c020', 'df20', 'e020', 'ef20', 'f020', 'f720', 'f820', 'fc20', range(0xc2, 0xdf).join('20')],
    'a last byte missing': ['c2', 'e0a0', 'f09080', 'f8888080', 'fc84808080', 'df', 'efbf', 'f3bfbf', 'fbbfbfbf', 'fdbfbfbfbf'],
    'one that is cut off behind another': ['c2c2', 'e0a0e0a0', 'f09080f09080', 'c2e0a0f09080'],
    'bytes that never are': ['fe', 'ff', 'fefeffff'],
    'forms that are too long': ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af'],
    'the highest of them': ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf'],
    'zero that is too long': ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080'],
    'halves of surrogates': ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf'],
    'pairs of them': ['eda080edb080', 'eda080edbfbf', 'edadbfedb080', 'edadbfedbfbf', 'edae80edb080', 'edae80edbfbf',
      'edafbfedb080', 'edafbfedbfbf'],
  };
  for (const [what, all] of Object.entries(sets))
    for (const hex of all) fails(`${what}: ${hex.slice(0, 24)}`, 1007, [text(bytesOf(hex))], [], once);
});

describe('bad text fails as soon as it can be known', () => {
  const whole = Buffer.from('κόσμε');
  const bad = [['f4908080', 2], ['eda080', 2], ['c0', 1], ['f88080', 1], ['80', 1], ['e080', 2], ['f08f', 2]];
  for (const [hex, known] of bad) {
    const before = Buffer.concat([whole, bytesOf(hex).subarray(0, known)]);
    test(`${hex} within a frame`, async () => {
      const wire = await open();
      await wire.send([text(before, { length: before.length + 100 })]);
      await expectFrames(wire, [failed(1007)]);
    });
    test(`${hex} within a message`, async () => {
      const wire = await open();
      await wire.send([text(before, more)]);
      await expectFrames(wire, [failed(1007)]);
    });
  }
  for (const [hex, last] of [['f490', 0x90], ['eda0', 0xa0], ['e080', 0x80], ['f08f', 0x8f], ['c328', 0x28]])
    test(`${hex} by the byte that comes alone, and not before`, async () => {
      const wire = await open();
      await wire.send([text(bytesOf(hex).subarray(0, 1), more), frame(PING, 'still there')]);
      await wire.until(13);
      assert.deepEqual(parseFrames(wire.bytes), [pack(PONG, 'still there')]);
      await wire.send([frame(CONT, [last], more)]);
      await expectFrames(wire, [pack(PONG, 'still there'), failed(1007)]);
    });
});

describe('around a close', () => {
  const big = Buffer.alloc(256 * 1024, 'b');
  echoes('a message of 256 KiB before it', [text(big)], [pack(TEXT, big)], ['at once', 'frame by frame']);
  for (const [what, frames] of Object.entries({
    'a ping': [frame(PING)],
    'a text': [text('x')],
    'the rest of a message': [frame(CONT, 'x')],
    'another close': [frame(CLOSE, closePayload(1002))],
    'nonsense': [Buffer.alloc(100, 0xff)],
    'a message of 256 KiB and a ping': [text(big), frame(PING)],
  }))
    test(`${what} behind it is nothing`, async () => {
      const wire = await open();
      await wire.send([Buffer.concat([text('part', more), frame(CLOSE, closePayload(1000)), ...frames])]);
      await expectFrames(wire, [normal]);
    });
  for (const [name, reason] of [['of ASCII', 'x'.repeat(123)], ['of code points of four bytes', '😀'.repeat(30)], ['empty', '']])
    test(`a reason ${name} is fine`, () => run([frame(CLOSE, closePayload(1000, reason)), text('late')], [normal], cuts['at once']));
  for (const hex of ['ce', 'cebae1bdb9cf83cebcceb5eda080656469746564', 'f4908080', 'c080', 'e28228'])
    fails(`a reason of ${hex}`, 1007, [frame(CLOSE, Buffer.concat([closePayload(1000), bytesOf(hex)]))], [], once);
  for (const code of [1005, 1006, 1015, 2999, 5000, 65535])
    fails(`code ${code} with a reason`, 1002, [frame(CLOSE, closePayload(code, 'why'))], [], once);
  test('the connection ends right after it', async () => {
    const wire = await open();
    const began = performance.now();
    await wire.send([frame(CLOSE, closePayload(1000))]);
    await within(wire.ended, 'the end');
    assert.ok(performance.now() - began < 2000, 'and not after a time-out');
  });
});

describe('one at a time', () => {
  for (const [opcode, size, count] of [[TEXT, 0, 200], [TEXT, 125, 200], [BINARY, 4096, 100], [TEXT, 65536, 20], [PING, 125, 200]])
    test(`${count} of opcode ${opcode} and ${size} bytes, each echoed before the next is sent`, async () => {
      const wire = await open();
      const [sent, answer] = [frame(opcode, Buffer.alloc(size, 'e')), opcode === PING ? PONG : opcode];
      const each = size + (size < 126 ? 2 : size < 65536 ? 4 : 10);
      for (let i = 1; i <= count; i += 1) {
        wire.socket.write(sent);
        await wire.until(i * each);
      }
      const frames = parseFrames(wire.bytes);
      assert.equal(frames.length, count);
      assert.ok(frames.every((one) => one.opcode === answer && one.payload.length === size));
      await wire.send([frame(CLOSE)]);
      await within(wire.ended, 'the end');
    });
  test('64 KiB in fragments of 1,300 bytes', async () => {
    const payload = Buffer.alloc(65536, 'auto ');
    const parts = [];
    for (let at = 0; at < payload.length; at += 1300)
      parts.push(frame(at ? CONT : TEXT, payload.subarray(at, at + 1300), { fin: at + 1300 >= payload.length }));
    const wire = await open();
    await wire.send([...parts, frame(CLOSE, closePayload(1000))]);
    await expectFrames(wire, [pack(TEXT, payload), normal]);
  });
});

describe('compression', () => {
  const offers = ['permessage-deflate', 'permessage-deflate; client_max_window_bits', 'permessage-deflate; server_no_context_takeover; '
    + 'client_no_context_takeover; server_max_window_bits=9', 'x-webkit-deflate-frame, permessage-bzip2', 'permessage-deflate; =bad'];
  for (const offer of offers)
    test(`is declined: ${offer}`, async () => {
      const wire = await Bytes.open(echo().port);
      await wire.send([upgrade({ 'Sec-WebSocket-Extensions': offer })]);
      const response = await wire.response();
      assert.match(response, /^HTTP\/1\.1 101 /);
      assert.doesNotMatch(response, /extensions/i);
      await wire.send([text('packed', { rsv: 4 })]);
      await expectFrames(wire, [failed(1002)]);
    });
});
