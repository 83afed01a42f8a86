// The edge's WebSocket layer alone (tincan-echo), and a client that says exactly which bytes it sends and got.
import { spawn } from 'node:child_process';
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { within } from './waiting.js';

const build = process.env.TINCAN_BUILD ?? fileURLToPath(new URL('../../build', import.meta.url));

/** Starts tincan-echo; `{port, stop()}`, where stop gives its exit status. */
export async function startEcho(maxMessage) {
  const child = spawn(`${build}/tests/tincan-echo`, ['--port', '0', '--max-message', String(maxMessage)],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  const port = await within(new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stdout.on('data', (text) => resolve(Number(/:(\d+)\n/.exec(text)[1])));
  }), 'tincan-echo to listen');
  return {
    port,
    stop() {
      child.kill('SIGTERM');
      return within(exit, 'tincan-echo to end');
    },
  };
}

function header(length, form) {
  const wanted = form ?? (length < 126 ? 0 : length < 65536 ? 2 : 8);
  if (wanted === 0) return Buffer.from([length]);
  const bytes = Buffer.alloc(1 + wanted);
  bytes[0] = wanted === 2 ? 126 : 127;
  if (wanted === 2) bytes.writeUInt16BE(length, 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/** One frame of a client. `form`: how many bytes the length takes beyond the first (0, 2, 8), else the fewest. */
export function frame(opcode, payload = '', { fin = true, rsv = 0, masked = true, form, length } = {}) {
  const bytes = Buffer.from(payload);
  const size = header(length ?? bytes.length, form);
  const start = Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]);
  if (!masked) return Buffer.concat([start, size, bytes]);
  size[0] |= 0x80;
  const mask = randomBytes(4);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] ^= mask[i & 3];
  return Buffer.concat([start, size, mask, bytes]);
}

export const closePayload = (code, reason = '') => Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);

/** The frames of a server in the bytes; throws at what no server may send. */
export function parseFrames(bytes) {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 2) throw new Error('half a header at the end');
    const first = bytes[at];
    let size = bytes[at + 1];
    if (size > 127) throw new Error('a server never masks');
    if (first & 0x70) throw new Error('no extension was negotiated');
    at += 2;
    if (size === 126) [size, at] = [bytes.readUInt16BE(at), at + 2];
    else if (size === 127) [size, at] = [Number(bytes.readBigUInt64BE(at)), at + 8];
    if (bytes.length - at < size) throw new Error('half a payload at the end');
    frames.push({ fin: first >= 0x80, opcode: first & 0x0f, payload: bytes.subarray(at, at + size) });
    at += size;
  }
  return frames;
}

const upgradeLines = {
  Host: 'localhost', Upgrade: 'websocket', Connection: 'Upgrade',
  'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** A correct opening handshake; `headers` replace or (undefined) take away some. */
export function upgrade(headers = {}, first = 'GET /any/path HTTP/1.1') {
  const lines = Object.entries({ ...upgradeLines, ...headers }).filter(([, value]) => value !== undefined);
  return `${first}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** A connection whose bytes are kept; `bytes` holds them once `ended` has resolved. */
export class Bytes {
  chunks = [];
  size = 0;
  #waiting = [];

  static async open(port) {
    const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    await within(new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject)), 'a connection');
    return new this(socket);
  }

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.chunks.push(chunk);
      this.size += chunk.length;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.over = true;
        this.#wake();
        socket.end();
        resolve();
      };
      socket.once('end', end).once('error', end);
    });
  }

  #wake() { for (const look of this.#waiting) look(); }

  get bytes() { return Buffer.concat(this.chunks); }

  /** Sends each piece by itself, so that the other side may well get it by itself. */
  async send(pieces) {
    for (const piece of pieces) {
      if (this.socket.destroyed) return;
      this.socket.write(piece, () => {});
      await new Promise((resolve) => { setImmediate(resolve); });
    }
  }

  /** Waits until so many bytes are here, or no more will come. */
  until(size) {
    const done = new Promise((resolve) => {
      const look = () => (this.size >= size || this.over) && resolve();
      this.#waiting.push(look);
      look();
    });
    return within(done, () => `${size} bytes; had ${this.size}`);
  }

  /** The handshake's answer, taken off. */
  async response() {
    while (this.bytes.indexOf('\r\n\r\n') < 0 && !this.over) await this.until(this.size + 1);
    const all = this.bytes;
    const end = all.indexOf('\r\n\r\n') + 4;
    this.chunks = [all.subarray(end)];
    this.size = all.length - end;
    return all.subarray(0, end).toString('latin1');
  }

  close() { this.socket.destroy(); }
}
