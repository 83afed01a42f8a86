// What docs/subjects.md promises other backends: the stream of events, and requests as a user. On a stack of its own,
// whose NATS has a user with the rights of a backend that is limited to one group.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { judged } from './contract.js';
import { closedTalk, groupOf, people, post, talk, textOf, until, use, uuid7 } from './support.js';
import { storedEvents, storedMessages } from './events.js';
import { ownStack } from './stack.js';

const stream = 'TINCAN_EVENTS';
let folder;
let stack;
let nats;
let manager;

/** Who signs in as nobody is TinCan itself, or trusted like it. */
function writeConfig(users = '') {
  writeFileSync(join(folder, 'nats.conf'),
    `no_auth_user: tincan\nauthorization { users = [{user: tincan, password: tincan}\n${users}] }\n`);
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tincan-stream-'));
  writeConfig();
  const settings = {
    TINCAN_NATS_CONFIG: join(folder, 'nats.conf'), TINCAN_REGISTRATIONS_PER_MINUTE: '100000',
    TINCAN_REQUESTS_PER_S: '10000', TINCAN_REQUESTS_BURST: '10000',
  };
  stack = await ownStack(settings);
  use(stack.url);
  nats = await connectNats({ servers: stack.natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  manager = await jetstreamManager(nats);
});
after(async () => {
  await nats?.close();
  await stack?.down();
  rmSync(folder, { recursive: true, force: true });
});

const ofRoom = (room, type = 'message.*') => `tincan.event.*.*.${room.id}.${type}`;
const atLeast = (subject, count) => until(async () => {
  const messages = await storedMessages(stack.natsUrl, subject, count + 1);
  return messages.length >= count && messages;
}, `${count} events on ${subject}`);

/** The events that a new consumer of this kind gets. */
async function consumed(config) {
  const { name, num_pending: most } = await manager.consumers.add(stream, { ack_policy: 'none', ...config });
  const consumer = await jetstream(nats).consumers.get(stream, name);
  const messages = [];
  if (most > 0) for await (const each of await consumer.fetch({ max_messages: most, expires: 5000 })) messages.push(each);
  await consumer.delete();
  return messages;
}

/** Two who post, edit and remove at the same time: 30 creations, 10 edits, 5 removals. */
async function written() {
  const [anna, ben] = await people('anna', 'ben');
  const group = await groupOf(anna, [ben]);
  const room = await talk(group, anna, [ben]);
  await Promise.all([anna, ben].flatMap((author) => Array.from({ length: 15 }, async (_, i) => {
    const { seq } = await post(author, room, `${i} of ${author.name}`);
    const of = { conversation_id: room.id, seq };
    if (i % 3 === 0) await author.ask('message/edit', { ...of, body: `${i}, better` });
    if (i % 6 === 0) await author.ask('message/remove', of);
  })));
  return { anna, ben, group, room, changes: 30 + 10 + 6 };
}

/** What a backend knows of a conversation that has nothing but its events: by `rev`, each message's latest. */
function replayed(events) {
  const messages = new Map();
  let applied = 0;
  for (const { data: { message } } of events) {
    if (message.rev <= applied) continue;
    assert.equal(message.rev, applied + 1, 'a gap');
    applied = message.rev;
    const { nonce, ...state } = message;
    messages.set(message.seq, state);
  }
  return [...messages.values()].toSorted((a, b) => a.seq - b.seq);
}

describe('the stream', () => {
  let scene;
  let stored;
  before(async () => {
    scene = await written();
    stored = await atLeast(ofRoom(scene.room), scene.changes);
  });

  test('replayed gives what message/list gives', async () => {
    const { messages } = await scene.ben.ask('message/list', { conversation_id: scene.room.id, after: 0, limit: 200 });
    assert.deepEqual(replayed(stored.map((each) => each.json())), messages);
  });

  test('has the events of a conversation in the order of rev, each under its message\'s id and rev', () => {
    const messages = stored.map((each) => each.json().data.message);
    assert.deepEqual(messages.map((m) => m.rev), messages.map((_, i) => i + 1));
    assert.deepEqual(stored.map((each) => each.headers.get('Nats-Msg-Id')), messages.map((m) => `${m.id}.${m.rev}`));
  });

  test('has the very bytes that clients get, under a subject that says the type', async () => {
    const { ben, room } = scene;
    const heard = ben.frames.filter((frame) => frame.re === undefined && frame.data?.message?.conversation_id === room.id);
    assert.ok(heard.length >= 15);
    for (const frame of heard) {
      const message = stored[frame.data.message.rev - 1];
      assert.equal(message.string(), textOf(frame));
      assert.equal(message.subject, `tincan.event.group.${room.group_id}.${room.id}.${frame.type.replace('/', '.')}`);
    }
  });

  test('gives every event an id, and keeps no typing', async () => {
    scene.anna.send({ type: 'conversation/type-start', data: { conversation_id: scene.room.id } });
    await scene.ben.event('conversation/type-start');
    const all = await consumed({ deliver_policy: 'all' });
    assert.ok(all.length > scene.changes);
    const ids = all.map((each) => each.headers?.get('Nats-Msg-Id'));
    assert.ok(ids.every(Boolean), 'an event has none');
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(all.filter((each) => each.subject.includes('type-')), []);
  });

  test('can be read from a time on', async () => {
    const from = stored[20];
    const later = await consumed({ filter_subject: ofRoom(scene.room), deliver_policy: 'by_start_time', opt_start_time: from.timestamp });
    const expected = stored.filter((each) => each.timestamp >= from.timestamp);
    assert.deepEqual(later.map((each) => each.seq), expected.map((each) => each.seq));
  });

  test('can be read from a sequence on', async () => {
    const rest = await consumed({ filter_subject: ofRoom(scene.room), deliver_policy: 'by_start_sequence', opt_start_seq: stored[20].seq + 1 });
    assert.deepEqual(rest.map((each) => each.seq), stored.slice(21).map((each) => each.seq));
  });

  test('can be asked for the latest of each conversation', async () => {
    const filter = `tincan.event.*.${scene.group.id}.*.message.created`;
    const other = await talk(scene.group, scene.anna, [scene.ben]);
    const messages = [await post(scene.anna, scene.room), await post(scene.anna, other)];
    await atLeast(ofRoom(other), 1);
    const latest = await consumed({ filter_subject: filter, deliver_policy: 'last_per_subject' });
    assert.deepEqual(latest.map((each) => each.json().data.message), messages);
  });

  test('knows an event that is published again, by its id', async () => {
    const { subject, data, headers } = stored.at(-1);
    const ack = await jetstream(nats).publish(subject, data, { headers });
    assert.equal(ack.duplicate, true);
    assert.equal((await storedEvents(stack.natsUrl, subject, 200)).filter((e) => e.data.message.rev === scene.changes).length, 1);
  });

  test('goes on for a durable consumer where it stopped, and gives again what was not acknowledged', async () => {
    await manager.consumers.add(stream, {
      durable_name: 'stopped', filter_subject: ofRoom(scene.room), ack_policy: 'explicit', ack_wait: 200e6, max_ack_pending: 10,
    });
    const had = [];
    for (let acknowledged = 0; acknowledged < 3; acknowledged += 1) {
      const connection = await connectNats({ servers: stack.natsUrl });
      const consumer = await jetstream(connection).consumers.get(stream, 'stopped');
      const batch = [];
      for await (const each of await consumer.fetch({ max_messages: 10, expires: 2000 })) batch.push(each);
      for (const each of batch.slice(0, 5)) {
        await each.ackAck();
        had.push(each.seq);
      }
      await connection.close(); // the other five come again
    }
    const unique = new Set(had);
    assert.equal(unique.size, had.length);
    const consumer = await jetstream(nats).consumers.get(stream, 'stopped');
    await until(async () => {
      for await (const each of await consumer.fetch({ max_messages: 100, expires: 1000 })) if (await each.ackAck()) unique.add(each.seq);
      return (await consumer.info()).num_pending + (await consumer.info()).num_ack_pending === 0;
    }, 'all to be acknowledged');
    const now = await storedMessages(stack.natsUrl, ofRoom(scene.room), 200);
    assert.deepEqual([...unique].toSorted((a, b) => a - b), now.map((each) => each.seq));
  });
});

describe('one group', () => {
  test('is a subject: its closed conversations too, no other group\'s, and nothing that only users are told', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const [mine, other] = [await groupOf(anna, [ben]), await groupOf(anna, [ben])];
    const rooms = [await talk(mine, anna, [ben]), await closedTalk(mine, anna, [ben])];
    for (const room of [...rooms, await talk(other, anna, [ben])]) await post(anna, room);
    await ben.ask('group/leave', { group_id: mine.id });
    const subjects = (await atLeast(`tincan.event.*.${mine.id}.>`, 6)).map((each) => each.subject.split('.').slice(2));
    assert.ok(subjects.every(([audience, owner]) => audience !== 'user' && owner === mine.id));
    for (const [kind, room] of [['group', rooms[0]], ['closed', rooms[1]]]) {
      const types = subjects.filter(([audience, , about]) => audience === kind && about === room.id).map((each) => each.slice(3).join('/'));
      assert.deepEqual(types.slice(0, 2), ['conversation/created', 'message/created']);
    }
    assert.ok(subjects.some((each) => each.join('.') === `group.${mine.id}.${mine.id}.group.left`));
  });
});

