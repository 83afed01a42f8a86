// One WebSocket connection as a client sees it: requests with their answers, and what comes of itself.
// Every frame that comes in, and every request that is answered, is held against docs/asyncapi.yaml; a complaint fails
// the next wait, and the run.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import WebSocket from 'ws';
import { complain, complaintsAbout, complaintsAboutRequest, operations } from './contract.js';
import { answered, complaintsAboutAnswer } from './http-contract.js';
import { within } from './waiting.js';

/** Every frame that any connection of this process received, in order. */
export const received = [];
const texts = new WeakMap();

/** The very bytes (as text) that a received frame came in. */
export const textOf = (frame) => texts.get(frame);

process.on('exit', () => {
  if (process.env.TINCAN_FRAMES) {
    appendFileSync(process.env.TINCAN_FRAMES, received.map((frame) => `${textOf(frame)}\n`).join(''));
  }
});

const short = (value) => JSON.stringify(value).slice(0, 300);

export class Client {
  #socket;
  #asked = new Map();
  #answered = new Set();
  #waiting = new Set();
  #counter = 0;
  #complaint;

  /** Everything received that nothing has taken yet. */
  unclaimed = [];
  frames = [];
  pings = 0;

  constructor(socket, user) {
    this.#socket = socket;
    this.user = user;
    this.closing = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.closing.then(({ code }) => this.#fail(new Error(`the connection was closed with ${code}`)));
    socket.on('upgrade', (response) => response.socket.unref());
    socket.on('message', (data, isBinary) => this.#hear(data.toString(), isBinary));
    socket.on('ping', () => { this.pings += 1; });
  }

  get id() { return this.user.id; }
  get name() { return `@${this.user.username}`; }

  #hear(text, isBinary) {
    const frame = JSON.parse(text);
    texts.set(frame, text);
    received.push(frame);
    this.frames.push(frame);
    const wrong = complaintsAbout(frame);
    if (isBinary) wrong.push('it came in a binary frame');
    if (this.frames.length === 1 && frame.type !== 'session/ready') wrong.push('session/ready does not come first');
    if (this.#answered.has(frame.re)) wrong.push(`a second answer to ${frame.re}`);
    if (wrong.length > 0) this.#complain(frame, wrong);
    this.#dispatch(frame);
  }

  #complain(frame, wrong) {
    complain(frame, wrong);
    this.#complaint ??= new Error(`${wrong.join('; ')} in ${short(frame)}`);
    this.#fail(this.#complaint);
  }

  #dispatch(frame) {
    const asker = this.#asked.get(frame.re);
    if (asker) {
      this.#asked.delete(frame.re);
      this.#answered.add(frame.re);
      const wrong = complaintsAboutRequest(asker.request, frame, this.frames[0].data.limits);
      if (wrong.length > 0) this.#complain(asker.request, wrong);
      asker.resolve(frame);
      return;
    }
    for (const wait of this.#waiting) {
      if (!wait.match(frame)) continue;
      this.#waiting.delete(wait);
      wait.resolve(frame);
      return;
    }
    this.unclaimed.push(frame);
  }

