// Silence where an answer should be: processes that stand still for a while and go on. On a stack of its own.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { call, closedTalk, connect, groupOf, heard, people, persist, post, quiet, talk, until, use, uuid7 } from './support.js';
import { ownStack } from './stack.js';

let stack;
before(async () => {
  stack = await ownStack({ TINCAN_REGISTRATIONS_PER_MINUTE: '100000' }, ['--edge', '2']);
  use(stack.url);
});
after(() => stack?.down());

/** Every process of PostgreSQL: its first one and those that serve our connections. */
function databaseProcesses() {
  const first = stack.pid('postgres');
  const parentOf = (pid) => {
    try {
      return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \S /, '').split(' ')[0]);
    } catch {
      return undefined;
    }
  };
  return [first, ...readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === first).map(Number)];
}

const stop = (pids) => pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
const goOn = (pids) => pids.forEach((pid) => process.kill(pid, 'SIGCONT'));

/** Posts as `post` does, but waits first until the services have found each other again after an earlier outage. */
async function firstPost(author, room, hearers) {
  const { message } = await persist(author, 'message/create', { conversation_id: room.id, body: 'before', nonce: uuid7() });
  await Promise.all(hearers.map((h) => h.event('message/created', (d) => d.message.id === message.id)));
}

/** Asks until the answer is `not_found`; on the way it may be `unavailable`. */
const gone = (client, type, data) => until(async () => {
  const { error } = await client.request(type, data, 6500);
  assert.ok(['not_found', 'unavailable'].includes(error?.code), `${type}: ${error?.code}`);
  return error.code === 'not_found';
}, `${type} to find nothing`, 15_000);

describe('the conversation service away', () => {
  test('while a member leaves: he is out of the closed conversations once it is back', async () => {
    const [owner, anna, ben] = await people('owner', 'anna', 'ben');
    const group = await groupOf(owner, [anna, ben]);
    const room = await closedTalk(group, anna, [ben]);
    await firstPost(anna, room, [ben]);
    stack.signal('conversation', 'SIGSTOP');
    try {
      await ben.ask('group/leave', { group_id: group.id });
      await heard([owner, anna], 'group/left');
      const { error } = await ben.request('message/create', { conversation_id: room.id, body: 'still?' }, 6000);
      assert.ok(['not_found', 'unavailable'].includes(error?.code), error?.code);
    } finally {
      stack.signal('conversation', 'SIGCONT');
    }
    const { conversation } = (await anna.event('conversation/edited', undefined, 15_000)).data;
    assert.deepEqual(conversation.participant_ids, [anna.id]);
    await ben.ask('group/join', { group_id: group.id });
    await gone(ben, 'message/list', { conversation_id: room.id });
  });

  test('killed while a group is removed: its conversations and messages are gone once it is back', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, anna, [ben]);
    await firstPost(anna, room, [ben]);
    const killed = [...stack.signal('conversation', 'SIGKILL'), ...stack.signal('message', 'SIGKILL')];
    await anna.ask('group/remove', { group_id: group.id });
    await ben.event('group/removed');
    await stack.replaced(killed);
    for (const [type, data] of [['message/list', {}], ['message/create', { body: 'x' }], ['conversation/edit', { name: 'x' }]]) {
      await gone(ben, type, { conversation_id: room.id, ...data });
    }
  });
});

describe('PostgreSQL standing still', () => {
  test('makes what needs it unavailable within 5 s; connections stay, and all works again after', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
    await firstPost(anna, room, [ben]);
    const pids = databaseProcesses();
    const data = { conversation_id: room.id, body: 'once', nonce: uuid7() };
    stop(pids);
    try {
      const began = performance.now();
      const asked = [
        anna.request('message/create', data), ben.request('group/create', { name: 'x' }),
        ben.request('conversation/create', { group_id: room.group_id, name: 'x' }),
        ben.request('user/view', { user_ids: ['@somebody_not_yet_known'] }),
      ];
      anna.send({ type: 'ping', id: 'alive' });
      assert.equal((await anna.take((f) => f.re === 'alive', 'the pong')).type, 'pong');
      for (const { error } of await Promise.all(asked)) assert.equal(error?.code, 'unavailable');
      assert.ok(performance.now() - began < 6000);
    } finally {
      goOn(pids);
    }
    const { message } = await persist(anna, 'message/create', data);
    assert.equal(message.seq, 2);
    await ben.event('message/created', (d) => d.message.seq === 2, 15_000); // from the outbox, if it was done unanswered
    await persist(ben, 'group/create', { name: 'after' });
    await persist(ben, 'conversation/create', { group_id: room.group_id, name: 'after' });
    const { messages } = await ben.ask('message/list', { conversation_id: room.id });
    assert.deepEqual(messages.map((m) => m.body), ['before', 'once']);
  });
});

describe('an edge standing still', () => {
  test('gives its clients afterwards all that happened, in order, and nothing that is not theirs', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const [bens, cleos] = await Promise.all([ben, cleo].map((who) => connect(who.user, { at: stack.secondUrl })));
    const group = await groupOf(anna, [ben, cleo]);
    await Promise.all([bens, cleos].map((who) => who.event('group/joined')));
    const room = await talk(group, anna, [ben, cleo, bens, cleos]);
    await firstPost(anna, room, [ben, cleo, bens, cleos]);
    const pid = stack.pid('edge-2');
    stop([pid]);
    try {
      for (let i = 0; i < 10; i += 1) await post(anna, room, `${i}`, [ben, cleo]);
      await anna.ask('group/edit', { group_id: group.id, members: { remove: [cleo.id] } });
      await cleo.event('group/left');
      await post(anna, room, 'without cleo', [ben]);
      assert.equal((await call('POST', '/auth/logout', { token: ben.user.token })).status, 204);
      await ben.closed();
    } finally {
      goOn([pid]);
    }
    for (let i = 0; i < 10; i += 1) assert.equal((await cleos.event('message/created')).data.message.body, `${i}`);
    await cleos.event('group/left');
    assert.equal((await bens.closed()).code, 4501);
    await quiet(cleos);
  });
});

describe('NATS standing still', () => {
  test('makes requests unavailable within 5 s; connections stay, are resynced if need be, and all works again', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
    const data = { conversation_id: room.id, body: 'once', nonce: uuid7() };
    stack.signal('nats', 'SIGSTOP');
    try {
      const began = performance.now();
      const { error } = await anna.request('message/create', data, 6500);
      assert.equal(error?.code, 'unavailable');
      assert.ok(performance.now() - began < 6000);
    } finally {
      stack.signal('nats', 'SIGCONT');
    }
    const { message } = await persist(anna, 'message/create', data);
    assert.equal(message.seq, 1);
    await persist(ben, 'message/list', { conversation_id: room.id });
    await until(() => ben.frames.some((f) => f.data?.message?.seq === 1 || f.data?.messages?.length === 1), 'the message', 8000);
    await until(async () => (await call('GET', '/readyz')).status === 200, 'readyz to be well', 15_000);
    await persist(anna, 'message/create', { conversation_id: room.id, body: 'after', nonce: uuid7() });
    await ben.event('message/created', (d) => d.message.body === 'after', 15_000);
  });
});
