// Messages: posting, editing, removing; their numbers, their bodies, and who hears of them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { closedTalk, connect, groupOf, heard, people, post, quiet, talk, uuid7 } from './support.js';

const of = (room) => ({ conversation_id: room.id });
const the = (message) => ({ conversation_id: message.conversation_id, seq: message.seq });

/** A group's owner, two members, and a conversation of one of them. */
async function house() {
  const [owner, anna, ben] = await people('owner', 'anna', 'ben');
  const group = await groupOf(owner, [anna, ben]);
  const room = await talk(group, anna, [owner, ben]);
  return { owner, anna, ben, group, room };
}

const list = async (who, room) => (await who.ask('message/list', of(room))).messages;

describe('message/create', () => {
  test('is answered with the message; the audience hears it, one\'s own other connections too, outsiders do not', async () => {
    const { owner, anna, ben, room } = await house();
    const [eve] = await people('eve');
    const phone = await connect(anna.user);
    const { message, ...more } = await anna.ask('message/create', { ...of(room), body: 'hello' });
    const { id, created_at, ...rest } = message;
    assert.deepEqual(rest, { conversation_id: room.id, seq: 1, rev: 1, author_id: anna.id, body: 'hello' });
    assert.deepEqual(more, {});
    assert.ok(Math.abs(Date.now() - new Date(created_at)) < 60_000);
    assert.deepEqual(await heard([owner, ben, phone], 'message/created'), { message });
    await quiet(owner, anna, ben, phone, eve);
  });

  test('keeps the body byte for byte', async () => {
    const { anna, ben, room } = await house();
    const bodies = [
      ' ', '\n', '  around  ', 'tab\tnew\nline\r\nfeed\f', '\u0001\u001f\u007f\u0085\u009f', 'é vs e\u0301', '\u202eright to left',
      '😀👩‍👩‍👧‍👦🏳️‍🌈', '\ufeffmark', '\u2028\u2029', '"quotes" \\back\\ /slash/', '<script>alert(1)</script>', '%s %n $1 {}', "'; DROP TABLE x; --",
      '\ufffe\uffff\u{10ffff}', '{"type":"ping"}', '\\u0000',
    ];
    for (const body of bodies) {
      const { message } = await anna.ask('message/create', { ...of(room), body });
      assert.equal(message.body, body);
      assert.equal((await ben.event('message/created')).data.message.body, body);
    }
    assert.deepEqual((await list(ben, room)).map((m) => m.body), bodies);
  });

  test('takes 1 to 8000 characters, counted as code points', async () => {
    const { anna, room } = await house();
    for (const body of ['', 'x'.repeat(8001), '😀'.repeat(8001)]) {
      await anna.refused('message/create', { ...of(room), body }, 'invalid_field', 'body');
    }
    await anna.refused('message/create', { ...of(room), body: 'a\u0000b' }, 'bad_request');
    for (const body of ['x', 'x'.repeat(8000), '😀'.repeat(8000)]) {
      assert.equal((await anna.ask('message/create', { ...of(room), body })).message.body, body);
    }
  });

  test('numbers the messages of a conversation 1, 2, 3, … without a gap, whoever posts', async () => {
    const { owner, anna, ben, room } = await house();
    const authors = Array.from({ length: 30 }, (_, i) => [owner, anna, ben][i % 3]);
    const posted = await Promise.all(authors.map((a, i) => a.ask('message/create', { ...of(room), body: `${i}` })));
    const numbers = Array.from({ length: 30 }, (_, i) => i + 1);
    assert.deepEqual(posted.map((p) => p.message.seq).sort((a, b) => a - b), numbers);
    const messages = await list(ben, room);
    assert.deepEqual(messages.map((m) => [m.seq, m.rev]), numbers.map((n) => [n, n]));
    assert.equal(new Set(messages.map((m) => m.id)).size, 30);
    assert.equal(new Set(messages.map((m) => m.body)).size, 30, 'a failed one takes no number');
  });

  test('is told to each hearer in the order of rev', async () => {
    const { anna, ben, owner, room } = await house();
    await Promise.all(Array.from({ length: 40 }, (_, i) => [anna, ben][i % 2].ask('message/create', { ...of(room), body: 'x' })));
    const revs = [];
    for (let i = 0; i < 40; i += 1) revs.push((await owner.event('message/created')).data.message.rev);
    assert.deepEqual(revs, Array.from({ length: 40 }, (_, i) => i + 1));
    await quiet(owner);
  });

  test('in one conversation leaves the numbers of another alone', async () => {
    const { anna, group, room } = await house();
    const other = await talk(group, anna);
    await post(anna, room);
    assert.deepEqual([(await post(anna, other)).seq, (await post(anna, room)).seq, (await post(anna, other)).rev], [1, 2, 2]);
  });

  test('that fails takes no number', async () => {
    const { anna, room } = await house();
    await post(anna, room);
    await anna.refused('message/create', { ...of(room), body: '' }, 'invalid_field');
    await anna.refused('message/create', { ...of(room), body: 'x', nonce: 'x' }, 'invalid_field');
    const { seq, rev } = await post(anna, room);
    assert.deepEqual([seq, rev], [2, 2]);
  });

  test('says first what is first wrong', async () => {
    const { anna } = await house();
    await anna.refused('message/create', { conversation_id: uuid7(), body: '' }, 'invalid_field', 'body');
    await anna.refused('message/create', { conversation_id: uuid7(), body: 'x' }, 'not_found');
  });
});

