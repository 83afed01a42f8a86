// Closed conversations: of their participants alone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { closedTalk, connect, groupOf, heard, people, post, quiet, talk, until, uuid7 } from './support.js';

const of = (room) => ({ conversation_id: room.id });
const listed = async (who, group) =>
  (await who.ask('conversation/list', { group_id: group.id })).conversations.map((c) => c.id);

/** A group of an owner, anna and ben (in the closed room) and cleo (a member outside of it). */
async function house() {
  const [owner, anna, ben, cleo] = await people('owner', 'anna', 'ben', 'cleo');
  const group = await groupOf(owner, [anna, ben, cleo]);
  const room = await closedTalk(group, anna, [ben]);
  return { owner, anna, ben, cleo, group, room };
}

describe('a closed conversation', () => {
  test('is of those named and its maker; only they hear that it was made', async () => {
    const [owner, anna, ben, cleo] = await people('owner', 'anna', 'ben', 'cleo');
    const group = await groupOf(owner, [anna, ben, cleo]);
    const phone = await connect(anna.user);
    const { conversation } = await anna.ask('conversation/create', {
      group_id: group.id, name: 'Secret', participant_ids: [ben.name, ben.id, anna.id],
    });
    assert.equal(conversation.audience, 'participants');
    assert.deepEqual([...conversation.participant_ids].sort(), [anna.id, ben.id].sort());
    assert.deepEqual((await heard([ben, phone], 'conversation/created')).conversation, conversation);
    await quiet(owner, anna, ben, cleo, phone);
  });

  test('may be of its maker alone', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await closedTalk(group, anna, []);
    assert.deepEqual([room.audience, room.participant_ids], ['participants', [anna.id]]);
    await quiet(ben);
  });

  test('may be of more than one name, each of them a member', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben]);
    const make = (participant_ids) => ({ group_id: group.id, name: 'x', participant_ids });
    await anna.refused('conversation/create', make([ben.id, eve.id]), 'conflict');
    await anna.refused('conversation/create', make([ben.id, '@nobody_of_that_name']), 'not_found', 'participant_ids.1');
    await anna.refused('conversation/create', make(['ben']), 'invalid_field', 'participant_ids.0');
    await anna.refused('conversation/create', make(Array.from({ length: 1001 }, () => uuid7())), 'invalid_field', 'participant_ids');
    await quiet(ben, eve);
  });

  test('does not exist for other members', async () => {
    const { anna, cleo, group, room } = await house();
    await post(anna, room, 'secret');
    for (const [type, data] of [
      ['conversation/edit', { name: 'x' }], ['conversation/remove', {}], ['conversation/type-start', {}],
      ['message/create', { body: 'x' }], ['message/edit', { seq: 1, body: 'x' }], ['message/remove', { seq: 1 }],
      ['message/list', {}],
    ]) {
      const seen = await cleo.refused(type, { ...of(room), ...data }, 'not_found');
      assert.deepEqual(seen, await cleo.refused(type, { conversation_id: uuid7(), ...data }, 'not_found'), type);
    }
    assert.deepEqual(await listed(cleo, group), []);
    assert.deepEqual(await cleo.ask('message/heads', { conversation_ids: [room.id] }), { heads: [] });
    await quiet(cleo);
  });

  test('carries messages and typing to its participants alone', async () => {
    const { owner, anna, ben, cleo, room } = await house();
    const phone = await connect(anna.user);
    await post(ben, room, 'psst', [anna, phone]);
    anna.send({ type: 'conversation/type-start', data: of(room) });
    await heard([ben], 'conversation/type-start');
    await post(anna, room, 'what?', [ben, phone]);
    await heard([ben], 'conversation/type-end');
    await quiet(owner, anna, ben, cleo, phone);
  });
});

