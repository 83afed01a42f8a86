// Conversations of a whole group: making, editing, listing, removing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allPages, closedTalk, connect, groupOf, heard, people, post, quiet, talk, until, uuid7 } from './support.js';

const of = (room) => ({ conversation_id: room.id });

describe('conversation/create', () => {
  test('makes a conversation of the group, which its members hear, and nobody else', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben]);
    const phone = await connect(ben.user);
    const { conversation } = await ben.ask('conversation/create', { group_id: group.id, name: 'Lunch', topic: 'today' });
    const { id, created_at, ...rest } = conversation;
    assert.deepEqual(rest, {
      version: 1, group_id: group.id, name: 'Lunch', topic: 'today', owner_id: ben.id, audience: 'group',
    });
    assert.deepEqual((await heard([anna, phone], 'conversation/created')).conversation, conversation);
    await quiet(anna, ben, phone, eve);
  });

  test('has an empty topic where none is given', async () => {
    const [anna] = await people('anna');
    const room = await talk(await groupOf(anna), anna);
    assert.equal(room.topic, '');
    assert.equal((await talk(await groupOf(anna), anna, [], { topic: null, participant_ids: null })).audience, 'group');
  });

  test('is for members: forbidden to who sees the group, not_found to who does not', async () => {
    const [anna, eve] = await people('anna', 'eve');
    for (const [visibility, code] of [['public', 'forbidden'], ['private', 'forbidden'], ['hidden', 'not_found']]) {
      const group = await groupOf(anna, [], { visibility });
      await eve.refused('conversation/create', { group_id: group.id, name: 'x' }, code);
    }
    await eve.refused('conversation/create', { group_id: uuid7(), name: 'x' }, 'not_found');
  });

  test('refuses bad names and topics', async () => {
    const [anna] = await people('anna');
    const group_id = (await groupOf(anna)).id;
    for (const name of ['', ' x', 'x\u2003', 'a\nb', 'x'.repeat(81)]) {
      await anna.refused('conversation/create', { group_id, name }, 'invalid_field', 'name');
    }
    for (const topic of ['x'.repeat(1001), 'a\rb', '\u009f']) {
      await anna.refused('conversation/create', { group_id, name: 'x', topic }, 'invalid_field', 'topic');
    }
    const { conversation } = await anna.ask('conversation/create', { group_id, name: '😀'.repeat(80), topic: 'a\n\tb' });
    assert.equal(conversation.topic, 'a\n\tb');
  });

  test('says first what is first wrong', async () => {
    const [anna, eve] = await people('anna', 'eve');
    const group = await groupOf(anna);
    const unknown = uuid7();
    await eve.refused('conversation/create', { group_id: uuid7(), name: '' }, 'invalid_field', 'name');
    await eve.refused('conversation/create', { group_id: group.id, name: 'x', participant_ids: [unknown] }, 'forbidden');
    await anna.refused('conversation/create', { group_id: group.id, name: 'x', participant_ids: [eve.id, unknown] }, 'not_found', 'participant_ids.1');
    await anna.refused('conversation/create', { group_id: group.id, name: 'x', participant_ids: [eve.id] }, 'conflict');
  });
});

describe('a conversation of the group', () => {
  test('is open to members who come later, and they hear it', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna);
    const room = await talk(group, anna);
    await post(anna, room, 'before');
    await ben.ask('group/join', { group_id: group.id });
    const { messages } = await ben.ask('message/list', of(room));
    assert.deepEqual(messages.map((m) => m.body), ['before']);
    await post(anna, room, 'after', [ben]);
  });

  test('is not_found to who is no member, in whatever he tries', async () => {
    const [anna, eve] = await people('anna', 'eve');
    const room = await talk(await groupOf(anna), anna);
    await post(anna, room);
    for (const [type, data] of [
      ['conversation/edit', { name: 'x' }], ['conversation/remove', {}], ['conversation/type-start', {}],
      ['conversation/type-end', {}], ['message/create', { body: 'x' }], ['message/edit', { seq: 1, body: 'x' }],
      ['message/remove', { seq: 1 }], ['message/list', {}],
    ]) {
      const seen = await eve.refused(type, { ...of(room), ...data }, 'not_found');
      assert.deepEqual(seen, await eve.refused(type, { conversation_id: uuid7(), ...data }, 'not_found'), type);
    }
    await quiet(anna, eve);
  });

  test('has no participants to change', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
    await anna.refused('conversation/edit', { ...of(room), participants: { add: [ben.id] } }, 'conflict');
    await anna.refused('conversation/edit', { ...of(room), participants: { remove: [ben.id] } }, 'conflict');
  });
});

