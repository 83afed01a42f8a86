// Catching up: message/sync.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { closedTalk, groupOf, people, post, talk, uuid7 } from './support.js';

const of = (room) => ({ conversation_id: room.id });

/** The one conversation that an answer tells of. */
async function syncOne(client, room, rev, data = {}) {
  const { conversations } = await client.ask('message/sync', { after: { [room.id]: rev }, ...data });
  assert.equal(conversations.length, 1);
  assert.equal(conversations[0].conversation_id, room.id);
  return conversations[0];
}

/** All that has changed since, one page after the other. */
async function catchUp(client, room, rev, limit) {
  const messages = [];
  for (let more = true; more;) {
    const page = await syncOne(client, room, rev, { limit });
    assert.ok(page.messages.length > 0 && page.messages.length <= limit);
    assert.equal(page.rev, page.messages.at(-1).rev);
    messages.push(...page.messages);
    ({ rev, more } = page);
  }
  return messages;
}

describe('message/sync', () => {
  let anna;
  let ben;
  let group;
  let room;
  // Five posted (revs 1 to 5), the second edited (6), a sixth posted (7), the first removed (8), the second edited again (9).
  before(async () => {
    [anna, ben] = await people('anna', 'ben');
    group = await groupOf(anna, [ben]);
    room = await talk(group, anna, [ben]);
    for (let i = 1; i <= 5; i += 1) await post(anna, room, `${i}`);
    await anna.ask('message/edit', { ...of(room), seq: 2, body: 'two' });
    await post(anna, room, '6');
    await anna.ask('message/remove', { ...of(room), seq: 1 });
    await anna.ask('message/edit', { ...of(room), seq: 2, body: 'zwei' });
  });

  const rows = [
    [0, [3, 4, 5, 7, 8, 9]],
    [3, [4, 5, 7, 8, 9]],
    [5, [7, 8, 9]],
    [6, [7, 8, 9]],
    [8, [9]],
  ];
  for (const [rev, revs] of rows) {
    test(`after ${rev} gives each message changed since, as it is now, by its rev`, async () => {
      const all = await syncOne(ben, room, rev);
      assert.deepEqual(all.messages.map((m) => m.rev), revs);
      assert.deepEqual([all.rev, all.more, all.reset], [9, false, undefined]);
      assert.deepEqual((await catchUp(ben, room, rev, 1)).map((m) => m.rev), revs);
      assert.deepEqual(await catchUp(ben, room, rev, 2), all.messages);
      const { messages } = await ben.ask('message/list', of(room));
      for (const message of all.messages) assert.deepEqual(message, messages[message.seq - 1]);
    });
  }

  test('leaves out what has not changed', async () => {
    assert.deepEqual(await ben.ask('message/sync', { after: { [room.id]: 9 } }), { conversations: [] });
  });

  test('begins anew where the client is ahead', async () => {
    const all = await syncOne(ben, room, 10);
    assert.equal(all.reset, true);
    assert.deepEqual(all.messages.map((m) => m.rev), rows[0][1]);
    const empty = await talk(group, anna, [ben]);
    assert.deepEqual(await syncOne(ben, empty, 3), { ...of(empty), messages: [], rev: 0, more: false, reset: true });
  });

  test('says what is gone: left, removed, never there, never to be seen', async () => {
    const closed = await closedTalk(group, anna);
    const removed = await talk(group, anna, [ben]);
    await post(anna, removed, 'x');
    await anna.ask('conversation/remove', of(removed));
    await ben.event('conversation/removed');
    const ids = [closed.id, removed.id, uuid7()];
    const { conversations } = await ben.ask('message/sync', { after: Object.fromEntries(ids.map((id) => [id, 0])) });
    assert.deepEqual(new Set(conversations.map((c) => c.conversation_id)), new Set(ids));
    for (const c of conversations) assert.deepEqual(c, { conversation_id: c.conversation_id, gone: true });
  });

  test('ends at 256 KiB over all conversations, and goes on from there', async () => {
    const body = '\u0001'.repeat(8000); // 48,000 bytes in JSON
    const talks = await Promise.all([1, 2, 3].map(() => talk(group, anna, [ben])));
    for (const each of talks) for (let i = 0; i < 3; i += 1) await post(anna, each, body);
    const revs = Object.fromEntries(talks.map((each) => [each.id, 0]));
    const seen = Object.fromEntries(talks.map((each) => [each.id, []]));
    let answers = 0;
    for (let more = true; more; answers += 1) {
      const { conversations } = await ben.ask('message/sync', { after: revs });
      assert.ok(JSON.stringify(conversations).length <= 256 * 1024);
      assert.ok(conversations.some((c) => c.messages.length > 0));
      for (const c of conversations) {
        if (c.messages.length === 0) assert.deepEqual([c.rev, c.more], [revs[c.conversation_id], true]);
        revs[c.conversation_id] = c.rev;
        seen[c.conversation_id].push(...c.messages.map((m) => m.rev));
      }
      more = conversations.some((c) => c.more);
    }
    assert.equal(answers, 2);
    assert.deepEqual(Object.values(seen), [[1, 2, 3], [1, 2, 3], [1, 2, 3]]);
  });

  test('names bad fields', async () => {
    for (const after of [undefined, null, [], {}, 'x', { x: 1 }]) {
      await ben.refused('message/sync', { after }, 'invalid_field', 'after');
    }
    for (const rev of [-1, 1.5, '1', null, 2 ** 53]) {
      await ben.refused('message/sync', { after: { [room.id]: rev } }, 'invalid_field', `after.${room.id}`);
    }
    for (const limit of [0, 201]) {
      await ben.refused('message/sync', { after: { [room.id]: 0 }, limit }, 'invalid_field', 'limit');
    }
    const many = Object.fromEntries(Array.from({ length: 501 }, () => [uuid7(), 0]));
    await ben.refused('message/sync', { after: many }, 'invalid_field', 'after');
  });
});