describe('the group\'s owner outside of a closed conversation', () => {
  test('sees it in the list with its participants, and hears nothing of it', async () => {
    const { owner, anna, group, room } = await house();
    const { conversations } = await owner.ask('conversation/list', { group_id: group.id });
    assert.deepEqual(conversations, [room]);
    await post(anna, room, 'secret');
    await quiet(owner);
  });

  test('may not read or write it', async () => {
    const { owner, anna, room } = await house();
    await post(anna, room, 'secret');
    for (const [type, data] of [
      ['message/list', {}], ['message/create', { body: 'x' }], ['message/edit', { seq: 1, body: 'x' }],
      ['message/remove', { seq: 1 }], ['conversation/type-start', {}],
    ]) {
      await owner.refused(type, { ...of(room), ...data }, 'forbidden');
    }
    assert.deepEqual(await owner.ask('message/heads', { conversation_ids: [room.id] }), { heads: [] });
  });

  test('may edit it, which those in it hear', async () => {
    const { owner, anna, ben, cleo, room } = await house();
    const { conversation } = await owner.ask('conversation/edit', { ...of(room), name: 'Renamed' });
    assert.deepEqual(conversation, { ...room, name: 'Renamed', version: 2 });
    assert.deepEqual((await heard([anna, ben], 'conversation/edited')).conversation, conversation);
    await quiet(owner, anna, ben, cleo);
  });

  test('may remove it, which those in it hear', async () => {
    const { owner, anna, ben, cleo, group, room } = await house();
    assert.deepEqual(await owner.ask('conversation/remove', of(room)), { ...of(room), group_id: group.id });
    await heard([anna, ben], 'conversation/removed');
    await quiet(owner, anna, ben, cleo);
  });

  test('reads it once he has added himself', async () => {
    const { owner, anna, ben, room } = await house();
    await post(anna, room, 'secret', [ben]);
    const phone = await connect(owner.user);
    const { conversation } = await owner.ask('conversation/edit', { ...of(room), participants: { add: [owner.id] } });
    assert.ok(conversation.participant_ids.includes(owner.id));
    await heard([anna, ben], 'conversation/edited');
    await heard([phone], 'conversation/created');
    const { messages } = await until(async () => (await owner.request('message/list', of(room))).data, 'access', 2000);
    assert.deepEqual(messages.map((m) => m.body), ['secret']);
    await post(anna, room, 'hello owner', [ben, phone, owner]);
  });
});