describe('a backend with the rights of one group', () => {
  let mine;
  let other;
  let anna;
  let bot;
  let reader;

  /** As docs/subjects.md has it. */
  const rights = () => `{user: reader, password: reader, permissions: {
    publish: [
      "$JS.API.CONSUMER.CREATE.TINCAN_EVENTS.reader.tincan.event.*.${mine.id}.>"
      "$JS.API.CONSUMER.INFO.TINCAN_EVENTS.reader"
      "$JS.API.CONSUMER.MSG.NEXT.TINCAN_EVENTS.reader"
      "$JS.ACK.TINCAN_EVENTS.reader.>"
      "tincan.as.${bot.id}.>"
    ]
    subscribe: ["_INBOX.reader.>"]
  }}`;

  before(async () => {
    [anna, bot] = await people('anna', 'bot');
    mine = await groupOf(anna, [bot]);
    other = await groupOf(anna, [bot]);
    writeConfig(rights());
    await stack.kill('nats');
    const credentials = { servers: stack.natsUrl, user: 'reader', pass: 'reader', inboxPrefix: '_INBOX.reader' };
    reader = await until(() => connectNats(credentials).catch(() => undefined), 'the new user to be known');
    await Promise.all([anna, bot].map((who) => who.event('session/resync', undefined, 15_000)));
  });
  after(() => reader?.close());

  test('reads it, and answers as its user', async () => {
    const room = await talk(mine, anna, [bot]);
    const message = await post(anna, room, 'for the reader');
    await atLeast(ofRoom(room), 1);
    const { consumers } = await jetstreamManager(reader, { checkAPI: false });
    await consumers.add(stream, { durable_name: 'reader', filter_subject: `tincan.event.*.${mine.id}.>`, ack_policy: 'explicit' });
    const consumer = await jetstream(reader, { checkAPI: false }).consumers.get(stream, 'reader');
    for (let body; body !== 'for the reader';) {
      const event = await consumer.next({ expires: 5000 });
      body = event.json().data.message?.body;
      await event.ackAck();
    }
    const frame = { type: 'message/create', id: 'a', data: { conversation_id: room.id, body: `after ${message.seq}` } };
    const answer = await reader.request(`tincan.as.${bot.id}.message.create.${room.id}`, JSON.stringify(frame), { timeout: 6000 });
    assert.equal(answer.headers?.get('Tincan-Status') || undefined, undefined);
    assert.equal(judged(answer.json()).re, 'a');
    assert.equal((await anna.event('message/created')).data.message.author_id, bot.id);
  });

  test('reads nothing else, and is nobody else', async () => {
    const config = (filter) => JSON.stringify({ stream_name: stream, config: { durable_name: 'reader', name: 'reader', filter_subject: filter, ack_policy: 'explicit' } });
    const forbidden = [
      ['$JS.API.CONSUMER.CREATE.TINCAN_EVENTS.reader.tincan.event.>', config('tincan.event.>')],
      [`$JS.API.CONSUMER.CREATE.TINCAN_EVENTS.reader.tincan.event.*.${other.id}.>`, config(`tincan.event.*.${other.id}.>`)],
      ['$JS.API.CONSUMER.CREATE.TINCAN_EVENTS', config('tincan.event.>')],
      ['$JS.API.CONSUMER.DURABLE.CREATE.TINCAN_EVENTS.reader', config('tincan.event.>')],
      ['$JS.API.STREAM.MSG.GET.TINCAN_EVENTS', '{"seq":1}'],
      ['$JS.API.STREAM.INFO.TINCAN_EVENTS', ''],
      [`tincan.as.${anna.id}.group.list`, '{"type":"group/list","id":"1","data":{}}'],
      ['tincan.rpc.group.list', '{"type":"group/list","id":"1","data":{}}'],
      [`tincan.event.group.${mine.id}.${mine.id}.group.removed`, '{}'],
    ];
    for (const [subject, payload] of forbidden) {
      await assert.rejects(reader.request(subject, payload, { timeout: 1000 }), /permission/i, subject);
    }
    const mismatched = await reader.request(`$JS.API.CONSUMER.CREATE.TINCAN_EVENTS.reader.tincan.event.*.${mine.id}.>`, config('tincan.event.>'));
    assert.ok(mismatched.json().error, mismatched.string());
    const live = reader.subscribe('tincan.event.>');
    await assert.rejects((async () => { for await (const each of live) assert.fail(each.subject); })(), /permission/i);
  });
});