describe('conversation/edit', () => {
  test('by its owner changes what is named; the audience hears it, and nobody else', async () => {
    const [anna, ben, cleo, eve] = await people('anna', 'ben', 'cleo', 'eve');
    const group = await groupOf(anna, [ben, cleo]);
    const room = await talk(group, ben, [anna, cleo]);
    const phone = await connect(ben.user);
    const { conversation } = await ben.ask('conversation/edit', { ...of(room), topic: 'new' });
    assert.deepEqual(conversation, { ...room, topic: 'new', version: 2 });
    assert.deepEqual((await heard([anna, cleo, phone], 'conversation/edited')).conversation, conversation);
    await quiet(anna, ben, cleo, phone, eve);
  });

  test('by the group\'s owner is as good; by another member it is forbidden', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const group = await groupOf(anna, [ben, cleo]);
    const room = await talk(group, ben, [anna, cleo]);
    assert.equal((await anna.ask('conversation/edit', { ...of(room), name: 'Hers' })).conversation.owner_id, ben.id);
    await cleo.refused('conversation/edit', { ...of(room), name: 'x' }, 'forbidden');
  });

  test('that names nothing to change is a bad request', async () => {
    const [anna] = await people('anna');
    const room = await talk(await groupOf(anna), anna);
    for (const nothing of [{}, { name: null }, { participants: {} }]) {
      await anna.refused('conversation/edit', { ...of(room), ...nothing }, 'bad_request');
    }
  });

  test('refuses bad names and topics, and empties a topic', async () => {
    const [anna] = await people('anna');
    const room = await talk(await groupOf(anna), anna, [], { topic: 'something' });
    await anna.refused('conversation/edit', { ...of(room), name: '' }, 'invalid_field', 'name');
    await anna.refused('conversation/edit', { ...of(room), topic: 'x'.repeat(1001) }, 'invalid_field', 'topic');
    assert.equal((await anna.ask('conversation/edit', { ...of(room), topic: '' })).conversation.topic, '');
  });

  test('is no right of its maker any more once he has left', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, ben, [anna]);
    await ben.ask('group/leave', { group_id: group.id });
    const codeOf = async (type, data) => (await ben.request(type, { ...of(room), ...data })).error?.code;
    await until(async () => await codeOf('conversation/edit', { name: 'x' }) === 'not_found', 'refusal', 2000);
    await ben.refused('conversation/remove', of(room), 'not_found');
    await anna.ask('conversation/edit', { ...of(room), name: 'Kept' });
  });
});

describe('conversation/list', () => {
  test('gives a member all of the group\'s by when they were made, in pages', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const made = [];
    for (let i = 0; i < 5; i += 1) made.push(await talk(group, i % 2 ? anna : ben));
    const { conversations, cursor } = await ben.ask('conversation/list', { group_id: group.id });
    assert.deepEqual(conversations, made);
    assert.equal(cursor, undefined);
    for (const limit of [1, 2, 5]) {
      const { all, pages } = await allPages(anna, 'conversation/list', { group_id: group.id, limit }, 'conversations');
      assert.deepEqual(all, made);
      assert.ok(pages >= Math.ceil(5 / limit));
    }
  });

  test('leaves out the closed ones that the asker takes no part in, also across pages', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const group = await groupOf(anna, [ben, cleo]);
    const open1 = await talk(group, ben, [anna, cleo]);
    await closedTalk(group, ben);
    const both = await closedTalk(group, ben, [cleo]);
    await closedTalk(group, ben);
    const open2 = await talk(group, ben, [anna, cleo]);
    const { all } = await allPages(cleo, 'conversation/list', { group_id: group.id, limit: 1 }, 'conversations');
    assert.deepEqual(all, [open1, both, open2]);
    assert.equal((await anna.ask('conversation/list', { group_id: group.id })).conversations.length, 5, 'the owner sees all');
  });

  test('is for members', async () => {
    const [anna, eve] = await people('anna', 'eve');
    for (const [visibility, code] of [['public', 'forbidden'], ['private', 'forbidden'], ['hidden', 'not_found']]) {
      await eve.refused('conversation/list', { group_id: (await groupOf(anna, [], { visibility })).id }, code);
    }
    await eve.refused('conversation/list', { group_id: uuid7() }, 'not_found');
  });

  test('refuses bad limits and cursors', async () => {
    const [anna] = await people('anna');
    const group_id = (await groupOf(anna)).id;
    for (const limit of [0, 201]) await anna.refused('conversation/list', { group_id, limit }, 'invalid_field', 'limit');
    await anna.refused('conversation/list', { group_id, cursor: 'made up' }, 'invalid_field', 'cursor');
  });
});

describe('conversation/remove', () => {
  test('by its owner is heard by the audience and takes the messages with it', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, ben, [anna]);
    const phone = await connect(ben.user);
    await post(anna, room, 'lost', [ben, phone]);
    const answer = await ben.ask('conversation/remove', of(room));
    assert.deepEqual(answer, { ...of(room), group_id: group.id });
    assert.deepEqual(await heard([anna, phone], 'conversation/removed'), answer);
    const gone = async (who, type, data = {}) => (await who.request(type, { ...of(room), ...data })).error?.code === 'not_found';
    for (const who of [anna, ben]) {
      await until(() => gone(who, 'message/list'), 'message/list to find nothing', 2000);
      await until(() => gone(who, 'message/create', { body: 'x' }), 'message/create to find nothing', 2000);
      await who.refused('conversation/edit', { ...of(room), name: 'x' }, 'not_found');
      await who.refused('conversation/remove', of(room), 'not_found');
      assert.deepEqual((await who.ask('conversation/list', { group_id: group.id })).conversations, []);
    }
    await quiet(anna, ben, phone, eve);
  });

  test('by the group\'s owner is as good; by another member it is forbidden', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const room = await talk(await groupOf(anna, [ben, cleo]), ben, [anna, cleo]);
    await cleo.refused('conversation/remove', of(room), 'forbidden');
    await anna.ask('conversation/remove', of(room));
    await heard([ben, cleo], 'conversation/removed');
  });
});
