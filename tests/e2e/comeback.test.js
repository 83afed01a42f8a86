// What has been away and comes back: how soon all goes on, what is told again and what is not, and that nobody spins
// meanwhile. On a stack of its own.
import { setTimeout as pause } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect as connectNats } from '@nats-io/transport-node';
import { call, connect, groupOf, people, persist, talk, until, use, uuid7 } from './support.js';
import { storedMessages } from './events.js';
import { ownStack } from './stack.js';

const programs = ['auth', 'group', 'conversation', 'message', 'edge'];
let stack;
before(async () => {
  stack = await ownStack({
    TINCAN_REGISTRATIONS_PER_MINUTE: '100000', TINCAN_REQUESTS_PER_S: '10000', TINCAN_REQUESTS_BURST: '10000',
  });
  use(stack.url);
});
after(() => stack?.down());

const sql = (statement) => execFileSync('psql', ['-XqtA', '-d', stack.databaseUrl, '-c', statement], { encoding: 'utf8', stdio: 'pipe' }).trim();

/** Posts, for as long as it takes. */
const say = async (author, room, body) => (
  await persist(author, 'message/create', { conversation_id: room.id, body, nonce: uuid7() }, 30_000)).message;

/** Something of each service that writes. */
async function change(anna, room) {
  await say(anna, room, 'said');
  await persist(anna, 'conversation/edit', { conversation_id: room.id, topic: uuid7() });
  await persist(anna, 'group/edit', { group_id: room.group_id, description: uuid7() });
}

async function scene() {
  const [anna, ben] = await people('anna', 'ben');
  const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
  return { anna, ben, room };
}

const open = () => Number(sql(['msg', 'conv', 'grp', 'auth'].map((s) => `SELECT count(*) FROM ${s}.outbox WHERE acked_seq IS NULL`)
  .join(' UNION ALL ')).split('\n').reduce((sum, n) => sum + Number(n), 0));
/** Everything told is noted as acknowledged. */
const settled = () => until(() => open() === 0, () => `${open()} rows of outboxes to be acknowledged`, 20_000);
const idOf = (message) => message.headers.get('Nats-Msg-Id');
const storedIds = async () => (await storedMessages(stack.natsUrl, 'tincan.event.>', 100_000)).map(idOf);

/** Every rev of the conversation is in the stream. */
const assertToldAll = (room, last) => until(async () => {
  const messages = await storedMessages(stack.natsUrl, `tincan.event.*.*.${room.id}.message.*`, 10_000);
  return new Set(messages.map((each) => each.json().data.message.rev)).size === last;
}, `all ${last} revs in the stream`, 20_000);

const said = (event) => programs.map((name) => stack.log(name)).join('').split(`event=${event} `).length - 1;