  #fail(error) {
    for (const wait of [...this.#asked.values(), ...this.#waiting]) wait.reject(error);
    this.#asked.clear();
    this.#waiting.clear();
  }

  #wait(register, what, ms) {
    if (this.#complaint) return Promise.reject(this.#complaint);
    const promise = new Promise((resolve, reject) => register({ resolve, reject }));
    const tell = () => `${what}; last came ${this.frames.slice(-3).map(short).join(' and ') || 'nothing'}`;
    return within(promise, tell, ms).catch((error) => {
      const about = error.message.includes(what) ? '' : ` while waiting for ${what}`;
      throw new Error(`${this.user?.username}: ${error.message}${about}`, { cause: error });
    });
  }

  /** Sends `frame`: text as it is, an object as JSON. */
  send(frame) {
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** A pong that nobody asked for. */
  pong() { this.#socket.pong(); }

  /** The server's next ping. */
  ping() { return new Promise((resolve) => this.#socket.once('ping', resolve)); }

  /** The first frame, received and not taken yet or still to come, for which `match` is true. It is taken. */
  take(match, what, ms) {
    const at = this.unclaimed.findIndex(match);
    if (at >= 0) return Promise.resolve(this.unclaimed.splice(at, 1)[0]);
    const wait = { match };
    return this.#wait((asker) => this.#waiting.add(Object.assign(wait, asker)), what, ms)
      .finally(() => this.#waiting.delete(wait)); // one that was given up takes nothing
  }

  /** The first event of `type` whose data satisfies `where`. */
  event(type, where = () => true, ms = undefined) {
    const match = (f) => f.type === type && f.re === undefined && where(f.data ?? {}, f);
    return this.take(match, `event ${type}`, ms);
  }

  /** Whatever comes next, or came and was not taken. */
  next(what = 'any frame') { return this.take(() => true, what); }

  /** Sends a request and gives its answer, failed or not, as the whole frame. */
  request(type, data = {}, ms = undefined) {
    this.#counter += 1;
    const id = `${type}#${this.#counter}`;
    const request = { type, id, data };
    const register = (asker) => this.#asked.set(id, { ...asker, request });
    const answer = this.#wait(register, `the answer to ${type} ${short(data)}`, ms);
    this.send(request);
    return answer;
  }

  /** The data of a request's answer; a failure fails the test. */
  async ask(type, data = {}, ms = undefined) {
    const frame = await this.request(type, data, ms);
    assert.equal(frame.error, undefined, `${type} ${short(data)} failed: ${short(frame)}`);
    assert.ok(operations[type].answers.includes(frame.type), `${type} was answered by ${frame.type}`);
    return frame.data;
  }

  /** The error of a request that must fail with `code`, and about `field` if one is given. */
  async refused(type, data, code, field = undefined) {
    const frame = await this.request(type, data);
    const about = `${type} ${short(data)} was answered by ${short(frame)}`;
    assert.equal(frame.error?.code, code, about);
    assert.equal(frame.type, operations[type].failure, about);
    if (field !== undefined) assert.equal(frame.error.field, field, about);
    return frame.error;
  }

  /** Comes back when all that was published to this connection before now has arrived: its own request goes the
   *  same way behind it. */
  async fence() { await this.ask('user/view', { user_ids: [this.id] }); }

  /** Forgets what has come so far. */
  async forget() {
    await this.fence();
    this.unclaimed.length = 0;
  }

  /** How the connection ended, once it has. */
  closed(ms = undefined) { return within(this.closing, `${this.user?.username}'s connection to be closed`, ms); }

  /** Closes the connection as a client does. */
  close(code = 1000) {
    this.#socket.close(code);
    return this.closed();
  }

  /** Stops reading from the network, and goes on. */
  pause() { this.#socket.pause(); }
  resume() { this.#socket.resume(); }

  get protocol() { return this.#socket.protocol; }
}

/** Asserts that none of the clients has received anything that the test has not taken. */
export async function quiet(...clients) {
  await Promise.all(clients.map((client) => client.fence()));
  for (const client of clients) {
    const left = client.unclaimed.filter((frame) => frame.type !== 'session/resync');
    assert.deepEqual(left, [], `${client.user.username} heard what he should not`);
  }
}

/** The event of `type` at each of `clients`, after which all the bytes are seen to be the same. */
export async function heard(clients, type, where) {
  const events = await Promise.all(clients.map((client) => client.event(type, where)));
  for (const event of events) assert.equal(textOf(event), textOf(events[0]), 'the same bytes for everyone');
  return events[0]?.data;
}

/** Offers an upgrade. Gives the Client, or what the server said instead: `{status, headers, body}`. */
export function upgrade(base, { token, user, protocols = ['tincan.v1'], headers = {}, from, ...options } = {}) {
  const all = token === undefined ? headers : { Authorization: `Bearer ${token}`, ...headers };
  const address = `${base.replace(/^http/, 'ws')}/ws`;
  const socket = new WebSocket(address, protocols, { headers: all, localAddress: from, ...options });
  const client = new Client(socket, user);
  const result = new Promise((resolve, reject) => {
    socket.on('open', () => {
      answered.add('GET /ws 101');
      resolve(client);
    });
    socket.on('unexpected-response', (request, response) => refusal(response).then(resolve, reject));
    socket.on('error', reject);
  });
  return within(result, `an answer to the upgrade of ${user?.username ?? 'nobody'}`);
}

async function refusal(response) {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const answer = { status: response.statusCode, headers: response.headers, text };
  assert.deepEqual(complaintsAboutAnswer('GET', '/ws', answer), []);
  return { ...answer, body: JSON.parse(text) };
}