describe('the participants of a closed conversation', () => {
  test('are added by its owner: they hear conversation/created, the others conversation/edited', async () => {
    const { owner, anna, ben, cleo, room } = await house();
    const { conversation } = await anna.ask('conversation/edit', { ...of(room), participants: { add: [cleo.name] } });
    assert.equal(conversation.version, 2);
    assert.deepEqual([...conversation.participant_ids].sort(), [anna.id, ben.id, cleo.id].sort());
    assert.deepEqual((await heard([ben], 'conversation/edited')).conversation, conversation);
    assert.deepEqual((await heard([cleo], 'conversation/created')).conversation, conversation);
    await post(ben, room, 'welcome', [anna, cleo]);
    await post(cleo, room, 'thanks', [anna, ben]);
    await quiet(owner, anna, ben, cleo);
  });

  test('are removed by its owner: they hear conversation/removed and then no more', async () => {
    const { owner, anna, ben, group, room } = await house();
    const { conversation } = await anna.ask('conversation/edit', { ...of(room), participants: { remove: [ben.id] } });
    assert.deepEqual(conversation.participant_ids, [anna.id]);
    assert.deepEqual(await heard([ben], 'conversation/removed'), { ...of(room), group_id: group.id });
    await post(anna, room, 'without ben');
    await until(async () => (await ben.request('message/list', of(room))).error?.code === 'not_found', 'refusal', 2000);
    await until(async () => (await ben.request('message/create', { ...of(room), body: 'x' })).error?.code === 'not_found', 'refusal', 2000);
    assert.deepEqual(await listed(ben, group), []);
    await quiet(owner, ben);
  });

  test('may be exchanged by one edit', async () => {
    const { anna, ben, cleo, room } = await house();
    await anna.ask('conversation/edit', { ...of(room), name: 'New', participants: { add: [cleo.id], remove: [ben.id] } });
    await heard([ben], 'conversation/removed');
    assert.equal((await heard([cleo], 'conversation/created')).conversation.name, 'New');
    await quiet(anna, ben, cleo);
  });

  test('may each go himself, and do nothing else', async () => {
    const { owner, anna, ben, cleo, group, room } = await house();
    await ben.refused('conversation/edit', { ...of(room), participants: { remove: [anna.id] } }, 'forbidden');
    await ben.refused('conversation/edit', { ...of(room), participants: { add: [cleo.id] } }, 'forbidden');
    await ben.refused('conversation/edit', { ...of(room), participants: { remove: [ben.id] }, name: 'x' }, 'forbidden');
    await ben.refused('conversation/edit', { ...of(room), participants: { remove: [ben.id, anna.id] } }, 'forbidden');
    const phone = await connect(ben.user);
    const { conversation } = await ben.ask('conversation/edit', { ...of(room), participants: { remove: [ben.name] } });
    assert.deepEqual(conversation.participant_ids, [anna.id]);
    assert.deepEqual((await heard([anna], 'conversation/edited')).conversation, conversation);
    await heard([phone], 'conversation/removed');
    await until(async () => (await ben.request('message/list', of(room))).error?.code === 'not_found', 'refusal', 2000);
    assert.deepEqual(await listed(ben, group), []);
    await quiet(owner, anna, cleo, phone);
  });

  test('who are in it already, are not, or are no members, are a conflict', async () => {
    const { anna, ben, cleo, room } = await house();
    const [eve] = await people('eve');
    for (const participants of [{ add: [ben.id] }, { remove: [cleo.id] }, { add: [eve.id] }, { add: [cleo.id], remove: [cleo.id] }]) {
      await anna.refused('conversation/edit', { ...of(room), participants }, 'conflict');
    }
    await anna.refused('conversation/edit', { ...of(room), participants: { add: [uuid7()] } }, 'not_found', 'participants.add.0');
    await anna.refused('conversation/edit', { ...of(room), participants: { add: ['x'] } }, 'invalid_field', 'participants.add.0');
    await quiet(anna, ben, cleo, eve);
  });

  test('keep its maker\'s rights only while he takes part', async () => {
    const { owner, anna, ben, room } = await house();
    await anna.ask('conversation/edit', { ...of(room), participants: { remove: [anna.id] } });
    const { conversation } = (await ben.event('conversation/edited')).data;
    assert.equal(conversation.owner_id, anna.id);
    await anna.refused('conversation/edit', { ...of(room), name: 'x' }, 'not_found');
    await anna.refused('conversation/remove', of(room), 'not_found');
    await ben.refused('conversation/edit', { ...of(room), name: 'x' }, 'forbidden');
    await owner.ask('conversation/edit', { ...of(room), participants: { add: [anna.id] } });
    await anna.event('conversation/created');
    await anna.ask('conversation/edit', { ...of(room), name: 'Back' });
  });
});

describe('who leaves the group', () => {
  test('is out of its closed conversations; those who stay hear conversation/edited', async () => {
    const { owner, anna, ben, cleo, group, room } = await house();
    await ben.ask('group/leave', { group_id: group.id });
    const event = await heard([anna], 'conversation/edited');
    assert.deepEqual(event.conversation.participant_ids, [anna.id]);
    assert.equal(event.conversation.version, 2);
    await heard([owner, anna, cleo], 'group/left');
    await post(anna, room, 'gone');
    await until(async () => (await ben.request('message/list', of(room))).error?.code === 'not_found', 'refusal', 2000);
    await quiet(owner, anna, ben, cleo);
  });

  test('and comes back is not in them again', async () => {
    const { anna, ben, cleo, group, room } = await house();
    await ben.ask('group/leave', { group_id: group.id });
    await anna.event('conversation/edited');
    await ben.ask('group/join', { group_id: group.id });
    await ben.refused('message/list', of(room), 'not_found');
    assert.deepEqual(await listed(ben, group), []);
    await post(anna, room, 'still without ben');
    const open = await talk(group, cleo, [ben]);
    await post(cleo, open, 'welcome back', [ben]);
    await quiet(ben);
  });

  test('by being removed from it is out of them likewise', async () => {
    const { owner, anna, ben, cleo, group, room } = await house();
    await owner.ask('group/edit', { group_id: group.id, members: { remove: [anna.id] } });
    const event = await heard([ben], 'conversation/edited');
    assert.deepEqual(event.conversation.participant_ids, [ben.id]);
    await heard([owner, anna, ben, cleo], 'group/left');
    await post(ben, room, 'alone');
    await heard([ben, cleo], 'group/edited');
    await quiet(owner, anna, ben, cleo);
  });
});
