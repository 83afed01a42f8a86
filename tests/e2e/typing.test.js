// Typing: whose is told to whom, and when the server itself ends it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, groupOf, heard, people, post, quiet, talk, uuid7 } from './support.js';

const START = 'conversation/type-start';
const END = 'conversation/type-end';
const start = (who, room) => who.send({ type: START, data: { conversation_id: room.id } });
const end = (who, room) => who.send({ type: END, data: { conversation_id: room.id } });

async function pair() {
  const [anna, ben] = await people('anna', 'ben');
  const group = await groupOf(anna, [ben]);
  return { anna, ben, group, room: await talk(group, anna, [ben]) };
}

describe('typing', () => {
  test('is told to the other participants, never to one\'s own connections, nor to outsiders', async () => {
    const [anna, ben, cleo, eve] = await people('anna', 'ben', 'cleo', 'eve');
    const group = await groupOf(anna, [ben, cleo]);
    const room = await talk(group, anna, [ben, cleo]);
    const phone = await connect(anna.user);
    const typing = { conversation_id: room.id, user_id: anna.id };
    start(anna, room);
    assert.deepEqual(await heard([ben, cleo], START), typing);
    end(anna, room);
    assert.deepEqual(await heard([ben, cleo], END), typing);
    await quiet(anna, phone, ben, cleo, eve);
  });

  test('has no answer, with an id or without', async () => {
    const { anna, ben, room } = await pair();
    anna.send({ type: START, id: 't1', data: { conversation_id: room.id } });
    await ben.event(START);
    anna.send({ type: END, id: 't2', data: { conversation_id: room.id } });
    await ben.event(END);
    await quiet(anna, ben);
  });

  test('started again is no second event', async () => {
    const { anna, ben, room } = await pair();
    start(anna, room);
    await ben.event(START);
    start(anna, room);
    await anna.fence();
    end(anna, room);
    await ben.event(END);
    await quiet(anna, ben);
  });

  test('that ended may start again', async () => {
    const { anna, ben, room } = await pair();
    for (let i = 0; i < 2; i += 1) {
      start(anna, room);
      await ben.event(START);
      end(anna, room);
      await ben.event(END);
    }
    await quiet(anna, ben);
  });

  test('that did not start does not end', async () => {
    const { anna, ben, room } = await pair();
    end(anna, room);
    await anna.fence();
    await post(anna, room, 'later', [ben]);
    await quiet(anna, ben);
  });

  test('belongs to a connection: each one\'s is relayed', async () => {
    const { anna, ben, room } = await pair();
    const phone = await connect(anna.user);
    start(anna, room);
    await ben.event(START);
    start(phone, room);
    await ben.event(START);
    end(anna, room);
    await ben.event(END);
    end(anna, room);
    await anna.fence();
    end(phone, room);
    await ben.event(END);
    await quiet(anna, phone, ben);
  });

  test('in one conversation has nothing to do with another', async () => {
    const { anna, ben, group, room } = await pair();
    const other = await talk(group, anna, [ben]);
    start(anna, room);
    start(anna, other);
    await ben.event(START, (d) => d.conversation_id === room.id);
    await ben.event(START, (d) => d.conversation_id === other.id);
    end(anna, other);
    assert.equal((await ben.event(END)).data.conversation_id, other.id);
    await quiet(ben);
  });

  test('is ended by that connection\'s post there, not by another\'s', async () => {
    const { anna, ben, room } = await pair();
    const phone = await connect(anna.user);
    start(anna, room);
    await ben.event(START);
    await post(phone, room, 'from the phone', [ben, anna]);
    await quiet(ben);
    await post(anna, room, 'from here', [ben, phone]);
    await ben.event(END);
    await quiet(anna, phone, ben);
  });

  test('is ended by that connection\'s close', async () => {
    const { anna, ben, room } = await pair();
    const phone = await connect(anna.user);
    start(phone, room);
    await ben.event(START);
    await phone.close();
    await ben.event(END);
    await quiet(anna, ben);
  });

  test('of who may not is an error: not_found, or for the group\'s owner outside forbidden', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben]);
    const open = await talk(group, anna, [ben]);
    const closed = await talk(group, ben, [], { participant_ids: [] });
    for (const type of [START, END]) {
      await eve.refused(type, { conversation_id: open.id }, 'not_found');
      await eve.refused(type, { conversation_id: uuid7() }, 'not_found');
      await anna.refused(type, { conversation_id: closed.id }, 'forbidden');
      await anna.refused(type, { conversation_id: 'x' }, 'invalid_field', 'conversation_id');
      eve.send({ type, data: { conversation_id: open.id } });
      const frame = await eve.event('error');
      assert.deepEqual([frame.error.code, frame.re], ['not_found', undefined]);
    }
    await quiet(anna, ben, eve);
  });

  test('starts more than twice a second are dropped silently', async () => {
    const { anna, ben, group, room } = await pair();
    const other = await talk(group, anna, [ben]);
    for (let i = 0; i < 10; i += 1) {
      start(anna, room);
      end(anna, room);
    }
    // What comes through behind them is told behind them.
    for (const [say, type] of [[start, START], [end, END]]) {
      say(anna, other);
      await ben.event(type, ({ conversation_id: id }) => id === other.id);
    }
    const starts = ben.unclaimed.filter((f) => f.type === START).length;
    const ends = ben.unclaimed.filter((f) => f.type === END).length;
    assert.equal(starts, 2);
    assert.equal(ends, 2);
    await quiet(anna);
  });

  test('of who leaves the group ends', async () => {
    const { anna, ben, group, room } = await pair();
    start(ben, room);
    await anna.event(START);
    await ben.ask('group/leave', { group_id: group.id });
    await anna.event(END, undefined, 8000);
  });
});

describe('typing without a new start', { concurrency: true }, () => {
  test('is ended by the server after 6 s', async () => {
    const { anna, ben, room } = await pair();
    start(anna, room);
    await ben.event(START);
    const began = performance.now();
    await ben.event(END, undefined, 8000);
    const lasted = performance.now() - began;
    assert.ok(lasted > 5500 && lasted < 7500, `it lasted ${lasted} ms`);
    await quiet(anna, ben);
  });

  test('counts from the last start', async () => {
    const { anna, ben, room } = await pair();
    const [cleo] = await people('cleo');
    const phone = await connect(anna.user);
    start(anna, room);
    await ben.event(START);
    start(phone, room);
    await ben.event(START);
    const began = performance.now();
    // The phone's typing and a third person's are the clock: when they end, the first 6 s are over.
    const clock = await groupOf(cleo, [ben]);
    const other = await talk(clock, cleo, [ben]);
    start(cleo, other);
    await ben.event(START);
    const again = setInterval(() => start(anna, room), 1000).unref();
    await ben.event(END, (d) => d.conversation_id === room.id, 8000);
    await ben.event(END, (d) => d.conversation_id === other.id, 8000);
    clearInterval(again);
    await quiet(ben);
    start(anna, room);
    await ben.event(END, (d) => d.conversation_id === room.id, 8000);
    const lasted = performance.now() - began;
    assert.ok(lasted > 10_000, `it lasted ${lasted} ms`);
    await quiet(anna, phone, ben);
  });
});
