// How a case of RFC 6455 is put to tincan-echo: the frames that are sent, in what pieces, and all that must come back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Bytes, closePayload, frame, parseFrames, startEcho, upgrade } from './echo.js';
import { within } from './waiting.js';

export const [CONT, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];
export const more = { fin: false };

export const text = (payload, options) => frame(TEXT, payload, options);
export const show = ({ opcode, payload, fin }) => `${fin ? '' : 'unfinished '}${opcode}:${payload.length > 64
  ? `${payload.length} bytes` : payload.toString('latin1')}`;
export const pack = (opcode, payload) => ({ fin: true, opcode, payload: Buffer.from(payload) });
export const normal = pack(CLOSE, closePayload(1000));
export const failed = (code) => pack(CLOSE, closePayload(code));

/** The ways to cut what is sent into pieces. */
export const cuts = {
  'at once': (frames) => [Buffer.concat(frames)],
  'frame by frame': (frames) => frames,
  'byte by byte': (frames) => Array.from(Buffer.concat(frames), (byte) => Buffer.from([byte])),
};

/** All the frames that came until the server ended the connection are these. */
export async function expectFrames(wire, expected) {
  await within(wire.ended, () => `the end after ${expected.map(show)}; had ${wire.size} bytes`);
  const frames = parseFrames(wire.bytes);
  assert.deepEqual(frames.map(show), expected.map(show));
  frames.forEach(({ payload }, i) => assert.ok(payload.equals(expected[i].payload), `payload of frame ${i}`));
}

/** A tincan-echo for a file's tests, which has to end well, and the two kinds of cases. */
export function conform(limit) {
  let echo;
  before(async () => { echo = await startEcho(limit); });
  after(async () => { assert.equal(await echo.stop(), 0, 'tincan-echo ends well, and leaks nothing'); });

  async function open(port = echo.port) {
    const wire = await Bytes.open(port);
    await wire.send([upgrade()]);
    assert.match(await wire.response(), /^HTTP\/1\.1 101 /);
    return wire;
  }

  async function run(frames, expected, cut) {
    const wire = await open();
    await wire.send(cut(frames));
    await expectFrames(wire, expected);
  }

  /** Sent, then closed with 1000: what comes back is `expected` and the echoed close. */
  function echoes(name, frames, expected, how = Object.keys(cuts)) {
    for (const cut of how) {
      const all = [...frames, frame(CLOSE, closePayload(1000))];
      test(`${name}, ${cut}`, () => run(all, [...expected, normal], cuts[cut]));
    }
  }

  /** Sent: what comes back is `first`, a close with the code, and the end. Nothing after it is echoed. */
  function fails(name, code, frames, first = [], how = Object.keys(cuts)) {
    for (const cut of how)
      test(`${name} closes ${code}, ${cut}`, () => run([...frames, text('too late')], [...first, failed(code)], cuts[cut]));
  }

  return { echo: () => echo, echoes, expectFrames, fails, open, run };
}
