// The client of TinCan, for browsers and, with a WebSocket handed in, for Node. docs/client.md tells how to use it.
// One file, so that it can be copied or served as it is; nothing else is needed.

const answerMs = 10_000; // the server answers within 5 s
const silentMs = 20_000; // then a ping asks whether the connection still lives
const deadMs = 35_000;
const steadyMs = 10_000; // a connection that lived so long did not fail: the next backoff begins anew
const burstShare = 0.8; // of the requests allowed at once; pings and typing count too
const resyncMs = 60_000;
const resyncSoonMs = 5000; // after session/ready, as the protocol asks
const orderMs = 150; // how long events may be out of order before what is missing is asked for
const pageSize = 50;
const syncSize = 200;
const syncPages = 5; // who is further behind begins anew with the newest page
const typingMs = 5000; // without a key: typing has ended
const typingAgainMs = 3000; // the server forgets a start after 6 s
const typistMs = 60_000; // somebody whose end was lost does not type for ever

/** Why something failed: the protocol's `code` and `field`, and `retryAfterMs` where the server said so. */
export class TincanError extends Error {
  constructor({ code, message, field, retry_after_ms: retryAfterMs }) {
    super(message ?? code);
    Object.assign(this, { name: 'TincanError', code, field, retryAfterMs });
  }
}

// Between a Client and its Conversations.
const views = Symbol('views');
const told = Symbol('told');

const unavailable = (message) => new TincanError({ code: 'unavailable', message });
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** A UUIDv7, as a `nonce` has to be. */
export function uuid7(ms = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(ms / 0x10000));
  view.setUint16(4, ms % 0x10000);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

async function post(url, path, data, token) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(new URL(path, url), { method: 'POST', headers, body: JSON.stringify(data) })
    .catch(() => { throw unavailable('the server cannot be reached'); });
  if (response.status === 204) return undefined;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new TincanError(answer.error ?? { code: 'unavailable', message: `the server answered ${response.status}` });
}

/** Registers somebody, or logs somebody in: `{user, token, expires_at}`; the token is what a Client wants. */
export const register = (url, account) => post(url, '/auth/register', account);
export const logIn = (url, account) => post(url, '/auth/login', account);

/** What happened, pulled with `for await` instead of pushed. Ends with the client, or with its `return`. */
function iterate(client, types) {
  const queue = [];
  let wake = () => {};
  let over = client.state === 'closed';
  const stop = () => { over = true; wake(); };
  const onEvent = ({ detail }) => {
    if (types.length === 0 || types.includes(detail.type)) queue.push(detail);
    wake();
  };
  const onState = () => { if (client.state === 'closed') stop(); };
  client.addEventListener('event', onEvent);
  client.addEventListener('state', onState);
  const result = (value) => ({ value, done: value === undefined });
  return {
    async next() {
      while (queue.length === 0 && !over) await new Promise((resolve) => { wake = resolve; });
      return result(queue.shift());
    },
    async return() {
      client.removeEventListener('event', onEvent);
      client.removeEventListener('state', onState);
      queue.length = 0;
      stop();
      return result(undefined);
    },
    [Symbol.asyncIterator]() { return this; },
  };
}

/**
 * A session's connection, opened again whenever it is lost. Dispatches `state`, and for all that happens, by anybody,
 * this client included, an event of the protocol's type (`group/joined`, …; `detail` is its data) and `event`.
 */
export class Client extends EventTarget {
  #token;
  #WebSocket;
  #backoffMs;
  #socket;
  #asked = new Map();
  #count = 0;
  #failures = 0;
  #heardAt = 0;
  #readyAt = 0;
  #skewMs = 0;
  #paidUntil = 0; // when the server will have forgotten all requests so far
  #timer; // until the next try; while there is a connection, the one that watches it
  #askers = new Map(); // of `changes`: by conversation
  [views] = new Set();

