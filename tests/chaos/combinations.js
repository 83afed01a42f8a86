// Recovery in any combination: some of everything is killed at once, stays away for a second, and comes back in any
// order. Then all has to work again by itself. How soon is noted, and how much CPU the survivors used meanwhile.
import { setTimeout as pause } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { connect as connectNats } from '@nats-io/transport-node';
import { connect, register, until, use, uuid7, word } from '../e2e/support.js';
import { storedEvents } from '../e2e/events.js';
import { ownStack } from '../e2e/stack.js';
import { query } from './database.js';

export const parts = ['postgres', 'nats', 'auth', 'group', 'conversation', 'message', 'edge'];

/** All 127: each a list of parts. */
export const combinations = Array.from({ length: 2 ** parts.length - 1 }, (_, i) =>
  parts.filter((_part, bit) => ((i + 1) >> bit) % 2 === 1));

/** `count` of them, first all at once, that together hold every part as one of a few. */
export function handful(random, count) {
  for (;;) {
    const some = random.shuffled(combinations).slice(0, count - 1);
    const smaller = new Set(some.filter((each) => each.length < 5).flat());
    if (smaller.size === parts.length) return [parts, ...some];
  }
}

const settings = {
  TINCAN_REGISTRATIONS_PER_MINUTE: '100000', TINCAN_REQUESTS_PER_S: '10000', TINCAN_REQUESTS_BURST: '10000',
  TINCAN_ADDRESS_PER_S: '10000', TINCAN_ADDRESS_BURST: '10000',
  TINCAN_TYPING_PER_S: '1000',
};
const awayMs = 1000;
const betweenMs = 200; // at most, from one return to the next
const patienceMs = 30_000;

/** A user who comes back whenever his connection has gone. */
class Person {
  #client;

  constructor(user) { this.user = user; }