describe('message/edit', () => {
  test('by its author changes the body and shows when; the audience hears it', async () => {
    const { owner, anna, ben, room } = await house();
    const message = await post(anna, room, 'teh', [owner, ben]);
    const phone = await connect(anna.user);
    const { message: edited } = await anna.ask('message/edit', { ...the(message), body: 'the' });
    const { edited_at, ...rest } = edited;
    assert.deepEqual(rest, { ...message, body: 'the', rev: 2 });
    assert.ok(edited_at >= message.created_at);
    assert.deepEqual((await heard([owner, ben, phone], 'message/edited')).message, edited);
    assert.deepEqual(await list(ben, room), [edited]);
    await quiet(owner, anna, ben, phone);
  });

  test('by anyone else is forbidden, the owners of the conversation and the group included', async () => {
    const { owner, anna, ben, room } = await house();
    const message = await post(ben, room);
    for (const who of [owner, anna]) {
      await who.refused('message/edit', { ...the(message), body: 'x' }, 'forbidden');
      await who.refused('message/edit', { ...the(message), body: 'x', if_rev: 7 }, 'forbidden');
    }
  });

  test('of what is not there or was removed is not_found', async () => {
    const { anna, room } = await house();
    await anna.refused('message/edit', { ...of(room), seq: 1, body: 'x' }, 'not_found');
    const message = await post(anna, room);
    await anna.refused('message/edit', { ...of(room), seq: 2, body: 'x' }, 'not_found');
    await anna.refused('message/edit', { ...of(room), seq: Number.MAX_SAFE_INTEGER, body: 'x' }, 'not_found');
    await anna.ask('message/remove', the(message));
    await anna.refused('message/edit', { ...the(message), body: 'x' }, 'not_found');
  });

  test('with if_rev goes only while the message\'s rev is still that', async () => {
    const { anna, room } = await house();
    const message = await post(anna, room);
    await post(anna, room, 'another change in between');
    const { message: edited } = await anna.ask('message/edit', { ...the(message), body: 'b', if_rev: 1 });
    assert.equal(edited.rev, 3);
    await anna.refused('message/edit', { ...the(message), body: 'c', if_rev: 1 }, 'conflict');
    await anna.refused('message/edit', { ...the(message), body: 'c', if_rev: 4 }, 'conflict');
    await anna.refused('message/remove', { ...the(message), if_rev: 1 }, 'conflict');
    assert.equal((await anna.ask('message/edit', { ...the(message), body: 'c', if_rev: 3 })).message.rev, 4);
    assert.equal((await anna.ask('message/remove', { ...the(message), if_rev: 4 })).message.rev, 5);
  });

  test('with the same if_rev twice at once goes once', async () => {
    const { anna, ben, room } = await house();
    const message = await post(anna, room, 'a', [ben]);
    const edits = await Promise.all(['b', 'c'].map((body) => anna.request('message/edit', { ...the(message), body, if_rev: 1 })));
    assert.deepEqual(edits.map((f) => f.error?.code).sort(), ['conflict', undefined]);
    await ben.event('message/edited');
    await quiet(anna, ben);
  });

  test('refuses bodies as message/create does, and bad numbers', async () => {
    const { anna, room } = await house();
    const message = await post(anna, room);
    for (const body of ['', 'x'.repeat(8001)]) await anna.refused('message/edit', { ...the(message), body }, 'invalid_field', 'body');
    for (const seq of [-1, 2 ** 53, 1e300, '1', 1.5]) {
      await anna.refused('message/edit', { ...of(room), seq, body: 'x' }, 'invalid_field', 'seq');
      await anna.refused('message/remove', { ...of(room), seq }, 'invalid_field', 'seq');
    }
    await anna.refused('message/edit', { ...the(message), body: 'x', if_rev: -1 }, 'invalid_field', 'if_rev');
  });

  test('many times leaves one message and counts every change', async () => {
    const { anna, ben, room } = await house();
    const message = await post(anna, room, '0', [ben]);
    for (let i = 1; i <= 5; i += 1) {
      assert.equal((await anna.ask('message/edit', { ...the(message), body: `${i}` })).message.rev, i + 1);
      assert.equal((await ben.event('message/edited')).data.message.body, `${i}`);
    }
    assert.deepEqual((await list(ben, room)).map((m) => [m.seq, m.rev, m.body]), [[1, 6, '5']]);
  });
});

