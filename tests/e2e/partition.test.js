// Partitions: NATS spreads conversations over two tincan-message, so that each conversation has one writer.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { connect as connectNats } from '@nats-io/transport-node';
import { judged } from './contract.js';
import { connect, groupOf, people, register, talk, until, use, uuid7 } from './support.js';
import { storedEvents } from './events.js';
import { ownStack } from './stack.js';

/** What a process of one partition serves; the requests that name no one conversation both of them do. */
const subjects = (part) => [
  `tincan.rpc.message.*.${part}.*`, `tincan.as.*.message.*.${part}.*`,
  'tincan.rpc.message.heads', 'tincan.rpc.message.sync', 'tincan.as.*.message.heads', 'tincan.as.*.message.sync',
].join();

const rounds = 12;
let stack;
let nats;
let rooms;

before(async () => {
  const settings = {
    TINCAN_NATS_CONFIG: fileURLToPath(new URL('partitions.conf', import.meta.url)),
    TINCAN_REGISTRATIONS_PER_MINUTE: '100000',
  };
  const own = { message: { TINCAN_SUBJECTS: subjects(0) }, 'message-2': { TINCAN_SUBJECTS: subjects(1) } };
  stack = await ownStack(settings, ['--message', '2', '--edge', '2'], own);
  use(stack.url);
  nats = await connectNats({ servers: stack.natsUrl });
  rooms = await Promise.all(Array.from({ length: 16 }, furnish));
});
after(async () => {
  await nats?.close();
  await stack?.down();
});

/** A conversation of two who write in no other one, so that the name of a writer tells of the conversation. */
async function furnish() {
  const [anna] = await people('anna');
  const ben = await connect(await register('ben'), { at: stack.secondUrl });
  const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
  return { ...room, clients: [anna, ben] };
}

/** As the user himself, but on NATS. */
async function askAs(user, type, data) {
  const subject = ['tincan.as', user, type.replace('/', '.'), data.conversation_id].filter(Boolean).join('.');
  const answer = judged((await nats.request(subject, JSON.stringify({ type, id: '1', data }), { timeout: 6000 })).json());
  assert.equal(answer.error, undefined, JSON.stringify(answer));
  return answer.data;
}

/** Posts, edits and removes; several are under way at a time. */
async function write(client, room) {
  const of = { conversation_id: room.id };
  await Promise.all(Array.from({ length: rounds }, async (_, i) => {
    const { message } = await client.ask('message/create', { ...of, body: `${i}`, nonce: uuid7() });
    if (i % 3 === 0) await client.ask('message/edit', { ...of, seq: message.seq, body: `${i}, better` });
    if (i % 6 === 0) await client.ask('message/remove', { ...of, seq: message.seq });
    if (i % 4 === 0) await askAs(client.id, 'message/create', { ...of, body: `${i} from a bot` });
  }));
}

const changes = 2 * (rounds + rounds / 3 + rounds / 6 + rounds / 4);
const inOrder = Array.from({ length: changes }, (_, i) => i + 1);
const revs = (frames) => frames.map((frame) => frame.data?.message?.rev).filter(Boolean);

/** The processes that have served requests of `user` about one conversation. */
const writersFor = (user) => ['message', 'message-2'].filter((name) => (
  new RegExp(`op=message/(create|edit|remove|list) .*user=${user} `).test(stack.log(name))));

test('two writers share the conversations, and each conversation has one of them', async () => {
  await Promise.all(rooms.flatMap((room) => room.clients.map((client) => write(client, room))));
  const writers = rooms.map((room) => [...new Set(room.clients.flatMap((client) => writersFor(client.id)))]);
  for (const each of writers) assert.equal(each.length, 1, `written by ${each}`);
  assert.equal(new Set(writers.flat()).size, 2, 'both have had work');
});

test('the events of each conversation are in the stream in the order of rev, none twice, none missing', async () => {
  const all = rooms.length * changes;
  const stored = await until(async () => {
    const events = await storedEvents(stack.natsUrl, 'tincan.event.*.*.*.message.*', all + 1);
    return events.length >= all && events;
  }, 'every event in the stream', 12_000);
  for (const room of rooms) {
    assert.deepEqual(revs(stored.filter((event) => event.data.message.conversation_id === room.id)), inOrder);
  }
});

test('every client has had every change, and the others\' in the order of rev', async () => {
  for (const { clients } of rooms) {
    for (const client of clients) {
      const had = () => new Set(revs(client.frames)).size;
      await until(() => had() === changes, () => `every change; had ${had()} of ${changes}`);
      const events = revs(client.frames.filter((frame) => frame.re === undefined));
      assert.deepEqual(events, events.toSorted((a, b) => a - b));
    }
  }
});

test('what names no conversation, or many, is answered too', async () => {
  const [{ clients: [anna] }] = rooms;
  for (const room of rooms) {
    const { heads } = await room.clients[0].ask('message/heads', { conversation_ids: rooms.map((each) => each.id) });
    assert.deepEqual(heads.map((head) => [head.conversation_id, head.last_rev]), [[room.id, changes]]);
  }
  const { heads } = await askAs(anna.id, 'message/heads', { conversation_ids: [rooms[0].id] });
  assert.equal(heads.length, 1);
  for (const ask of [(type, data) => anna.ask(type, data), (type, data) => askAs(anna.id, type, data)]) {
    const { conversations: [synced] } = await ask('message/sync', { after: { [rooms[0].id]: 0 }, limit: 200 });
    assert.equal(synced.rev, changes);
  }
});
