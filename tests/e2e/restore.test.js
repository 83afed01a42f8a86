// A backup is restored, as docs/operations.md says, under clients who have seen what came after it. On a stack of its own.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { connect as connectNats } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import WebSocket from 'ws';
import { Client, Conversation } from '../../edge/web/tincan.js';
import { elsewhere, run } from './postgres.js';
import { allMessages, assertError, call, connect, groupOf, people, post, register, talk, until, use } from './support.js';
import { storedEvents } from './events.js';
import { ownStack } from './stack.js';

const restored = fileURLToPath(new URL('../../packaging/restored.sql', import.meta.url));
let stack;
before(async () => {
  stack = await ownStack({ TINCAN_REGISTRATIONS_PER_MINUTE: '100000' });
  use(stack.url);
});
after(() => stack?.down());

async function purgeStream() {
  const nats = await connectNats({ servers: stack.natsUrl });
  await (await jetstreamManager(nats)).streams.purge('TINCAN_EVENTS');
  await nats.close();
}

const bodies = (messages) => messages.map((message) => message.body);
const later = ['four', 'five', 'six', 'seven', 'eight'];

/** What there is before the backup, and what it will not know. */
async function life() {
  const scene = { users: await Promise.all([register('anna'), register('ben')]) };
  const [anna, ben] = await Promise.all(scene.users.map((user) => connect(user)));
  scene.group = await groupOf(anna, [ben]);
  scene.doomed = await groupOf(anna, [ben]);
  scene.room = await talk(scene.group, anna, [ben]);
  scene.silent = await talk(scene.group, anna, [ben]);
  scene.spared = await talk(scene.doomed, anna, [ben]);
  for (const body of ['one', 'two', 'three']) await post(anna, scene.room, body, [ben]);
  await post(anna, scene.spared, 'mine', [ben]);

  scene.copy = join(stack.run, 'backup');
  await run('pg_dump', '-Fc', '-f', scene.copy, stack.databaseUrl);

  for (const body of ['lost', 'lost too']) await post(anna, scene.room, body, [ben]);
  await anna.ask('message/edit', { conversation_id: scene.room.id, seq: 1, body: 'lost as well' });
  await post(anna, scene.silent, 'lost', [ben]);
  scene.lostRoom = await talk(scene.group, anna, [ben]);
  await anna.ask('group/edit', { group_id: scene.group.id, name: 'Lost name' });
  await anna.ask('group/remove', { group_id: scene.doomed.id });
  scene.stranger = await register('stranger');
  scene.library = new Client(stack.url, scene.users[1].token, { WebSocket, backoffMs: [50, 500] });
  await scene.library.connect();
  scene.view = new Conversation(scene.library, scene.room.id);
  await scene.view.open();
  await until(() => scene.view.rev === 6, 'the library to have come to rev 6');
  return scene;
}

/** docs/operations.md, "To an older state". */
async function restore(copy) {
  const away = [];
  for (const name of ['edge', 'message', 'conversation', 'group', 'auth']) away.unshift(await stack.away(name));
  await run('pg_restore', '--clean', '--create', '--exit-on-error', '-d', elsewhere(stack.databaseUrl, { database: 'postgres' }), copy);
  const { code, said } = await stack.migrate();
  assert.equal(code, 0, said);
  await run('psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', restored, stack.databaseUrl);
  await purgeStream();
  for (const each of away) await each.back();
  await until(async () => (await call('GET', '/readyz').catch(() => undefined))?.status === 200, 'the stack to be ready', 20_000);
}

describe('after a restore', () => {
  let scene;
  let anna;
  let ben;
  const sync = async (room, rev, limit) =>
    (await ben.ask('message/sync', { after: { [room.id]: rev }, limit })).conversations[0];

  before(async () => {
    scene = await life();
    await restore(scene.copy);
    [anna, ben] = await Promise.all(scene.users.map((user) => connect(user)));
    for (const body of later) await post(anna, scene.room, body, [ben]);
  });
  after(() => { scene?.view.close(); scene?.library.close(); });

  test('what the backup had is there, and goes on', async () => {
    assert.deepEqual(bodies(await allMessages(ben, scene.room)), ['one', 'two', 'three', ...later]);
    const { group } = await ben.ask('group/view', { group_id: scene.group.id });
    assert.notEqual(group.name, 'Lost name');
    assert.ok(group.version > 2, `an edit after it is news to everyone: version ${group.version}`);
  });

  test('whoever has seen what is lost begins anew, however much has come since', async () => {
    for (const rev of [4, 5, 6]) {
      const news = await sync(scene.room, rev);
      assert.equal(news.reset, true);
      assert.deepEqual([bodies(news.messages), news.more], [['one', 'two', 'three', ...later], false]);
    }
    const silent = await sync(scene.silent, 1);
    assert.deepEqual([silent.reset, silent.messages], [true, []]);
    const page = await sync(scene.room, 6, 2);
    assert.deepEqual([bodies(page.messages), page.rev, page.more], [['one', 'two'], 2, true]);
  });

  test('whoever has not seen it gets what came since, and no more', async () => {
    for (const [rev, known] of [[3, 3], [2, 2], [1, 1]]) {
      const news = await sync(scene.room, rev);
      assert.equal(news.reset, undefined);
      assert.deepEqual(bodies(news.messages), ['one', 'two', 'three', ...later].slice(known));
    }
    const { rev } = await sync(scene.room, 3);
    assert.equal(await sync(scene.room, rev), undefined);
    assert.equal(await sync(scene.silent, (await sync(scene.silent, 0)).rev), undefined);
  });

  test('a client of the library that was connected all the time shows what is there', async () => {
    await until(() => bodies(scene.view.messages).join() === ['one', 'two', 'three', ...later].join(),
      () => `the view to be as the server, not ${bodies(scene.view.messages)}`, 20_000);
  });

  test('who and what came after the backup is gone; what was removed after it is there', async () => {
    assertError(await call('POST', '/auth/login', { json: { username: scene.stranger.username, password: scene.stranger.password } }),
      401, 'unauthenticated');
    assert.deepEqual(await sync(scene.lostRoom, 1), { conversation_id: scene.lostRoom.id, gone: true });
    assert.deepEqual(bodies(await allMessages(ben, scene.spared)), ['mine']);
    await post(ben, scene.spared, 'still here', [anna]);
  });

  test('the stream begins with what came after it', async () => {
    const told = await until(async () => {
      const events = await storedEvents(stack.natsUrl, `tincan.event.*.*.${scene.room.id}.message.created`, 20);
      const since = events.map(({ data }) => data.message.body).filter((body) => !['one', 'two', 'three'].includes(body));
      return since.length >= later.length && since;
    }, 'what came after it in the stream');
    assert.deepEqual(told, later);
  });
});

test('a stream that is lost altogether: with tincan-migrate run once more, what happens is told again', async () => {
  const [anna, ben] = await people('anna', 'ben');
  const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
  await post(anna, room, 'before', [ben]);
  const nats = await connectNats({ servers: stack.natsUrl });
  await (await jetstreamManager(nats)).streams.delete('TINCAN_EVENTS');
  await nats.close();
  await post(anna, room, 'without', [ben]); // clients do not need it
  assert.equal((await stack.migrate()).code, 0);
  await post(anna, room, 'after', [ben]);
  const told = async () => bodies((await storedEvents(stack.natsUrl, `tincan.event.*.*.${room.id}.message.created`, 9))
    .map(({ data }) => data.message));
  await until(async () => (await told()).includes('without') && (await told()).includes('after'), 'the stream to be told', 20_000);
});
