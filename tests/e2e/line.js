// A WebSocket, for the client library, on a line that one can meddle with.
import WebSocket from 'ws';
import { judged } from './contract.js';

/** A class of WebSockets. `line.hear(frame, pass)` is asked for each frame that comes in and calls `pass` once, later,
 *  twice or never; `line.say` likewise for what goes out. `line.cut()` drops the connection without a word. */
export function meddledLine() {
  const line = { hear: (_, pass) => pass(), say: (_, pass) => pass(), opened: 0, sockets: new Set() };
  line.Socket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      line.opened += 1;
      line.sockets.add(this);
    }

    set onmessage(listener) {
      super.onmessage = (event) => line.hear(judged(JSON.parse(event.data)), () => listener(event));
    }

    send(text) { line.say(JSON.parse(text), () => super.send(text)); }
  };
  line.cut = () => {
    for (const socket of line.sockets) socket.terminate();
    line.sockets.clear();
  };
  return line;
}
