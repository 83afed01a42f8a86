// What dies, and what then: processes killed, stopped and restarted under clients that talk. On a stack of its own.
import { setTimeout as pause } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  Client, allMessages, assertError, call, connect, groupOf, people, persist, post, register, talk, until, upgrade, url, use, uuid7,
} from './support.js';
import { storedEvents } from './events.js';
import { ownStack } from './stack.js';

let stack;
before(async () => {
  const drain = { TINCAN_DRAIN_MS: '500' };
  stack = await ownStack({ TINCAN_REGISTRATIONS_PER_MINUTE: '100000' }, ['--edge', '2', '--message', '2'], { edge: drain, 'edge-2': drain });
  use(stack.url);
});
after(() => stack?.down());

/** An author who posts one message after another, each until it is acknowledged, and one who hears them. */
async function conversationUnderWay() {
  const [anna, ben] = await people('anna', 'ben');
  const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
  const acknowledged = [];
  let going = true;
  const posting = (async () => {
    for (let i = 0; going; i += 1) {
      const data = { conversation_id: room.id, body: `${i}`, nonce: uuid7() };
      acknowledged.push((await persist(anna, 'message/create', data)).message);
      await pause(30); // slower than requests_per_s
    }
  })();
  posting.catch(() => {});
  const stop = async () => {
    going = false;
    await posting;
  };
  return { anna, ben, room, acknowledged, stop };
}

/** Nothing acknowledged is missing, nothing is there twice, and every change has reached listeners and the stream. */
async function assertNothingLost({ ben, room, acknowledged }) {
  const stored = await allMessages(ben, room);
  assert.deepEqual(stored.map((m) => [m.seq, m.body]), acknowledged.map((m) => [m.seq, m.body]));
  assert.deepEqual(stored.map((m) => m.rev), stored.map((_, i) => i + 1));
  const heard = () => new Set(ben.frames.filter((f) => f.type === 'message/created').map((f) => f.data.message.seq));
  await until(() => heard().size === stored.length, () => `every event; came ${heard().size} of ${stored.length}`, 12_000);
  const subject = `tincan.event.*.*.${room.id}.message.created`;
  await until(async () => {
    const events = await storedEvents(stack.natsUrl, subject, stored.length);
    return new Set(events.map((event) => event.data.message.seq)).size === stored.length;
  }, 'every event in the stream', 12_000);
}

describe('a service that is killed', () => {
  // What a client asks of each, and what he asks of another meanwhile, which must go on.
  const questions = {
    auth: [({ ben }) => ['user/view', { user_ids: [ben.id] }], ({ room }) => ['message/list', { conversation_id: room.id }]],
    group: [() => ['group/list', { limit: 1 }], ({ ben }) => ['user/view', { user_ids: [ben.id] }]],
    conversation: [({ room }) => ['conversation/list', { group_id: room.group_id }], () => ['group/list', { limit: 1 }]],
    message: [({ room }) => ['message/list', { conversation_id: room.id }], () => ['group/list', { limit: 1 }]],
  };
  for (const [name, [ask, askAnother]] of Object.entries(questions)) {
    test(`comes back, the others go on, and nothing acknowledged is lost: ${name}`, async () => {
      const scene = await conversationUnderWay();
      await scene.ben.event('message/created');
      const killed = stack.signal(name, 'SIGKILL');
      const asked = persist(scene.ben, ...ask(scene));
      await scene.ben.ask(...askAnother(scene));
      await asked;
      await stack.replaced(killed);
      const before = scene.acknowledged.length;
      await until(() => scene.acknowledged.length > before + 5, 'messages to be posted again', 15_000);
      await scene.stop();
      await assertNothingLost(scene);
    });
  }

  test('of two leaves its work to the other', async () => {
    const scene = await conversationUnderWay();
    await scene.ben.event('message/created');
    const pid = stack.pid('message-2');
    process.kill(pid, 'SIGKILL');
    const before = scene.acknowledged.length;
    await until(() => scene.acknowledged.length > before + 20, 'messages to be posted', 8000);
    await stack.replaced([{ name: 'message-2', pid }]);
    await scene.stop();
    await assertNothingLost(scene);
  });
});

describe('a service that is asked to end', () => {
  test('while another does the same work ends without one failure', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
    await persist(anna, 'message/create', { conversation_id: room.id, body: 'first', nonce: uuid7() });
    const pid = stack.pid('message-2');
    process.kill(pid, 'SIGTERM');
    const replaced = stack.replaced([{ name: 'message-2', pid }]);
    let over = false;
    replaced.finally(() => { over = true; }).catch(() => {});
    while (!over) {
      await anna.ask('message/create', { conversation_id: room.id, body: 'x' });
      await pause(30);
    }
    await replaced;
  });
});

