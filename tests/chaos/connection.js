// One WebSocket of a client under fire: requests with their answers, and every frame on its way into the history.
import WebSocket from 'ws';

// The server answers within 5 s; more is the network's, or a stopped edge's.
const patienceMs = 8000;

export class Connection {
  #socket;
  #journal;
  #c;
  #asked = new Map();

  /** Offers an upgrade to `url`. `onEvent(frame)` gets what comes of itself, session/ready first. */
  constructor({ url, token, journal, c, onEvent }) {
    this.#journal = journal;
    this.#c = c;
    const headers = { Authorization: `Bearer ${token}` };
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, ['tincan.v1'], { headers, handshakeTimeout: patienceMs });
    this.#socket.on('message', (data) => this.#hear(data.toString(), onEvent));
    this.#socket.on('error', () => {});
    this.#socket.on('unexpected-response', (_, response) => {
      this.refusal = response.statusCode;
      this.#socket.terminate();
    });
    /** Resolves with the close code, once. */
    this.closed = new Promise((resolve) => { this.#socket.on('close', resolve); }).then((code) => this.#end(code));
  }

  #end(code) {
    this.over = true;
    for (const { resolve } of this.#asked.values()) resolve(undefined);
    this.#asked.clear();
    return code;
  }

  #hear(text, onEvent) {
    this.#journal.frame(this.#c, 'in', text);
    const frame = JSON.parse(text);
    if (frame.re === undefined) onEvent(frame);
    const asker = this.#asked.get(frame.re);
    this.#asked.delete(frame.re);
    asker?.resolve(frame);
  }

  /** Sends a request under `id`; gives its answer, or undefined if none came. */
  request(type, id, data) {
    if (this.over || this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve(undefined);
    const text = JSON.stringify({ type, id, data });
    const answer = new Promise((resolve) => { this.#asked.set(id, { resolve }); });
    this.#journal.frame(this.#c, 'out', text);
    this.#socket.send(text);
    const timer = setTimeout(() => this.#asked.get(id)?.resolve(undefined), patienceMs);
    return answer.finally(() => clearTimeout(timer));
  }

  /** Sends what is answered only if it fails. */
  send(type, id, data) {
    if (this.over || this.#socket.readyState !== WebSocket.OPEN) return;
    const text = JSON.stringify({ type, id, data });
    this.#journal.frame(this.#c, 'out', text);
    this.#socket.send(text);
  }

  pause() { this.#socket.pause(); }
  resume() { this.#socket.resume(); }
  close() { this.#socket.close(1000); }
  terminate() { this.#socket.terminate(); }
}