describe('NATS that comes back', () => {
  test('with all that it had is told nothing again, and nobody else is', async () => {
    const { anna, ben, room } = await scene();
    await change(anna, room);
    await settled();
    const known = new Set(await storedIds());
    const observer = await connectNats({ servers: stack.natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
    const seen = [];
    observer.subscribe('tincan.event.>', { callback: (_, message) => seen.push(idOf(message)) });
    await observer.flush();
    const adopted = said('outbox_adopted');
    await stack.kill('nats', 'SIGTERM');
    ben.unclaimed.length = 0;
    for (let turn = 0; turn < 2; turn += 1) { // each is noted at a turn of the outbox, so that one has gone by
      await change(anna, room);
      await settled();
    }
    assert.deepEqual(seen.filter((id) => known.has(id)), []);
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(said('outbox_adopted'), adopted);
    assert.equal(said('stream_lost_its_tail'), 0);
    await ben.fence();
    const revs = ben.unclaimed.filter((f) => f.type === 'message/created').map((f) => f.data.message.rev);
    assert.equal(new Set(revs).size, revs.length);
    assert.ok(revs.every((rev) => rev > 1));
    await observer.close();
  });

  test('again and again under load: every event is in the stream, and nothing acknowledged is lost', async () => {
    const { anna, ben, room } = await scene();
    let going = true;
    const posting = Promise.all(Array.from({ length: 8 }, async (_, i) => {
      let count = 0;
      for (; going; count += 1) await say(i % 2 ? anna : ben, room, `${i}: ${count}`);
      return count;
    }));
    for (let round = 0; round < 3; round += 1) {
      const { message: { rev } } = await ben.event('message/created', () => true, 30_000).then((frame) => frame.data);
      await stack.kill('nats', round === 1 ? 'SIGTERM' : 'SIGKILL');
      await ben.event('message/created', (d) => d.message.rev > rev + 20, 30_000);
    }
    going = false;
    const count = (await posting).reduce((a, b) => a + b);
    const { heads: [head] } = await anna.ask('message/heads', { conversation_ids: [room.id] });
    assert.deepEqual([head.last_seq, head.last_rev], [count, count]);
    await assertToldAll(room, count);
  });

  test('without what it had last gets it again', async () => {
    const { anna, room } = await scene();
    await change(anna, room);
    await settled();
    const store = join(stack.run, 'nats');
    const copy = join(stack.run, 'nats-copy');
    let nats = await stack.away('nats');
    cpSync(store, copy, { recursive: true });
    await nats.back();
    for (let i = 0; i < 10; i += 1) await change(anna, room);
    await settled();
    const known = await storedIds();
    nats = await stack.away('nats');
    rmSync(store, { recursive: true });
    cpSync(copy, store, { recursive: true });
    await nats.back();
    await until(async () => {
      const there = new Set(await storedIds());
      return known.every((id) => there.has(id));
    }, 'all that it had to be there again', 30_000);
    assert.ok(said('stream_lost_its_tail') > 0);
    await change(anna, room);
    await assertToldAll(room, 12);
  });

  test('with nothing at all gets the last of it again, as soon as tincan-migrate has made the stream', async () => {
    const { anna, ben, room } = await scene();
    await change(anna, room);
    await settled();
    const nats = await stack.away('nats');
    rmSync(join(stack.run, 'nats'), { recursive: true });
    await nats.back();
    await say(anna, room, 'while there is no stream');
    await ben.event('message/created', (d) => d.message.rev === 2);
    const { code, said: words } = await stack.migrate();
    assert.equal(code, 0, words);
    assert.match(words, /event=stream_created/);
    await assertToldAll(room, 2);
    await settled();
  });
});

/** How long after `isBack` succeeds `works` does; the best of three, since a busy machine may be late once. */
async function soonest(leave, isBack, works) {
  const times = [];
  for (let i = 0; i < 3; i += 1) {
    await leave();
    await until(isBack, 'the return', 30_000);
    const began = performance.now();
    await works();
    times.push(performance.now() - began);
  }
  return Math.min(...times);
}

describe('within 2 s of its return', () => {
  const everywhere = async ({ anna, room }) => {
    await change(anna, room);
    await persist(anna, 'user/view', { user_ids: [anna.id, uuid7()] });
  };

  test('PostgreSQL, which had crashed, serves every service', async () => {
    const them = await scene();
    await everywhere(them);
    const answers = () => {
      try {
        return sql('SELECT 1') === '1';
      } catch {
        return false;
      }
    };
    assert.ok(await soonest(() => stack.kill('postgres', 'SIGQUIT'), answers, () => everywhere(them)) < 2000);
  });

  test('NATS serves every service, and the edge is ready', async () => {
    const them = await scene();
    await everywhere(them);
    const answers = () => connectNats({ servers: stack.natsUrl, reconnect: false }).then((c) => c.close().then(() => true), () => false);
    const works = async () => {
      await everywhere(them);
      await until(async () => (await call('GET', '/readyz')).status === 200, 'readyz');
    };
    assert.ok(await soonest(() => stack.kill('nats'), answers, works) < 2000);
  });
});

test('everything killed at once comes back by itself, and nothing acknowledged is lost', async () => {
  const { anna, ben, room } = await scene();
  for (let i = 0; i < 20; i += 1) await say(i % 2 ? anna : ben, room, `${i}`);
  const killed = ['postgres', 'nats', ...programs].flatMap((name) => stack.signal(name, name === 'postgres' ? 'SIGQUIT' : 'SIGKILL'));
  await stack.replaced(killed);
  const back = await until(() => connect(anna.user).catch(() => undefined), 'a connection', 30_000);
  await say(back, room, 'after');
  const { messages } = await persist(back, 'message/list', { conversation_id: room.id });
  assert.deepEqual(messages.map((m) => [m.seq, m.rev]), Array.from({ length: 21 }, (_, i) => [i + 1, i + 1]));
  await assertToldAll(room, 21);
});

describe('while it is away', () => {
  const measuredMs = 5000;
  const mostMs = 1000; // of CPU; one that spins takes all of it

  /** Nobody uses much CPU in some seconds without `name`, though a client goes on asking. */
  async function assertNobodySpins(name) {
    const { anna, room } = await scene();
    const { back } = await stack.away(name);
    try {
      const before = programs.map((each) => stack.cpuMs(each));
      for (let end = Date.now() + measuredMs; Date.now() < end; await pause(500)) {
        const { error } = await anna.request('message/create', { conversation_id: room.id, body: 'x' }, 6500);
        assert.equal(error?.code, 'unavailable');
      }
      const used = programs.map((each, i) => [each, stack.cpuMs(each) - before[i]]);
      assert.deepEqual(used.filter(([, ms]) => ms > mostMs), []);
    } finally {
      await back();
    }
    await change(anna, room);
  }

  test('nobody spins without NATS', () => assertNobodySpins('nats'));
  test('nobody spins without PostgreSQL', () => assertNobodySpins('postgres'));
});