  /** 'closed', 'connecting', 'ready', or 'waiting' until `retryAt` (a Date.now()). */
  state = 'closed';
  retryAt;
  /** What `session/ready` told last: `{user, session, limits, level, server_time}`. */
  session;

  constructor(url, token, { WebSocket = globalThis.WebSocket, backoffMs = [500, 30_000] } = {}) {
    super();
    this.url = String(url);
    this.#token = token;
    this.#WebSocket = WebSocket;
    this.#backoffMs = backoffMs;
  }

  /** The server's time, in ms. */
  now() { return Date.now() + this.#skewMs; }

  /** Resolves with `session` once there is a session; rejects only when there can be none (`unauthenticated`). */
  connect() {
    if (this.state === 'closed') this.#open();
    if (this.state === 'ready') return Promise.resolve(this.session);
    return new Promise((resolve, reject) => {
      const look = ({ detail: { state, error } }) => {
        if (state !== 'ready' && state !== 'closed') return;
        this.removeEventListener('state', look);
        if (state === 'ready') resolve(this.session);
        else reject(error ?? unavailable('the client was closed'));
      };
      this.addEventListener('state', look);
    });
  }

  /** Tries now what would be tried later: when the network is back, say. */
  hurry() { if (this.state === 'waiting') this.#open(); }

  close() { if (this.state !== 'closed') this.#drop('closed'); }

  /** Closes, and ends the session on the server too. */
  logOut() {
    this.close();
    return post(this.url, '/auth/logout', {}, this.#token);
  }

  /** Asks, and gives the answer's data. Rejects with a TincanError; `unavailable` may have been done all the same. */
  async request(type, data = {}) {
    for (;;) {
      if (this.state === 'ready') await this.#turn();
      try {
        return await this.#request(type, data);
      } catch (error) {
        if (error.code !== 'rate_limited') throw error; // that alone was surely not done
        await pause(error.retryAfterMs ?? 1000);
      }
    }
  }

  /** Requests go as fast as the server allows and not faster, or it would close the connection in the end. */
  async #turn() {
    const { requests_per_s: rate, requests_burst: burst } = this.session.limits;
    const now = Date.now();
    this.#paidUntil = Math.max(this.#paidUntil, now) + 1000 / rate;
    const wait = this.#paidUntil - now - burstShare * burst * 1000 / rate;
    if (wait > 0) await pause(wait);
  }

  /** A request that may be repeated, as all that only read: while `unavailable`, until the connection is lost. */
  async read(type, data) {
    for (;;) {
      try {
        return await this.request(type, data);
      } catch (error) {
        if (error.code !== 'unavailable' || this.state !== 'ready') throw error;
        await pause(error.retryAfterMs ?? 1000);
      }
    }
  }

  /** Says what is not answered: `conversation/type-start` and `-end`. */
  tell(type, data) { if (this.state === 'ready') this.#socket.send(JSON.stringify({ type, data })); }

  /** What happens from now on, `{type, data, error?, own}`, of these types or all: `for await (… of client.events())`. */
  events(...types) { return iterate(this, types); }

  /** Every page of a list, as one: `client.all('group/list', {mine: true}, 'groups')`. */
  async all(type, data, items) {
    const found = [];
    for (let cursor; ;) {
      const page = await this.read(type, { ...data, limit: this.session?.limits.page, cursor });
      found.push(...page[items]);
      cursor = page.cursor;
      if (cursor === undefined) return found;
    }
  }

  /** What `message/sync` says of one conversation, undefined if nothing; calls of one moment are one request. */
  changes(conversationId, rev) {
    if (this.#askers.size === 0) queueMicrotask(() => this.#askChanges());
    const asker = this.#askers.get(conversationId) ?? { rev };
    this.#askers.set(conversationId, asker);
    asker.rev = Math.min(asker.rev, rev);
    asker.promise ??= new Promise((resolve, reject) => { Object.assign(asker, { resolve, reject }); });
    return asker.promise;
  }

  async #askChanges() {
    const askers = [...this.#askers].slice(0, 500);
    for (const [id] of askers) this.#askers.delete(id);
    if (this.#askers.size > 0) queueMicrotask(() => this.#askChanges());
    try {
      const after = Object.fromEntries(askers.map(([id, { rev }]) => [id, rev]));
      const { conversations } = await this.read('message/sync', { after, limit: syncSize });
      const parts = new Map(conversations.map((part) => [part.conversation_id, part]));
      for (const [id, { resolve }] of askers) resolve(parts.get(id));
    } catch (error) {
      for (const [, { reject }] of askers) reject(error);
    }
  }

  #request(type, data) {
    if (this.state !== 'ready') return Promise.reject(unavailable('there is no connection'));
    const id = String(this.#count += 1);
    const frame = JSON.stringify({ type, id, data });
    if (new TextEncoder().encode(frame).length > this.session.limits.frame_bytes)
      return Promise.reject(new TincanError({ code: 'too_large', message: 'the request is too large' }));
    return new Promise((resolve, reject) => {
      const settled = (settle) => (value) => {
        clearTimeout(timer);
        this.#asked.delete(id);
        settle(value);
      };
      const asked = { resolve: settled(resolve), reject: settled(reject) };
      const timer = setTimeout(() => asked.reject(unavailable('no answer came')), answerMs);
      this.#asked.set(id, asked);
      this.#socket.send(frame);
    });
  }

  #become(state, more) {
    this.state = state;
    for (const view of this[views]) view[told](state === 'ready' ? 'ready' : 'lost');
    this.dispatchEvent(new CustomEvent('state', { detail: { state, ...more } }));
  }

  #open() {
    clearTimeout(this.#timer);
    const address = new URL('/ws', this.url.replace(/^http/, 'ws'));
    const socket = new this.#WebSocket(address, ['tincan.v1', `tincan.token.${this.#token}`]);
    this.#socket = socket;
    this.#heardAt = Date.now();
    this.#timer = setInterval(() => this.#watch(), 5000);
    socket.onmessage = ({ data }) => { if (socket === this.#socket) this.#hear(JSON.parse(data)); };
    socket.onclose = ({ code, reason }) => { if (socket === this.#socket) this.#lost(code, reason); };
    socket.onerror = () => {}; // the close that follows says more
    this.#become('connecting');
  }

  /** A network that is gone says nothing, and a browser shows no pings. */
  #watch() {
    const silent = Date.now() - this.#heardAt;
    if (silent > deadMs || (this.state === 'connecting' && silent > answerMs)) this.#lost(4000, 'it was silent');
    else if (silent > silentMs) this.#socket.send('{"type":"ping"}');
  }

  #hear({ type, re, data, error }) {
    this.#heardAt = Date.now();
    if (type === 'session/ready') this.#begin(data);
    const asked = this.#asked.get(re);
    const failed = error && new TincanError(error);
    const isNews = type !== 'pong' && !type.endsWith('-response');
    if (isNews && (re === undefined || !failed)) this.#happened(type, data, failed, re !== undefined);
    if (failed) asked?.reject(failed);
    else asked?.resolve(data);
  }

  #happened(type, data, error, own) {
    for (const view of this[views]) view[told](type, data);
    this.dispatchEvent(new CustomEvent(type, { detail: error ? { ...data, error } : data }));
    this.dispatchEvent(new CustomEvent('event', { detail: { type, data, ...(error && { error }), own } }));
  }

  #begin(session) {
    this.session = session;
    this.#skewMs = Date.parse(session.server_time) - Date.now();
    this.#readyAt = Date.now();
    this.#paidUntil = 0;
    this.#become('ready');
  }

  /** 1000 and 4500–4999 are final; all else is tried again, later each time, and never by all clients at once. */
  #lost(code, reason) {
    if (code === 1000 || (code >= 4500 && code < 5000)) {
      this.#drop('closed', { error: new TincanError({ code: 'unauthenticated', message: reason || 'the session has ended' }) });
      return;
    }
    if (this.#readyAt && Date.now() - this.#readyAt > steadyMs) this.#failures = 0;
    const [first, most] = this.#backoffMs;
    const delay = Math.min(most, first * 2 ** this.#failures) * (0.5 + Math.random());
    this.#failures += 1;
    this.retryAt = Date.now() + delay;
    this.#drop('waiting', { code });
    if (this.state === 'waiting') this.#timer = setTimeout(() => this.#open(), delay);
  }

  #drop(state, more) {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#readyAt = 0;
    clearTimeout(this.#timer);
    socket?.close();
    this.#become(state, more);
    for (const asked of [...this.#asked.values()]) asked.reject(unavailable('the connection was lost'));
  }
}

/**
 * A conversation as it is, from its newest message back to as far as `older` has gone. Keeps itself so: what is
 * missing is asked for, what comes twice is dropped. Dispatches `change` after any number of them, and `typing`.
 */
export class Conversation extends EventTarget {
  #client;
  #known = new Map(); // messages by seq, from #first on
  #sorted;
  #first = 1;
  #ahead = new Set(); // revs that came before an earlier one
  #aside = []; // news of messages before #first, while older ones are on their way
  #loading; // the promises of what is under way
  #syncing;
  #posting;
  #syncAgain = false;
  #timers = {};
  #typists = new Map(); // their safety timers, by user id
  #typedAt = 0;
  #toldChange = false;

  /** Its last change that is known; 0: none is. */
  rev = 0;
  /** There may be older messages. */
  more = true;
  loaded = false;
  /** Removed, or one takes no part any more. */
  gone = false;
  /** What is sent and not yet a message: `{nonce, body, author_id, created_at, state: 'sending' | 'failed', error?}`. */
  pending = [];

  constructor(client, id) {
    super();
    this.#client = client;
    this.id = id;
    client[views].add(this);
  }

  /** All that is known, by `seq`; removed ones too, without a body. */
  get messages() {
    this.#sorted ??= [...this.#known.values()].sort((a, b) => a.seq - b.seq);
    return this.#sorted;
  }

  /** The ids of the others who are typing. */
  get typing() { return [...this.#typists.keys()]; }

  /** Resolves when the newest messages are there, however often the connection is lost; rejects if one takes no part. */
  async open() {
    while (!this.loaded) {
      if (this.#client.state === 'closed') throw unavailable('the client is closed');
      if (this.#client.state !== 'ready') await this.#client.connect();
      await this.#load().catch((error) => { if (error.code !== 'unavailable') throw error; });
    }
  }

  /** Loads the page before the oldest message known. */
  older() {
    if (!this.loaded || !this.more) return Promise.resolve();
    this.#loading ??= this.#loadOlder().finally(() => { this.#loading = undefined; this.#aside = []; });
    return this.#loading;
  }

  /** Asks what has changed, all of it. It does so by itself too: after a reconnect, at a gap, and each minute. */
  sync() {
    if (!this.loaded) return Promise.resolve();
    this.#syncAgain = true;
    this.#syncing ??= this.#catchUp().catch(() => {}).finally(() => { this.#syncing = undefined; });
    return this.#syncing;
  }

  /** Sends, in order, for as long as it takes. Resolves with the message; rejects when it was refused: it stays in
   *  `pending` then, for `retry` or `discard`. A `nonce` kept from an earlier page sends that one again. */
  send(body, { nonce = uuid7(this.#client.now()) } = {}) {
    const created = new Date(this.#client.now()).toISOString();
    const entry = { nonce, body, author_id: this.#client.session?.user.id, created_at: created, state: 'sending' };
    const settled = new Promise((resolve, reject) => { Object.assign(entry, { resolve, reject }); });
    settled.catch(() => {}); // it is seen in `pending` too
    this.pending = [...this.pending, entry];
    this.#typedAt = 0; // the server ends it with the message
    clearTimeout(this.#timers.typing);
    this.#changed();
    this.#post();
    return settled;
  }

  /** Sends once more what was refused. */
  retry(nonce) {
    this.pending = this.pending.map((entry) => {
      if (entry.nonce === nonce && entry.state === 'failed') Object.assign(entry, { state: 'sending', error: undefined });
      return entry;
    });
    this.#changed();
    this.#post();
  }

  discard(nonce) {
    this.pending = this.pending.filter((entry) => entry.nonce !== nonce);
    this.#changed();
  }

  /** Both are refused (`conflict`) if the message has been changed meanwhile. */
  edit(seq, body) { return this.#change('message/edit', { seq, body }); }
  remove(seq) { return this.#change('message/remove', { seq }); }

  /** Call it at each key: the others see that one types, until some time after the last call. */
  typed() {
    clearTimeout(this.#timers.typing);
    this.#timers.typing = setTimeout(() => this.stopTyping(), typingMs);
    if (Date.now() - this.#typedAt < typingAgainMs) return;
    this.#typedAt = Date.now();
    this.#client.tell('conversation/type-start', { conversation_id: this.id });
  }

  stopTyping() {
    clearTimeout(this.#timers.typing);
    if (this.#typedAt > 0) this.#client.tell('conversation/type-end', { conversation_id: this.id });
    this.#typedAt = 0;
  }

  /** Hears nothing any more. */
  close() {
    this.stopTyping();
    this.#rest();
    this.#client[views].delete(this);
  }

  [told](type, data) {
    const about = data?.message?.conversation_id ?? data?.conversation?.id ?? data?.conversation_id ?? this.id;
    if (about === this.id) Conversation.#reactions[type]?.(this, data);
  }

  static #reactions = {
    'message/created': (view, { message }) => view.#news(message),
    'message/edited': (view, { message }) => view.#news(message),
    'message/removed': (view, { message }) => view.#news(message),
    'conversation/type-start': (view, { user_id: user }) => view.#types(user, true),
    'conversation/type-end': (view, { user_id: user }) => view.#types(user, false),
    'conversation/removed': (view) => view.#leave(),
    'conversation/created': (view) => view.#revive(),
    'group/joined': (view, { user }) => { if (view.#isMe(user)) view.#revive(); },
    'group/left': (view, { user }) => { if (view.#isMe(user)) view.sync(); },
    'group/removed': (view) => view.sync(),
    'session/resync': (view) => view.sync(),
    ready: (view) => view.#resume(),
    lost: (view) => view.#rest(),
  };

  #isMe(user) { return user.id === this.#client.session.user.id; }

  #revive() { if (this.gone) this.open().catch(() => {}); }

  /** A new connection: first whether the message that was under way has arrived, so that it is not shown twice. */
  async #resume() {
    this.#wake();
    this.#post();
    await this.#posting;
    this.sync();
  }

  /** The last event of a quiet conversation may be lost without a trace. */
  #wake() {
    if (!this.loaded || this.#timers.resync) return;
    this.#timers.soon = setTimeout(() => this.sync(), resyncSoonMs);
    this.#timers.resync = setInterval(() => { if (globalThis.document?.visibilityState !== 'hidden') this.sync(); }, resyncMs);
  }

  #rest() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    this.#timers = {};
    this.#typedAt = 0;
    for (const user of this.typing) this.#types(user, false);
  }

  #leave() {
    this.gone = true;
    this.loaded = false;
    this.#changed();
  }

  #changed() {
    this.#sorted = undefined;
    if (this.#toldChange) return;
    this.#toldChange = true;
    queueMicrotask(() => {
      this.#toldChange = false;
      this.dispatchEvent(new Event('change'));
    });
  }

  #list(before, limit = pageSize) {
    return this.#client.read('message/list', { conversation_id: this.id, before, limit });
  }

  /** Begins with the newest page. The highest `rev` in it is one that the page is true for, and so where to go on. */
  async #load() {
    const { messages, more } = await this.#list();
    this.#known = new Map(messages.map((message) => [message.seq, message]));
    this.#extent(messages[0]?.seq ?? 1, more);
    this.rev = Math.max(0, ...messages.map((message) => message.rev));
    this.#ahead.clear();
    this.loaded = true;
    this.gone = false;
    for (const message of messages) this.#settle(message);
    this.#changed();
    this.#wake();
    this.sync();
  }

  async #loadOlder() {
    const before = this.#first;
    const { messages, more } = await this.#list(before);
    if (this.#first !== before) return; // it has begun anew meanwhile
    this.#extent(messages[0]?.seq ?? 1, more);
    for (const message of [...messages, ...this.#aside]) this.#put(message);
    this.#changed();
  }

  #extent(first, more) {
    this.#first = more ? first : 1;
    this.more = more;
  }

  #put(message) {
    if (message.seq >= this.#first || !this.#loading) this.#keep(message);
    else this.#aside.push(message);
  }

  #keep(message) {
    if (message.seq >= this.#first && !(this.#known.get(message.seq)?.rev >= message.rev)) this.#known.set(message.seq, message);
  }

  #news(message) {
    this.#settle(message);
    if (!this.loaded) return;
    this.#put(message);
    if (message.rev > this.rev) this.#ahead.add(message.rev);
    this.#advance(this.rev);
    this.#changed();
    if (this.#ahead.size > 0) this.#timers.order ??= setTimeout(() => this.#mend(), orderMs);
  }

  #mend() {
    this.#timers.order = undefined;
    if (this.#ahead.size > 0) this.sync();
  }

  #advance(rev) {
    this.rev = Math.max(this.rev, rev);
    while (this.#ahead.delete(this.rev + 1)) this.rev += 1;
    for (const each of this.#ahead) if (each <= this.rev) this.#ahead.delete(each);
  }

  async #catchUp() {
    for (let page = 0; this.#syncAgain && this.loaded; page += 1) {
      this.#syncAgain = false;
      const part = await this.#client.changes(this.id, this.rev);
      if (part?.gone) this.#leave();
      else if (part?.reset || (part?.more && page >= syncPages)) await this.#load();
      else if (part) this.#merge(part);
    }
  }

  #merge({ messages, rev, more }) {
    for (const message of messages) this.#put(message);
    this.#advance(rev);
    this.#syncAgain ||= more;
    this.#changed();
  }

  #settle(message) {
    const entry = this.pending.find(({ nonce }) => nonce === message.nonce);
    if (!entry) return;
    this.discard(entry.nonce);
    entry.resolve(message);
  }

  /** One after another, so that they keep their order however often each has to be sent. */
  #post() {
    const entry = this.pending.find(({ state }) => state === 'sending');
    if (this.#posting || !entry || this.#client.state !== 'ready') return;
    this.#posting = this.#attempt(entry).finally(() => {
      this.#posting = undefined;
      this.#post();
    });
  }

  async #attempt(entry) {
    const { nonce, body } = entry;
    try {
      const { message } = await this.#client.request('message/create', { conversation_id: this.id, body, nonce });
      this.#settle(message);
    } catch (error) {
      if (error.code === 'unavailable') await this.#delay(error); // the same again: it is one message
      else if (error.field === 'nonce') entry.nonce = uuid7(this.#client.now()); // too old, and so not stored
      else this.#refused(entry, error);
    }
  }

  async #delay(error) { if (this.#client.state === 'ready') await pause(error.retryAfterMs ?? 1000); }

  #refused(entry, error) {
    Object.assign(entry, { state: 'failed', error });
    this.pending = [...this.pending];
    this.#changed();
    entry.reject(error);
  }

  async #change(type, data) {
    const { message } = await this.#client.request(type, { conversation_id: this.id, if_rev: this.#known.get(data.seq)?.rev, ...data });
    return message;
  }

  #types(user, begins) {
    clearTimeout(this.#typists.get(user));
    if (begins) this.#typists.set(user, setTimeout(() => this.#types(user, false), typistMs));
    else this.#typists.delete(user);
    this.dispatchEvent(new Event('typing'));
  }
}
