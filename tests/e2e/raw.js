// Bytes as no well-behaved client sends them: raw HTTP, and raw WebSocket frames.
import assert from 'node:assert/strict';
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import { judged } from './contract.js';
import { url } from './support.js';
import { within } from './waiting.js';

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** A TCP connection to the edge that keeps what it has read. */
export class Wire {
  buffer = Buffer.alloc(0);
  ended = false;
  #more = () => {};

  static open(from = undefined) {
    const { hostname, port } = new URL(url());
    const socket = net.connect({ host: hostname, port, localAddress: from });
    const wire = new this(socket);
    return within(new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(wire));
      socket.once('error', reject);
    }), 'a TCP connection');
  }

  constructor(socket) {
    this.socket = socket;
    socket.unref();
    socket.on('data', (bytes) => {
      this.buffer = Buffer.concat([this.buffer, bytes]);
      this.#more();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.ended = true;
      this.#more();
    });
  }

  write(bytes) {
    this.socket.write(bytes);
    return this;
  }

  /** What `parse(buffer)` gives as soon as it gives something; `{value, size}` takes `size` bytes off the buffer. */
  read(parse, what, ms = undefined) {
    return within(new Promise((resolve, reject) => {
      this.#more = () => {
        const found = parse(this.buffer);
        if (found) {
          this.buffer = this.buffer.subarray(found.size);
          resolve(found.value);
        } else if (this.ended) {
          reject(new Error(`the connection ended before ${what}; had: ${this.buffer.toString('latin1').slice(0, 200)}`));
        }
      };
      this.#more();
    }), what, ms);
  }

  /** The next whole HTTP response: `{status, headers, text}`; to a HEAD it has no body. */
  response({ to = 'GET', ms } = {}) { return this.read((bytes) => parseResponse(bytes, to), 'an HTTP response', ms); }

  /** Comes back when the other side has closed. */
  end(ms = undefined) {
    const closed = new Promise((resolve) => (this.ended ? resolve() : this.socket.once('close', resolve)));
    return within(closed, 'the connection to be closed', ms);
  }
}

function parseResponse(buffer, to) {
  const end = buffer.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first, ...lines] = buffer.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const status = Number(first.split(' ')[1]);
  const bodiless = status === 101 || status === 204 || to === 'HEAD';
  const size = end + 4 + (bodiless ? 0 : Number(headers['content-length'] ?? 0));
  if (buffer.length < size) return undefined;
  return { value: { status, headers, text: buffer.subarray(end + 4, size).toString() }, size };
}

/** Sends one raw request and gives the first response to it. */
export async function exchange(bytes) {
  const wire = await Wire.open();
  const response = await wire.write(bytes).response();
  wire.socket.destroy();
  return response;
}

/** The lines of a correct upgrade; `headers` replace or (undefined) take away some. */
export function upgradeRequest(token, headers = {}, path = '/ws') {
  const all = {
    Host: new URL(url()).host, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'), 'Sec-WebSocket-Protocol': 'tincan.v1',
    Authorization: token && `Bearer ${token}`, ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== undefined).map(([k, v]) => `${k}: ${v}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** One WebSocket frame of a client. */
export function frame(type, payload = '', { fin = true, rsv = 0, masked = true, opcode = opcodes[type] } = {}) {
  const bytes = Buffer.from(payload);
  const { length } = bytes;
  const size = length < 126 ? Buffer.alloc(1, length) : Buffer.alloc(length < 65536 ? 3 : 9);
  if (length >= 65536) size.writeBigUInt64BE(BigInt(length), 1);
  else if (length >= 126) size.writeUInt16BE(length, 1);
  if (length >= 126) size[0] = length < 65536 ? 126 : 127;
  if (masked) size[0] |= 0x80;
  const head = Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]), size]);
  if (!masked) return Buffer.concat([head, bytes]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, bytes.map((byte, i) => byte ^ mask[i % 4])]);
}

function parseFrame(buffer) {
  if (buffer.length < 2) return undefined;
  const [first, second] = buffer;
  let size = second & 0x7f;
  let at = 2;
  if (size === 126) [size, at] = buffer.length >= 4 ? [buffer.readUInt16BE(2), 4] : [Infinity, 4];
  else if (size === 127) [size, at] = buffer.length >= 10 ? [Number(buffer.readBigUInt64BE(2)), 10] : [Infinity, 10];
  if (buffer.length < at + size) return undefined;
  assert.equal(second & 0x80, 0, 'a server never masks');
  assert.equal(first & 0x70, 0, 'no extension was negotiated');
  const payload = buffer.subarray(at, at + size);
  return { value: { fin: first >= 0x80, opcode: first & 0x0f, payload }, size: at + size };
}

/** A WebSocket driven by hand: write frames with `write(frame(…))`. */
export class RawSocket extends Wire {
  static async open(token) {
    const raw = await super.open();
    const { status } = await raw.write(upgradeRequest(token)).response();
    assert.equal(status, 101);
    const ready = await raw.json();
    assert.equal(ready.type, 'session/ready');
    return raw;
  }

  frame() { return this.read(parseFrame, 'a WebSocket frame'); }

  /** The next text frame's object. */
  async json() {
    const { opcode, payload, fin } = await this.frame();
    assert.deepEqual([opcode, fin], [opcodes.text, true], `a text frame, not ${opcode}: ${payload.toString('latin1')}`);
    return judged(JSON.parse(payload.toString()));
  }

  /** The code with which the server closes; whatever comes before is passed over. */
  async closeCode() {
    for (;;) {
      const { opcode, payload } = await this.frame();
      if (opcode === opcodes.close) return payload.length >= 2 ? payload.readUInt16BE(0) : undefined;
    }
  }
}

export { opcodes };