describe('a service that stops answering', () => {
  test('lets its requests fail as unavailable after 5 s at the latest, the others go on', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
    const data = { conversation_id: room.id, body: 'once', nonce: uuid7() };
    stack.signal('message', 'SIGSTOP');
    try {
      const began = performance.now();
      const asked = anna.request('message/create', data);
      await anna.ask('group/list', { limit: 1 });
      const frame = await asked;
      const lasted = performance.now() - began;
      assert.deepEqual([frame.type, frame.error?.code], ['message/create-failed', 'unavailable']);
      assert.ok(frame.error.retry_after_ms > 0);
      assert.ok(lasted < 5800, `it took ${lasted} ms`);
    } finally {
      stack.signal('message', 'SIGCONT');
    }
    const { message } = await persist(anna, 'message/create', data);
    assert.equal(message.seq, 1, 'what its asker had given up was not done, or was done once');
    await ben.event('message/created');
    const { messages } = await persist(ben, 'message/list', { conversation_id: room.id });
    assert.equal(messages.length, 1);
  });

  test('by which tokens cannot be verified is 503 or close 4003, never 401 or 4501, and readyz says so', async () => {
    const user = await register();
    const here = await connect(user);
    stack.signal('auth', 'SIGSTOP');
    try {
      const [header, subprotocol, login] = await Promise.all([
        upgrade(url(), { token: user.token }),
        upgrade(url(), { protocols: ['tincan.v1', `tincan.token.${user.token}`] }),
        call('POST', '/auth/login', { json: { username: user.username, password: user.password } }),
      ]);
      assertError(header, 503, 'unavailable');
      assertError(login, 503, 'unavailable');
      assert.equal((await subprotocol.closed()).code, 4003);
      assert.notEqual((await call('GET', '/readyz')).status, 200);
      assert.equal((await call('GET', '/healthz')).status, 200);
      await here.ask('group/list', { limit: 1 });
    } finally {
      stack.signal('auth', 'SIGCONT');
    }
    await until(async () => (await upgrade(url(), { token: user.token, user })) instanceof Client, 'a connection', 10_000);
    await until(async () => (await call('GET', '/readyz')).status === 200, 'readyz to be well', 10_000);
  });
});

describe('NATS that is killed', () => {
  test('leaves connections open; all is unavailable, then resynced, and nothing acknowledged is lost', async () => {
    const scene = await conversationUnderWay();
    await scene.ben.event('message/created');
    await stack.kill('nats');
    await scene.ben.event('session/resync', undefined, 15_000);
    await scene.anna.event('session/resync', undefined, 15_000);
    const before = scene.acknowledged.length;
    await until(() => scene.acknowledged.length > before + 5, 'messages to be posted again', 15_000);
    await scene.stop();
    await post(scene.anna, scene.room, 'after the resync', [scene.ben]);
    const { messages } = await scene.ben.ask('message/list', { conversation_id: scene.room.id, after: 0, limit: 200 });
    const bodies = messages.map((m) => m.body);
    for (const { body } of scene.acknowledged.slice(0, 199)) assert.ok(bodies.includes(body), body);
    assert.equal(new Set(bodies).size, bodies.length, 'nothing is there twice');
    await until(async () => (await call('GET', '/readyz')).status === 200, 'readyz to be well', 10_000);
  });
});

describe('PostgreSQL that is restarted', () => {
  test('leaves connections open; what needs it is unavailable until it is back, and nothing is lost', async () => {
    const scene = await conversationUnderWay();
    await scene.ben.event('message/created');
    await stack.kill('postgres', 'SIGINT');
    const before = scene.acknowledged.length;
    await until(() => scene.acknowledged.length > before + 5, 'messages to be posted again', 20_000);
    for (const [type, data] of [
      ['user/view', { user_ids: [scene.ben.id, uuid7()] }], ['group/create', { name: 'After' }],
      ['conversation/list', { group_id: scene.room.group_id }],
    ]) {
      await persist(scene.ben, type, data);
    }
    await scene.stop();
    await assertNothingLost(scene);
  });
});

describe('two edges', () => {
  test('are one server: what is said on one is heard on the other, in order', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const there = await connect(ben.user, { at: stack.secondUrl });
    const group = await groupOf(anna, [ben]);
    await there.event('group/joined');
    const room = await talk(group, anna, [ben, there]);
    for (let i = 0; i < 20; i += 1) await post(anna, room, `${i}`);
    for (let i = 0; i < 20; i += 1) assert.equal((await there.event('message/created')).data.message.body, `${i}`);
    there.send({ type: 'conversation/type-start', data: { conversation_id: room.id } });
    await anna.event('conversation/type-start');
    await post(there, room, 'from there', [anna, ben]);
    await anna.event('conversation/type-end');
    await ben.fence();
    assert.ok(!ben.frames.some((f) => f.type.startsWith('conversation/type')), 'never one\'s own connections');
  });

  test('end a session on both, and a membership', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const there = await connect(ben.user, { at: stack.secondUrl });
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, anna, [ben]);
    await ben.ask('group/leave', { group_id: group.id });
    await there.event('group/left');
    await there.forget();
    await post(anna, room, 'without ben');
    await there.fence();
    assert.deepEqual(there.unclaimed, []);
    assert.equal((await call('POST', '/auth/logout', { token: ben.user.token })).status, 204);
    assert.equal((await there.closed()).code, 4501);
    assert.equal((await ben.closed()).code, 4501);
  });

  test('come and go alone: one that is asked to end says 1001, one that is killed takes nobody along', async () => {
    const [anna] = await people('anna');
    const user = await register();
    for (const [signal, code] of [['SIGTERM', 1001], ['SIGKILL', 1006]]) {
      const there = await connect(user, { at: stack.secondUrl });
      const pid = stack.pid('edge-2');
      process.kill(pid, signal);
      assert.equal((await there.closed(10_000)).code, code);
      await anna.fence();
      await stack.replaced([{ name: 'edge-2', pid }]);
      const again = () => connect(user, { at: stack.secondUrl }).catch(() => undefined);
      const back = await until(again, 'the edge to be back', 15_000);
      await persist(back, 'user/view', { user_ids: [user.id] });
    }
  });
});
