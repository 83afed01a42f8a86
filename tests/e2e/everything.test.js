// Every server message once, in each form in which it comes, and every failure code of every request.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect as connectNats } from '@nats-io/transport-node';
import { complaintsAboutEvent, formOf, operations, publishedEvents, serverMessages } from './contract.js';
import { closedTalk, connect, groupOf, logIn, people, post, received, talk, uuid7 } from './support.js';

/** A day in the life of a group, in which each server message is heard. */
async function aDay() {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
  const phone = await connect(anna.user, { token: await logIn(anna.user) });
  const group = await groupOf(anna, [ben], { visibility: 'private' });
  await cleo.ask('group/join', { group_id: group.id });
  await anna.event('group/join-requested');
  await anna.ask('group/edit', { group_id: group.id, requests: { refuse: [cleo.id] } });
  await cleo.event('group/join-failed');
  await anna.ask('group/edit', { group_id: group.id, visibility: 'public' });
  await cleo.ask('group/join', { group_id: group.id });
  await anna.ask('group/list', { mine: true });
  await anna.ask('group/view', { group_id: group.id, members: true });
  const room = await talk(group, anna, [ben, cleo]);
  const closed = await closedTalk(group, anna, [ben]);
  await anna.ask('conversation/edit', { conversation_id: room.id, topic: 'all' });
  await ben.event('conversation/edited');
  await ben.ask('conversation/list', { group_id: group.id });
  anna.send({ type: 'conversation/type-start', data: { conversation_id: room.id } });
  await ben.event('conversation/type-start');
  const message = await post(anna, room, 'hello', [ben, cleo]);
  await ben.event('conversation/type-end');
  const named = { conversation_id: room.id, seq: message.seq };
  await anna.ask('message/edit', { ...named, body: 'hello!' });
  await ben.event('message/edited');
  await anna.ask('message/list', { conversation_id: room.id });
  await anna.ask('message/heads', { conversation_ids: [room.id] });
  await anna.ask('message/sync', { after: { [room.id]: 0 } });
  await anna.ask('message/remove', named);
  await ben.event('message/removed');
  await anna.ask('user/view', { user_ids: [ben.id] });
  await anna.ask('conversation/remove', { conversation_id: closed.id });
  await ben.event('conversation/removed');
  await cleo.ask('group/leave', { group_id: group.id });
  await anna.event('group/left');
  await anna.ask('group/remove', { group_id: group.id });
  await ben.event('group/removed');
  await phone.event('group/created');
  phone.send({ type: 'auth/logout', id: 'x', data: {} });
  await phone.closed();
  for (const id of ['p', undefined]) anna.send({ type: 'ping', id });
  anna.send({ type: 'pong', id: 'unknown' });
  anna.send('no object');
  await anna.take((f) => f.type === 'error' && f.re === undefined, 'the last error');
  for (const type of Object.keys(operations)) if (type !== 'auth/logout') await anna.request(type, { group_id: 'x', limit: 0 });
}

/** All that other backends hear while `live` goes on. */
async function overheard(live) {
  const nats = await connectNats({ servers: process.env.TINCAN_NATS_URL });
  const heard = [];
  const listen = async (subject) => {
    for await (const message of nats.subscribe(subject)) heard.push({ subject: message.subject, event: message.json() });
  };
  const listening = ['tincan.event.>', 'tincan.signal.>'].map(listen);
  await nats.flush();
  await live().finally(() => nats.drain());
  await Promise.all(listening);
  return heard;
}

test('every message is heard in each of its forms, by clients and by other backends', async () => {
  const published = await overheard(aDay);
  const seen = new Set(received.map((frame) => `${frame.type} ${formOf(frame)}`));
  assert.deepEqual(serverMessages.filter((message) => !seen.has(message)), ['session/resync event']); // recovery.test.js
  for (const { subject, event } of published) assert.deepEqual(complaintsAboutEvent(subject, event), [], JSON.stringify(event));
  const types = new Set(published.map(({ event }) => event.type));
  assert.deepEqual([...publishedEvents.keys()].filter((type) => !types.has(type)), []);
});

