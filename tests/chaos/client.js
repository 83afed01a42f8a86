// A client as the protocol wants one: it comes back with backoff and jitter, asks what it takes part in, syncs what
// it has missed, and asks again with the same nonce (or `if_rev`) what was not answered.
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from './connection.js';
import { Progress } from './progress.js';

const definite = (answer) => answer && !['unavailable', 'rate_limited', 'internal'].includes(answer.error?.code);

// Of message/sync.
const syncPage = 200;

export class Client {
  #connection;
  #counter = 0;
  #ready;
  #becomeReady;
  #syncing;
  #syncAgain = false;
  #soon;
  #run;

  /** Conversations it believes it takes part in. */
  conversations = new Map();
  /** All that it has ever taken part in. */
  known = new Set();
  progress = new Progress();
  /** Messages it wrote, newest state known: `${conversation} ${seq}` → message. */
  own = new Map();

  constructor({ c, user, urls, random, journal }) {
    Object.assign(this, { c, user, urls, random });
    this.journal = journal;
    this.#unready();
  }

  #unready() { this.#ready = new Promise((resolve) => { this.#becomeReady = resolve; }); }

  /** Connects, again and again, until `stop`. */
  start() {
    this.running = true;
    this.#run = this.#comeBack();
  }

  async #comeBack() {
    for (let tries = 0; this.running;) {
      const began = Date.now();
      const code = await this.#session();
      this.#unready();
      if (code >= 4500 || this.refusal === 401) {
        this.journal.write({ t: Date.now(), c: this.c, fault: 'a valid token was refused', code, status: this.refusal });
      }
      tries = Date.now() - began > 3000 ? 0 : tries + 1;
      await pause(this.random.between(50, Math.min(200 * 2 ** tries, 2000)));
    }
  }

  async #session() {
    const connection = new Connection({
      url: this.random.pick(this.urls), token: this.user.token, journal: this.journal, c: this.c,
      onEvent: (frame) => this.#hear(frame),
    });
    this.#connection = connection;
    const code = await connection.closed;
    this.refusal = connection.refusal;
    return code;
  }

  #hear(frame) {
    if (frame.type === 'session/ready') {
      this.#becomeReady();
      this.#lookAround();
    } else if (frame.type === 'session/resync' || frame.data?.user?.id === this.user.id) {
      this.#lookAround(); // he has joined or left, or so it is said
    } else if (frame.type === 'group/removed') {
      this.sync(); // its conversations are gone
    } else if (frame.type.startsWith('conversation/')) {
      this.#hearOfConversation(frame);
    } else if (frame.type.startsWith('message/')) {
      this.#learn(frame.data.message);
    }
  }

  #hearOfConversation({ type, data }) {
    if (type === 'conversation/removed') this.conversations.delete(data.conversation_id);
    if (type === 'conversation/created') {
      this.#meet(data.conversation);
      this.sync();
    }
  }

  #learn(message) {
    this.#keep(message);
    this.known.add(message.conversation_id);
    if (!this.conversations.has(message.conversation_id)) this.conversations.set(message.conversation_id, {});
    if (this.progress.hear(message)) this.#syncSoon();
  }

  #keep(message) {
    const place = `${message.conversation_id} ${message.seq}`;
    if (message.author_id === this.user.id && !(this.own.get(place)?.rev > message.rev)) this.own.set(place, message);
  }

  // A gap is often closed by the next event.
  #syncSoon() {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      if (this.running) this.sync();
    }, this.random.between(100, 400));
  }

  #meet(conversation) {
    this.known.add(conversation.id);
    this.conversations.set(conversation.id, conversation);
  }

  /** What it takes part in, from the lists, and then what it has missed there. */
  async #lookAround() {
    const groups = await this.ask('group/list', { mine: true, limit: 200 });
    if (!groups?.data) return;
    for (const { id } of groups.data.groups) {
      const list = await this.ask('conversation/list', { group_id: id, limit: 200 });
      for (const each of list?.data?.conversations ?? []) {
        const isHere = each.audience === 'group' || each.participant_ids.includes(this.user.id);
        if (isHere) this.#meet(each);
      }
    }
    await this.sync();
  }

  /** Resolves when the connection has had its session/ready. */
  get ready() { return this.#ready; }

  /** One request on the present connection; undefined when no answer came. */
  ask(type, data) {
    this.#counter += 1;
    return this.#connection.request(type, `${this.#counter}`, data);
  }

  /** Says what has no answer. */
  say(type, data) {
    this.#counter += 1;
    this.#connection.send(type, `${this.#counter}`, data);
  }

  /** Asks until the answer is a definite one, a second try the same as the first; undefined if `until` passes. */
  async persist(type, data, until) {
    while (Date.now() < until) {
      await Promise.race([this.#ready, pause(1000)]);
      const answer = await this.ask(type, data);
      if (definite(answer)) {
        if (answer.data?.message) this.#learn(answer.data.message);
        return answer;
      }
      await pause(this.random.between(100, Math.min(answer?.error?.retry_after_ms ?? 800, 1500)));
    }
    return undefined;
  }

  /** Syncs everything it takes part in; one at a time, and once more if asked meanwhile. */
  sync() {
    if (this.#syncing) {
      this.#syncAgain = true;
      return this.#syncing;
    }
    this.#syncing = this.#syncAll().finally(() => {
      this.#syncing = undefined;
      if (this.#syncAgain && this.running) this.sync();
    });
    this.#syncAgain = false;
    return this.#syncing;
  }

  /** Whether the last page was reached. */
  async #syncAll() {
    for (let open = [...this.conversations.keys()]; open.length > 0;) {
      const after = Object.fromEntries(open.slice(0, 500).map((id) => [id, this.progress.rev(id)]));
      const answer = await this.ask('message/sync', { after, limit: syncPage });
      if (!answer?.data) return false;
      open = [];
      for (const part of answer.data.conversations) {
        if (part.gone) this.conversations.delete(part.conversation_id);
        else this.#take(part);
        if (part.more) open.push(part.conversation_id);
      }
    }
    return true;
  }

  #take({ conversation_id: id, messages, rev, reset }) {
    for (const message of messages) this.#keep(message);
    this.progress.reach(id, rev, reset);
  }

  /** Looks around and syncs until both have worked, or `until` passes. Gives whether they have. */
  async settle(until) {
    while (Date.now() < until) {
      await Promise.race([this.#ready, pause(1000)]);
      await this.#syncing;
      await this.#lookAround();
      if (await this.sync()) return true;
      await pause(this.random.between(100, 500));
    }
    return false;
  }

  /** Stops reading for a while; what the server thinks of it comes afterwards. */
  async dawdle(ms) {
    const connection = this.#connection;
    connection.pause();
    await pause(ms);
    connection.resume();
  }

  /** Drops the connection, with or without a word. */
  hangUp() {
    if (this.random.chance(0.5)) this.#connection.close();
    else this.#connection.terminate();
  }

  /** Goes for good; comes back when nothing more is written into the history. */
  async stop() {
    this.running = false;
    this.#connection.terminate();
    await this.#run;
    await this.#syncing;
  }
}