  async #here() {
    if (this.#client) return this.#client;
    const client = await connect(this.user).catch(() => undefined);
    client?.closing.then(() => { if (this.#client === client) this.#client = undefined; });
    this.#client = client;
    return client;
  }

  /** The answer to a request, or undefined if there is none. */
  async ask(type, data) {
    return (await this.#here())?.request(type, data, 6500).catch(() => undefined);
  }

  /** Asks until it is done; gives the answer's data, nothing if it had been done before. */
  persist(type, data) {
    return until(async () => {
      const frame = await this.ask(type, data);
      if (!frame) return undefined;
      if (frame.error) assert.ok(['unavailable', 'conflict'].includes(frame.error.code), JSON.stringify(frame));
      return frame.data ?? (frame.error.code === 'conflict' && {});
    }, `${type} to succeed`, patienceMs);
  }

  async say(type, data) { (await this.#here())?.send({ type, data }); }

  /** Whether an event of `type` comes within `ms`. */
  async hears(type, ms) {
    const client = await this.#here();
    return client?.event(type, undefined, ms).then(() => true, () => false);
  }

  async leave() { await this.#client?.close(); }
}

const answers = {
  postgres: (stack) => query(stack.databaseUrl, 'SELECT 1'),
  nats: (stack) => connectNats({ servers: stack.natsUrl, reconnect: false }).then((connection) => connection.close()),
};

export class Trial {
  #said = [];

  /** A stack, two who talk, and one who comes and goes. Its owner calls `close`. */
  static async open() {
    const stack = await ownStack(settings);
    use(stack.url);
    const trial = new Trial(stack);
    await trial.#meet();
    return trial;
  }

  constructor(stack) { this.stack = stack; }

  async #meet() {
    const users = await Promise.all(['anna', 'ben', 'cleo'].map((name) => register(name)));
    [this.anna, this.ben, this.cleo] = users.map((user) => new Person(user));
    const { group } = await this.anna.persist('group/create', { name: word('Trial '), member_ids: [users[1].id] });
    const { conversation } = await this.anna.persist('conversation/create', { group_id: group.id, name: 'Talk' });
    this.group = group.id;
    this.room = conversation.id;
    await this.#works();
  }

  /** Kills those parts and brings them back. Gives `{back, cpu}`: how long after their return each kind of thing was
   *  done for the first time, in ms; and the share of a core that each of the others used while they were away. */
  async strike(killed, random) {
    const gone = await this.stack.strike(killed);
    const cpu = await this.#whileAway(parts.filter((part) => part !== 'postgres' && !killed.includes(part)));
    for (const name of random.shuffled(killed)) {
      await pause(random.between(0, betweenMs));
      await gone.back(name);
    }
    for (const name of killed.filter((part) => part in answers)) {
      await until(() => answers[name](this.stack).then(() => true, () => false), `${name} to answer`, patienceMs);
    }
    return { back: await this.#works(), cpu };
  }

  /** Somebody goes on asking, as clients do. */
  async #whileAway(survivors) {
    const began = performance.now();
    const before = survivors.map((name) => this.stack.cpuMs(name));
    while (performance.now() - began < awayMs) {
      await Promise.race([this.anna.ask('message/create', { conversation_id: this.room, body: 'x', nonce: uuid7() }), pause(100)]);
      await pause(50);
    }
    const ms = performance.now() - began;
    return Object.fromEntries(survivors.map((name, i) => [name, (this.stack.cpuMs(name) - before[i]) / ms]));
  }

  async #works() {
    const began = performance.now();
    const times = {};
    const note = (name) => { times[name] = performance.now() - began; };
    await Promise.all([
      this.#posts(note),
      this.ben.persist('message/sync', { after: { [this.room]: 0 } }).then(() => note('sync')),
      this.cleo.persist('group/join', { group_id: this.group }).then(() => note('join')),
      this.#types().then(() => note('typing')),
    ]);
    await this.cleo.persist('group/leave', { group_id: this.group });
    return times;
  }

  async #posts(note) {
    const data = { conversation_id: this.room, body: word(), nonce: uuid7() };
    const { message } = await this.anna.persist('message/create', data);
    note('create');
    this.#said.push(message.id);
    const body = word();
    await this.anna.persist('message/edit', { conversation_id: this.room, seq: message.seq, body, if_rev: message.rev });
    note('edit');
  }

  /** Until Ben hears that Anna types. */
  async #types() {
    const data = { conversation_id: this.room };
    await until(async () => {
      await this.anna.say('conversation/type-start', data);
      const heard = await this.ben.hears('conversation/type-start', 250);
      await this.anna.say('conversation/type-end', data);
      return heard;
    }, 'typing to be heard', patienceMs);
  }

  /** All that was acknowledged is there, once, and the stream has every change. */
  async assertNothingLost() {
    const rows = await query(this.stack.databaseUrl, `SELECT json_build_array(id, seq) FROM msg.messages
      WHERE conversation_id = '${this.room}' ORDER BY seq`);
    const ids = new Set(rows.map(([id]) => id));
    assert.deepEqual(this.#said.filter((id) => !ids.has(id)), []);
    assert.deepEqual(rows.map(([, seq]) => seq), rows.map((_, i) => i + 1));
    const [last] = await query(this.stack.databaseUrl, `SELECT last_rev FROM msg.heads WHERE conversation_id = '${this.room}'`);
    await until(async () => {
      const events = await storedEvents(this.stack.natsUrl, `tincan.event.*.*.${this.room}.message.*`, 10_000);
      return new Set(events.map((event) => event.data.message.rev)).size === last;
    }, `all ${last} revs in the stream`, patienceMs);
  }

  async close() {
    await Promise.all([this.anna, this.ben, this.cleo].map((person) => person.leave().catch(() => {})));
    await this.stack.down();
  }
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const seconds = (ms) => (ms / 1000).toFixed(2);

/** One line about a combination and what came of it. */
export function inWords(killed, { back, cpu }) {
  const times = Object.entries(back).map(([name, ms]) => `${name} ${seconds(ms)}`).join(' ');
  const [busiest, share] = Object.entries(cpu).sort(([, a], [, b]) => b - a)[0] ?? ['nobody', 0];
  return `${killed.join('+')}: ${times} s; ${busiest} ${Math.round(share * 100)} % of a core meanwhile`;
}

/** Medians and maxima of many of them. */
export function summary(results) {
  const names = Object.keys(results[0].back);
  const lines = [...names.map((name) => [name, (r) => r.back[name]]), ['all of it', (r) => Math.max(...Object.values(r.back))]]
    .map(([name, of]) => [name, sorted(results.map(of))])
    .map(([name, all]) => `${name}: median ${seconds(all[all.length >> 1])} s, most ${seconds(all.at(-1))} s`);
  const most = Math.max(...results.flatMap(({ cpu }) => Object.values(cpu)));
  return [`${results.length} combinations, from the return to the first success`, ...lines,
    `CPU of a survivor: at most ${Math.round(most * 100)} % of a core`].join('\n');
}