describe('every failure code', () => {
  const nothing = uuid7();
  const nobody = '@nobody_of_that_name';

  /** What is there to be refused about: see `rows`. */
  async function world() {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben]);
    const hidden = await groupOf(anna, [], { visibility: 'hidden' });
    const room = await talk(group, anna, [ben]);
    const closed = await closedTalk(group, ben);
    const message = await post(anna, room, 'x', [ben]);
    return { anna, ben, eve, group, hidden, room, closed, message };
  }

  // [type, code, who asks, data]; bad_request and invalid_field are the same for all and follow below.
  const rows = (w) => {
    const group_id = w.group.id;
    const conversation_id = w.room.id;
    return [
      ['group/create', 'not_found', 'anna', { name: 'x', member_ids: [nobody] }],
      ['group/edit', 'bad_request', 'anna', { group_id }],
      ['group/edit', 'forbidden', 'eve', { group_id, name: 'x' }],
      ['group/edit', 'not_found', 'eve', { group_id: w.hidden.id, name: 'x' }],
      ['group/edit', 'conflict', 'anna', { group_id, members: { add: [w.ben.id] } }],
      ['group/view', 'forbidden', 'eve', { group_id, members: true }],
      ['group/view', 'not_found', 'eve', { group_id: nothing }],
      ['group/join', 'not_found', 'eve', { group_id: w.hidden.id }],
      ['group/join', 'conflict', 'ben', { group_id }],
      ['group/leave', 'not_found', 'eve', { group_id: w.hidden.id }],
      ['group/leave', 'conflict', 'eve', { group_id }],
      ['group/remove', 'forbidden', 'ben', { group_id }],
      ['group/remove', 'not_found', 'eve', { group_id: nothing }],
      ['conversation/create', 'forbidden', 'eve', { group_id, name: 'x' }],
      ['conversation/create', 'not_found', 'eve', { group_id: nothing, name: 'x' }],
      ['conversation/create', 'conflict', 'anna', { group_id, name: 'x', participant_ids: [w.eve.id] }],
      ['conversation/edit', 'bad_request', 'anna', { conversation_id }],
      ['conversation/edit', 'forbidden', 'ben', { conversation_id, name: 'x' }],
      ['conversation/edit', 'not_found', 'eve', { conversation_id, name: 'x' }],
      ['conversation/edit', 'conflict', 'ben', { conversation_id: w.closed.id, participants: { add: [w.eve.id] } }],
      ['conversation/list', 'forbidden', 'eve', { group_id }],
      ['conversation/list', 'not_found', 'eve', { group_id: w.hidden.id }],
      ['conversation/remove', 'forbidden', 'ben', { conversation_id }],
      ['conversation/remove', 'not_found', 'eve', { conversation_id }],
      ['conversation/type-start', 'forbidden', 'anna', { conversation_id: w.closed.id }],
      ['conversation/type-start', 'not_found', 'eve', { conversation_id }],
      ['conversation/type-end', 'not_found', 'eve', { conversation_id }],
      ['message/create', 'forbidden', 'anna', { conversation_id: w.closed.id, body: 'x' }],
      ['message/create', 'not_found', 'eve', { conversation_id, body: 'x' }],
      ['message/edit', 'forbidden', 'ben', { conversation_id, seq: 1, body: 'x' }],
      ['message/edit', 'not_found', 'anna', { conversation_id, seq: 9, body: 'x' }],
      ['message/edit', 'conflict', 'anna', { conversation_id, seq: 1, body: 'x', if_rev: 9 }],
      ['message/remove', 'forbidden', 'ben', { conversation_id, seq: 1 }],
      ['message/remove', 'not_found', 'anna', { conversation_id, seq: 9 }],
      ['message/remove', 'conflict', 'anna', { conversation_id, seq: 1, if_rev: 9 }],
      ['message/list', 'forbidden', 'anna', { conversation_id: w.closed.id }],
      ['message/list', 'not_found', 'eve', { conversation_id }],
    ];
  };

  test('that a request can have of its own it has, and nothing changes', async () => {
    const w = await world();
    for (const [type, code, who, data] of rows(w)) await w[who].refused(type, data, code);
    const { messages } = await w.ben.ask('message/list', { conversation_id: w.room.id });
    assert.deepEqual(messages, [w.message]);
    await w.ben.fence();
    assert.deepEqual(w.ben.unclaimed, []);
  });

  for (const type of Object.keys(operations)) {
    test(`of every request: ${type} is a bad_request with U+0000 in its data`, async () => {
      const [anna] = await people('anna');
      await anna.refused(type, { else: '\u0000' }, 'bad_request');
    });
  }
});
