// The nonce: a message that is sent again is the same message.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { connect, groupOf, heard, people, post, quiet, talk, uuid7 } from './support.js';

const hour = 3_600_000;

async function pair() {
  const [anna, ben] = await people('anna', 'ben');
  const group = await groupOf(anna, [ben]);
  const room = await talk(group, anna, [ben]);
  return { anna, ben, group, room };
}

const draft = (room, body = 'once', nonce = uuid7()) => ({ conversation_id: room.id, body, nonce });

describe('a nonce', () => {
  test('is in the answer and the event of the creation', async () => {
    const { anna, ben, room } = await pair();
    const data = draft(room);
    const { message, ...more } = await anna.ask('message/create', data);
    assert.equal(message.nonce, data.nonce);
    assert.deepEqual(more, {});
    assert.deepEqual((await heard([ben], 'message/created')).message, message);
  });

  test('sent again gives the same message as a duplicate, and no second event', async () => {
    const { anna, ben, room } = await pair();
    const data = draft(room);
    const first = await anna.ask('message/create', data);
    const again = await anna.ask('message/create', data);
    assert.deepEqual(again, { ...first, duplicate: true });
    await ben.event('message/created');
    const { messages } = await ben.ask('message/list', { conversation_id: room.id });
    assert.equal(messages.length, 1);
    await quiet(anna, ben);
  });

  test('is the same message whatever its body now', async () => {
    const { anna, room } = await pair();
    const data = draft(room, 'the first');
    const first = await anna.ask('message/create', data);
    const again = await anna.ask('message/create', { ...data, body: 'another' });
    assert.deepEqual(again, { ...first, duplicate: true });
  });

  test('takes no number when it is repeated', async () => {
    const { anna, room } = await pair();
    const data = draft(room);
    for (let i = 0; i < 3; i += 1) await anna.ask('message/create', data);
    const { seq, rev } = await post(anna, room);
    assert.deepEqual([seq, rev], [2, 2]);
  });

  test('sent from two connections at once makes one message and one event', async () => {
    const { anna, ben, room } = await pair();
    const phone = await connect(anna.user);
    const data = draft(room);
    const all = await Promise.all([anna, phone, anna, phone, anna, phone].map((c) => c.ask('message/create', data)));
    assert.equal(new Set(all.map((a) => a.message.id)).size, 1);
    assert.equal(all.filter((a) => !a.duplicate).length, 1);
    await ben.event('message/created');
    await quiet(ben);
    assert.equal((await post(anna, room)).seq, 2);
  });

  test('repeated after an edit gives the message as it is now', async () => {
    const { anna, ben, room } = await pair();
    const data = draft(room, 'before');
    await anna.ask('message/create', data);
    const { message: edited } = await anna.ask('message/edit', { conversation_id: room.id, seq: 1, body: 'after' });
    await ben.event('message/created');
    await ben.event('message/edited');
    const again = await anna.ask('message/create', data);
    assert.deepEqual(again, { message: { ...edited, nonce: data.nonce }, duplicate: true });
    await quiet(anna, ben);
  });

  test('repeated after the removal gives the tombstone', async () => {
    const { anna, ben, room } = await pair();
    const data = draft(room, 'gone');
    await anna.ask('message/create', data);
    const { message: removed } = await anna.ask('message/remove', { conversation_id: room.id, seq: 1 });
    await ben.event('message/created');
    await ben.event('message/removed');
    const again = await anna.ask('message/create', data);
    assert.deepEqual(again, { message: { ...removed, nonce: data.nonce }, duplicate: true });
    await quiet(anna, ben);
  });

  test('of another author is another message', async () => {
    const { anna, ben, room } = await pair();
    const data = draft(room);
    const [one, two] = [await anna.ask('message/create', data), await ben.ask('message/create', data)];
    assert.notEqual(one.message.id, two.message.id);
    assert.deepEqual([one.message.seq, two.message.seq, two.duplicate], [1, 2, undefined]);
  });

  test('in another conversation is another message', async () => {
    const { anna, group, room } = await pair();
    const other = await talk(group, anna);
    const data = draft(room);
    const [one, two] = [await anna.ask('message/create', data), await anna.ask('message/create', { ...data, conversation_id: other.id })];
    assert.notEqual(one.message.id, two.message.id);
    assert.equal(two.duplicate, undefined);
  });

  test('differing in its last digit is another message', async () => {
    const { anna, room } = await pair();
    const nonce = uuid7();
    const near = nonce.slice(0, -1) + (nonce.endsWith('0') ? '1' : '0');
    await anna.ask('message/create', draft(room, 'a', nonce));
    assert.equal((await anna.ask('message/create', draft(room, 'b', near))).message.seq, 2);
  });

  test('whose time is more than 24 h off is refused', async () => {
    const { anna, room } = await pair();
    for (const time of [Date.now() - 25 * hour, Date.now() + 25 * hour, 0, 2 ** 48 - 1]) {
      await anna.refused('message/create', draft(room, 'x', uuid7(time)), 'invalid_field', 'nonce');
    }
    for (const time of [Date.now() - 23 * hour, Date.now() + 23 * hour]) {
      assert.equal((await anna.ask('message/create', draft(room, 'x', uuid7(time)))).duplicate, undefined);
    }
  });

  test('that is no UUIDv7 is refused', async () => {
    const { anna, room } = await pair();
    for (const nonce of ['', 'x', randomUUID(), uuid7().slice(1), `${uuid7()}0`]) {
      await anna.refused('message/create', draft(room, 'x', nonce), 'invalid_field', 'nonce');
    }
    const { message } = await anna.ask('message/create', draft(room, 'x', null));
    assert.equal('nonce' in message, false);
  });

  test('makes no access: who may not post there finds nothing', async () => {
    const { anna, ben, group, room } = await pair();
    const data = draft(room);
    await ben.ask('message/create', data);
    await ben.ask('group/leave', { group_id: group.id });
    await anna.event('group/left');
    await ben.refused('message/create', data, 'not_found');
  });
});
