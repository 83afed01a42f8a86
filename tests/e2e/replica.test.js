// message/list, heads and sync by a process on a streaming replica, as docs/operations.md says. On a stack of its own.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { elsewhere, freePort, run, serve, sql } from './postgres.js';
import { allMessages, groupOf, people, persist, post, talk, until, use } from './support.js';
import { ownStack } from './stack.js';

const subjects = (...verbs) => verbs.flatMap((verb) => [`tincan.rpc.message.${verb}`, `tincan.as.*.message.${verb}`]).join();
const writes = subjects('create.*', 'edit.*', 'remove.*');
const reads = subjects('list.*', 'heads', 'sync');
const binary = join(process.env.TINCAN_BUILD, 'services/message/tincan-message');

let stack;
let replica;
let reader;
let anna;
let ben;
let room;

/** A replica of the stack's PostgreSQL, and a tincan-message that reads from it. */
async function replicate() {
  const port = await freePort();
  const data = join(stack.run, 'replica');
  await run('pg_basebackup', '-D', data, '-R', '-c', 'fast', '-d', stack.databaseUrl);
  replica = { url: elsewhere(stack.databaseUrl, { port }), ...serve(data, port) };
  replica.again = () => Object.assign(replica, serve(data, port));
  const env = {
    ...process.env, TINCAN_READER: '1', TINCAN_SUBJECTS: reads, TINCAN_NATS_URL: stack.natsUrl,
    TINCAN_DATABASE_URL: elsewhere(stack.addresses.TINCAN_DATABASE_URL_MESSAGE, { port }),
  };
  const process_ = spawn(binary, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  reader = { ended: once(process_, 'exit'), said: '', stop: () => process_.kill('SIGTERM') };
  process_.stderr.setEncoding('utf8').on('data', (text) => { reader.said += text; });
  await until(() => reader.said.includes('event=database_up'), () => `the reader to be up: ${reader.said}`, 20_000);
}

before(async () => {
  stack = await ownStack({ TINCAN_REGISTRATIONS_PER_MINUTE: '100000' }, [], { message: { TINCAN_SUBJECTS: writes } });
  use(stack.url);
  [anna, ben] = await people('anna', 'ben');
  room = await talk(await groupOf(anna, [ben]), anna, [ben]);
});
after(async () => {
  reader?.stop();
  await replica?.stop();
  await stack?.down();
});

const seqs = async () => (await allMessages(ben, room)).map((message) => message.seq);
const sync = (rev) => ben.ask('message/sync', { after: { [room.id]: rev } });

test('a reader must be told what to serve', () => {
  const env = { ...process.env, TINCAN_READER: '1', TINCAN_SUBJECTS: '', TINCAN_DATABASE_URL: stack.addresses.TINCAN_DATABASE_URL_MESSAGE };
  const { status, stderr } = spawnSync(binary, { env, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /event=reader_without_subjects/);
});

test('it answers what the others do not serve', async () => {
  await post(anna, room, 'one', [ben]);
  assert.equal((await ben.request('message/list', { conversation_id: room.id })).error.code, 'unavailable');
  await replicate();
  await persist(ben, 'message/list', { conversation_id: room.id });
  assert.deepEqual(await seqs(), [1]);
  assert.deepEqual((await sync(0)).conversations[0].messages.map((m) => m.body), ['one']);
  assert.deepEqual((await ben.ask('message/heads', { conversation_ids: [room.id] })).heads[0].last_rev, 1);
});

test('while it lags it tells what it has, and nobody that he must begin anew', async () => {
  await sql(replica.url, 'SELECT pg_wal_replay_pause()');
  await post(anna, room, 'two', [ben]);
  assert.deepEqual(await seqs(), [1]);
  assert.deepEqual(await sync(2), { conversations: [] });
  const other = await talk(await groupOf(anna, [ben]), anna, [ben]);
  const { conversations } = await ben.ask('message/sync', { after: { [room.id]: 2, [other.id]: 0 } });
  assert.deepEqual(conversations, []);
  await sql(replica.url, 'SELECT pg_wal_replay_resume()');
  await until(async () => (await seqs()).length === 2, 'the replica to have come so far');
});

test('with remote_apply it has whatever anybody has heard of', async () => {
  await sql(stack.databaseUrl, "ALTER SYSTEM SET synchronous_standby_names = '*'");
  await sql(stack.databaseUrl, 'ALTER SYSTEM SET synchronous_commit = remote_apply');
  await sql(stack.databaseUrl, 'SELECT pg_reload_conf()');
  await until(async () => await sql(stack.databaseUrl, 'SELECT sync_state FROM pg_stat_replication') === 'sync', 'the replica to be waited for');
  await until(async () => {
    await anna.ask('message/create', { conversation_id: room.id, body: 'warm up' });
    return true;
  }, 'a first one');
  for (let i = 0; i < 20; i += 1) {
    const { seq } = await post(anna, room, `${i}`, [ben]);
    assert.equal((await seqs()).at(-1), seq);
  }
  await sql(stack.databaseUrl, 'ALTER SYSTEM RESET ALL');
  await sql(stack.databaseUrl, 'SELECT pg_reload_conf()');
});

test('without the replica nothing can be read, and all else goes on; when it is back it is read again', async () => {
  await replica.stop();
  assert.equal((await ben.request('message/list', { conversation_id: room.id })).error.code, 'unavailable');
  const { seq } = await post(anna, room, 'meanwhile', [ben]);
  replica.again();
  await persist(ben, 'message/list', { conversation_id: room.id });
  await until(async () => (await seqs()).at(-1) === seq, 'the replica to have come so far', 20_000);
});

test('it tried to change nothing, and ends when asked', async () => {
  assert.doesNotMatch(reader.said, /read-only|outbox|listening_again/);
  reader.stop();
  assert.deepEqual(await reader.ended, [0, null]);
});