describe('a request as a user', () => {
  test('that fails has the code in a header too', async () => {
    const [anna] = await people('anna');
    const id = uuid7();
    const frame = JSON.stringify({ type: 'message/list', id: '1', data: { conversation_id: id } });
    const answer = await nats.request(`tincan.as.${anna.id}.message.list.${id}`, frame, { timeout: 6000 });
    assert.equal(answer.headers.get('Tincan-Status'), 'not_found');
    assert.deepEqual([judged(answer.json()).type, answer.json().error.code], ['message/list-response', 'not_found']);
  });

  test('is done, but not answered in an inbox of TinCan\'s own, nor told as a request of its', async () => {
    const [anna] = await people('anna');
    const answers = nats.subscribe('_INBOX.tincan-somebody.>');
    const events = nats.subscribe(`tincan.event.user.${anna.id}.*.group.created`, { max: 1 });
    const frame = JSON.stringify({ type: 'group/create', id: '1', data: { name: 'x' } });
    nats.publish(`tincan.as.${anna.id}.group.create`, frame, { reply: '_INBOX.tincan-somebody.1-2-3-4' });
    for await (const event of events) assert.equal(event.headers.has('Tincan-Origin'), false);
    await nats.request(`tincan.as.${anna.id}.group.list`, '{"type":"group/list","id":"2","data":{}}', { timeout: 6000 }); // it was answered before
    assert.equal(answers.getProcessed() + answers.getPending(), 0);
    answers.unsubscribe();
  });

  test('has to fit its subject', async () => {
    const [anna] = await people('anna');
    const frame = JSON.stringify({ type: 'group/create', id: '1', data: { name: 'x' } });
    const answer = await nats.request(`tincan.as.${anna.id}.group.list`, frame, { timeout: 6000 });
    assert.equal(answer.headers.get('Tincan-Status'), 'bad_request');
  });
});