describe('message/remove', () => {
  test('by its author leaves a tombstone without the body; the audience hears it', async () => {
    const { owner, anna, ben, room } = await house();
    const message = await post(ben, room, 'oops', [owner, anna]);
    const { message: removed } = await ben.ask('message/remove', the(message));
    const { removed_at, ...rest } = removed;
    const { body, ...bare } = message;
    assert.equal(body, 'oops');
    assert.deepEqual(rest, { ...bare, rev: 2 });
    assert.ok(removed_at >= message.created_at);
    assert.deepEqual((await heard([owner, anna], 'message/removed')).message, removed);
    assert.deepEqual(await list(anna, room), [removed]);
    assert.equal((await post(anna, room, 'next', [owner, ben])).seq, 2, 'its number is not given again');
    await quiet(ben, owner);
  });

  test('is a right of the conversation\'s and the group\'s owner too, of nobody else', async () => {
    const { owner, anna, ben, room } = await house();
    const [one, two, three] = [await post(ben, room), await post(ben, room), await post(anna, room)];
    await ben.refused('message/remove', the(three), 'forbidden');
    assert.equal((await anna.ask('message/remove', the(one))).message.author_id, ben.id);
    await owner.ask('message/remove', the(two));
  });

  test('in a closed conversation is a right of the group\'s owner only while he takes part', async () => {
    const { owner, anna, ben, group } = await house();
    const room = await closedTalk(group, anna, [ben]);
    const message = await post(ben, room, 'x', [anna]);
    await owner.refused('message/remove', the(message), 'forbidden');
    await anna.ask('conversation/edit', { ...of(room), participants: { add: [owner.id] } });
    await owner.event('conversation/created');
    await owner.ask('message/remove', the(message));
  });

  test('of what is not there, or twice, is not_found', async () => {
    const { anna, room } = await house();
    await anna.refused('message/remove', { ...of(room), seq: 1 }, 'not_found');
    const message = await post(anna, room);
    await anna.ask('message/remove', the(message));
    await anna.refused('message/remove', the(message), 'not_found');
    await anna.refused('message/remove', { ...the(message), if_rev: 1 }, 'not_found');
  });

  test('of an edited message still shows when it was edited', async () => {
    const { anna, room } = await house();
    const message = await post(anna, room);
    const { message: edited } = await anna.ask('message/edit', { ...the(message), body: 'b' });
    const { message: removed } = await anna.ask('message/remove', the(message));
    assert.equal(removed.edited_at, edited.edited_at);
    assert.equal(removed.rev, 3);
  });
});

test('who is removed from the group keeps his messages in it, and no right over them', async () => {
  const { owner, anna, ben, group, room } = await house();
  const message = await post(ben, room, 'mine', [owner, anna]);
  await owner.ask('group/edit', { group_id: group.id, members: { remove: [ben.id] } });
  await ben.event('group/left');
  await ben.refused('message/edit', { ...the(message), body: 'x' }, 'not_found');
  await ben.refused('message/remove', the(message), 'not_found');
  assert.deepEqual(await list(anna, room), [message]);
  await anna.ask('message/remove', the(message));
});
