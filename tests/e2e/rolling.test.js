// Every process replaced, one after the other, while people talk: nobody is refused anything, and those whose edge goes
// are told so. Of each there are two, the one that goes and the one that has taken its place or still has to go.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import {
  allMessages, call, connect, groupOf, people, register, talk, until, use, uuid7,
} from './support.js';
import { storedEvents } from './events.js';
import { ownStack } from './stack.js';

const services = ['auth', 'group', 'conversation', 'message'];
const drainMs = 1000;
const talkers = 12;

let stack;
let edges;
before(async () => {
  const drain = { TINCAN_DRAIN_MS: `${drainMs}` };
  stack = await ownStack(
    { TINCAN_REGISTRATIONS_PER_MINUTE: '100000' },
    [...services, 'edge'].flatMap((kind) => [`--${kind}`, '2']),
    { edge: drain, 'edge-2': drain },
  );
  use(stack.url);
  edges = [stack.url, stack.secondUrl];
});
after(() => stack?.down());

/** Does `attempt(edge)` with one edge, and where that does not listen with the other: as a load balancer does. */
async function balanced(attempt, first) {
  for (let turn = first; ; turn += 1) {
    try {
      return await attempt(edges[turn % 2]);
    } catch (error) {
      if (error.code !== 'ECONNREFUSED') throw error;
      await pause(20);
    }
  }
}

/** Somebody who asks one thing after another, and goes on elsewhere when he is sent away with 1001. */
class Talker {
  posted = [];
  /** When which edge has sent him away. */
  moves = [];

  constructor(user, room, edge) {
    Object.assign(this, { user, room, edge });
  }

  /** His connection, where the last has gone another. */
  async #here() {
    while (!this.client) {
      try {
        this.client = await balanced((at) => connect(this.user, { at }), this.edge);
      } catch (error) {
        this.#moveOn(error, /was closed with 1001/.test(error.message));
      }
    }
    return this.client;
  }

  #moveOn(why, wasToldSo) {
    if (!wasToldSo) throw why;
    this.moves.push({ edge: this.edge % 2, at: Date.now() });
    this.edge += 1;
    this.client = undefined;
  }

  /** The frame that answers, from whichever edge. */
  async request(type, data) {
    for (;;) {
      const client = await this.#here();
      const closed = client.closing.then(({ code }) => { throw Object.assign(new Error(`closed with ${code}`), { closed: code }); });
      try {
        return await Promise.race([closed, client.request(type, data)]);
      } catch (error) {
        this.#moveOn(error, error.closed === 1001);
      }
    }
  }

  async ask(type, data) {
    const frame = await this.request(type, data);
    assert.equal(frame.error, undefined, `${type} has failed: ${JSON.stringify(frame)}`);
    return frame.data;
  }

  async talk(isOver) {
    const { id: conversation_id, group_id } = this.room;
    const others = [
      ['message/list', { conversation_id, limit: 5 }], ['conversation/list', { group_id }], ['user/view', { user_ids: [this.user.id] }],
      ['group/view', { group_id, members: true }], ['message/heads', { conversation_ids: [conversation_id] }],
    ];
    for (let i = 0; !isOver(); i += 1) {
      const body = `${this.user.username} ${i}`;
      await this.ask('message/create', { conversation_id, body, nonce: uuid7() });
      this.posted.push(body);
      await this.ask(...others[i % others.length]);
      await pause(40); // slower than requests_per_s
    }
  }
}

/** Logs in, again and again, with whichever edge is there. */
async function comeAndGo(user, isOver) {
  for (let i = 0; !isOver(); i += 1) {
    const json = { username: user.username, password: user.password };
    const { status, text } = await balanced((at) => call('POST', '/auth/login', { json, at }), i);
    assert.equal(status, 200, text);
    await pause(100);
  }
}

test('everything can be replaced piece by piece under load, without one request that fails', async () => {
  const [anna, ben] = await people('anna', 'ben');
  const users = await Promise.all(Array.from({ length: talkers }, () => register()));
  const room = await talk(await groupOf(anna, [ben], { member_ids: [ben.id, ...users.map(({ id }) => id)] }), anna, [ben]);
  let over = false;
  const all = users.map((user, i) => new Talker(user, room, i));
  const talking = Promise.all([...all.map((each) => each.talk(() => over)), comeAndGo(ben.user, () => over)]);
  talking.catch(() => {}); // it is seen below
  try {
    await Promise.race([stack.restart(), talking]);
  } finally {
    over = true;
  }
  await talking;
  for (const kind of [...services, 'edge']) assert.deepEqual([kind, `${kind}-2`].map((name) => stack.log(name).split('event=nats_up ').length), [3, 3]);
  for (const edge of [0, 1]) {
    const moves = all.flatMap((each) => each.moves.filter((move) => move.edge === edge)).map(({ at }) => at);
    assert.ok(moves.length >= talkers / 2, `${moves.length} of ${talkers} were sent away`);
    assert.ok(Math.max(...moves) - Math.min(...moves) > drainMs / 2, 'all of them at once');
  }

  const posted = all.flatMap((each) => each.posted).sort();
  const back = await connect(anna.user);
  const stored = await allMessages(back, room);
  assert.deepEqual(stored.map((each) => each.body).sort(), posted);
  assert.deepEqual(stored.map((each) => [each.seq, each.rev]), stored.map((_, i) => [i + 1, i + 1]));
  await until(async () => {
    const events = await storedEvents(stack.natsUrl, `tincan.event.*.*.${room.id}.message.created`, stored.length);
    return new Set(events.map((event) => event.data.message.seq)).size === stored.length;
  }, 'every event in the stream', 12_000);
});
