// Connections that mean harm: each makes the edge keep as much as it can, and gives nothing back.
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import { frame } from '../e2e/raw.js';

const KiB = 1024;

/** An address of 127.0.0.0/8 for the n-th of them, so many to one. */
const addressOf = (n, each) => `127.66.${Math.floor(n / each) >> 8}.${(Math.floor(n / each) & 255) + 1}`;

function upgradeRequest(host, token) {
  return `GET /ws HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n`
    + `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: tincan.v1\r\n`
    + `Authorization: Bearer ${token}\r\n\r\n`;
}

const ask = (i, room) => frame('text', JSON.stringify({ type: 'message/list', id: `${i}`, data: { conversation_id: room, limit: 200 } }));
const dribble = (socket, bytes) => setInterval(() => socket.write(bytes), 5000).unref();

/** What each kind sends once it is a WebSocket, and (or not) goes on to send. None of them reads from then on. */
const kinds = {
  // A frame of 128 KiB, of which the last bytes never come.
  'half a frame': (socket) => {
    socket.write(frame('text', 'x'.repeat(128 * KiB)).subarray(0, 127 * KiB));
    return dribble(socket, 'x');
  },
  // More and more of a message, up to the limit, and then nothing more of it for ever.
  'a never-ending fragment': (socket) => {
    for (let i = 0; i < 127; i += 1) socket.write(frame(i ? 'continuation' : 'text', 'x'.repeat(KiB), { fin: false }));
    return dribble(socket, frame('continuation', '', { fin: false }));
  },
  // More pages of the room than may wait to be sent.
  'a full queue': (socket, { room }) => {
    for (let i = 0; i < 5; i += 1) socket.write(ask(i, room));
    return dribble(socket, frame('ping'));
  },
  // Hears all that is said, and reads a byte of it now and then.
  'a slow reader': (socket) => {
    socket.write(frame('ping'));
    return dribble(socket, frame('pong'));
  },
};

export const kindsOfHostility = Object.keys(kinds);

class Hostile {
  constructor(socket, kind, room) {
    this.over = false;
    this.socket = socket;
    socket.on('error', () => {});
    socket.once('close', () => this.#end());
    this.begun = new Promise((resolve) => {
      this.settle = resolve;
      socket.on('data', (bytes) => this.#hear(bytes, kind, room));
    });
  }

  #hear(bytes, kind, room) {
    this.head = (this.head ?? '') + bytes.toString('latin1');
    if (this.isIn || !this.head.includes('\r\n\r\n')) return;
    this.status = Number(this.head.split(' ')[1]);
    this.isIn = this.status === 101;
    this.head = undefined;
    if (this.isIn) {
      this.socket.pause();
      this.timer = kinds[kind](this.socket, { room });
    }
    this.settle();
  }

  #end() {
    this.over = true;
    clearInterval(this.timer);
    this.settle();
  }
}

/**
 * Brings up `count` of them, evenly of all kinds, `each` to an address and `connections` to a user; `tokens` are those
 * users', who take part in the conversation `room`. Resolves once all are in or refused.
 */
export async function besiege({ url, tokens, room, count, each = 500, together = 100 }) {
  const { hostname, port, host } = new URL(url);
  const all = [];
  for (let n = 0; n < count; n += together) {
    const some = Array.from({ length: Math.min(together, count - n) }, (_, i) => {
      const kind = kindsOfHostility[(n + i) % kindsOfHostility.length];
      const socket = net.connect({ host: hostname, port, localAddress: addressOf(n + i, each), noDelay: true });
      socket.write(upgradeRequest(host, tokens[(n + i) % tokens.length]));
      return new Hostile(socket, kind, room);
    });
    await Promise.all(some.map((one) => one.begun));
    all.push(...some);
  }
  return {
    letIn: () => all.filter((one) => one.status === 101).length,
    present: () => all.filter((one) => one.status === 101 && !one.over).length,
    refused: () => all.filter((one) => one.status !== 101).length,
    end: () => { for (const { socket } of all) socket.destroy(); },
  };
}
