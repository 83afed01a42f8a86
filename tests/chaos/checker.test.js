// The checker is checked: a round in which all was kept is judged so, and each way of breaking a promise is caught.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { randomFrom } from './random.js';
import { boundedMs, boundedSeeds, plan, planOf } from './schedule.js';
import {
  afterRemoval, answers, assertCaught, ben, broken, cabinet, conduct, copy, group, groupOf, hears, kept, leaks, message, numbers,
  room, views,
} from './made-up.js';
import { uuid7 } from '../e2e/support.js';

test('a round in which all was kept is judged so', () => {
  assert.deepEqual([...broken()], []);
});

describe('an acknowledged change', () => {
  test('that the database has not is caught', () => {
    assertCaught(({ database }) => database.messages.splice(1, 1), kept, /message is not in the database/);
  });
  test('that is an edit which the database has not is caught', () => {
    assertCaught(({ database }) => Object.assign(database.messages[1], { rev: 2, body: 'body 2' }), kept, /message\/edit is not/);
  });
  test('that is a removal which left its message is caught', () => {
    assertCaught(({ database }) => Object.assign(database.messages[2], { removed: false, body: 'body 3' }), kept, /left its message/);
  });
  test('whose answer shows another body than was sent is caught', () => {
    assertCaught(({ lines }) => { answers(lines, 'message/created')[0].in.data.message.body = 'other'; }, kept, /another body/);
  });
  test('that takes a rev which another one has is caught', () => {
    assertCaught(({ lines }) => { answers(lines, 'message/removed')[0].in.data.message.rev = 4; }, kept, /one rev was acknowledged/);
  });
});

describe('a message in the database', () => {
  test('twice is caught, acknowledged or not', () => {
    const twice = ({ database }) => database.messages.push({ ...database.messages[0], id: uuid7(), seq: 4, rev: 6 });
    assertCaught(twice, kept, /one nonce is there twice/);
  });
  test('that nobody sent is caught', () => {
    assertCaught(({ database }) => { database.messages[0].nonce = uuid7(); }, kept, /nobody sent/);
  });
  test('whose body nobody wrote is caught', () => {
    assertCaught(({ database }) => { database.messages[0].body = 'forged'; }, kept, /nobody wrote/);
  });
  test('that was changed twice for one edit is caught', () => {
    const twice = ({ record }) => {
      const again = copy(record.find(({ payload }) => payload.type === 'message/edited'));
      again.payload.data.message.rev = 6;
      record.push(again);
    };
    assertCaught(twice, kept, /more often than anybody meant/);
  });
});

describe('numbers', () => {
  test('with a gap in seq are caught', () => {
    assertCaught(({ database }) => database.messages.splice(0, 1), numbers, /seq in the database has gaps/);
  });
  test('with a rev twice are caught', () => {
    assertCaught(({ database }) => { database.messages[0].rev = 4; }, numbers, /a rev is there twice/);
  });
  test('with a gap in the record are caught', () => {
    assertCaught(({ record }) => record.splice(1, 1), numbers, /rev in the record has gaps/);
  });
  test('with two changes under one rev in the record are caught', () => {
    assertCaught(({ record }) => { record[1].payload.data.message.rev = 1; }, numbers, /one rev is two changes/);
  });
  test('that the outbox still holds are caught', () => {
    assertCaught(({ database }) => { database.untold = 1; }, numbers, /still to be told/);
  });
  test('repeated in the record are no violation', () => {
    assert.deepEqual([...broken(({ record }) => record.push(record[0], record[3]))], []);
  });
});

describe('a final view', () => {
  test('that misses an edit is caught', () => {
    assertCaught(({ lines }) => answers(lines, 'message/sync-response')[0].in.data.conversations[0].messages.shift(), views, /view of a client/);
  });
  test('that shows another body is caught', () => {
    const lie = ({ lines }) => { answers(lines, 'message/sync-response')[0].in.data.conversations[0].messages[0].body = 'no'; };
    assertCaught(lie, views, /view of a client/);
  });
  test('that is the record\'s and misses a removal is caught', () => {
    assertCaught(({ record }) => record.pop(), views, /the record does not equal/);
  });
});

describe('a leak', () => {
  test('to one who was never in is caught', () => {
    assertCaught(({ script, lines }) => script.in(2, lines.find((line) => line.c === 1 && line.in).in), leaks, /outside saw message\/created/);
  });
  test('of a closed conversation to a member who is not listed is caught', () => {
    const peek = ({ script, database }) => {
      const { nonce: _, ...plain } = message(1, 1, script.now, { conversation_id: cabinet, body: 'x', nonce: uuid7() });
      script.ask(1, 'message/list', { conversation_id: cabinet }, 'message/list-response', { data: { messages: [plain], more: false } });
      database.heads.push({ conversation: cabinet, last_seq: 0, last_rev: 0 });
    };
    assertCaught(peek, leaks, /was answered message\/list/);
  });
  test('to one removed more than 2 s ago is caught', () => {
    assertCaught(afterRemoval(2.5, hears), leaks, /outside saw message\/created/);
  });
  test('within 2 s of the removal is none', () => {
    assert.equal(broken(afterRemoval(1.5, hears)).get(leaks), undefined);
  });
  test('while NATS was away is none, but 2 s after its return it is', () => {
    const away = (seconds) => (evidence) => {
      afterRemoval(seconds, hears)(evidence);
      evidence.outages.push({ from: evidence.script.now - seconds * 1000 - 500, to: evidence.script.now - 2500 });
    };
    assert.notEqual(broken(away(8)).get(leaks), undefined);
    const longer = (evidence) => {
      afterRemoval(8, hears)(evidence);
      evidence.outages.push({ from: evidence.script.now - 8500, to: evidence.script.now - 1500 });
    };
    assert.equal(broken(longer).get(leaks), undefined);
  });
  test('of what happened before and came late is none', () => {
    assert.equal(broken(afterRemoval(4, (evidence, t) => {
      evidence.script.in(1, { type: 'message/created', data: { message: message(9, 9, t - 6000, { body: 'x', nonce: uuid7(t) }) } }, t);
    })).get(leaks), undefined);
  });
  test('by a post of one who was removed is caught', () => {
    const posts = ({ script }, t) => {
      const sent = { conversation_id: room, body: 'still here', nonce: uuid7(t) };
      const made = message(4, 6, t, { author_id: ben, body: sent.body, nonce: sent.nonce });
      script.ask(1, 'message/create', sent, 'message/created', { data: { message: made } });
    };
    assertCaught(afterRemoval(3, posts), leaks, /outside did message\/create/);
  });
  test('after he may have been let in again, answered or not, is none', () => {
    const again = (evidence, t) => {
      evidence.script.ask(0, 'group/edit', { group_id: group, members: { add: [ben] } }, '', undefined);
      hears(evidence, t + 100);
    };
    assert.equal(broken(afterRemoval(3, again)).get(leaks), undefined);
  });
  test('by news of the group to one who has left is caught', () => {
    assertCaught(afterRemoval(3, ({ script, record }, t) => {
      const { role: _, ...plain } = groupOf(1);
      const payload = { type: 'group/edited', data: { group: plain } };
      record.push({ t, at: 99, subject: 'tincan.event', msgId: 'x', payload });
      script.in(1, payload, t + 10);
    }), leaks, /outside saw group\/edited/);
  });
});

describe('conduct', () => {
  test('with a second answer is caught', () => {
    assertCaught(({ lines }) => lines.push(answers(lines, 'message/created')[0]), conduct, /second one/);
  });
  test('with an internal failure is caught', () => {
    assertCaught(({ lines }) => { answers(lines, 'message/edit-failed')[0].in.error.code = 'internal'; }, conduct, /internal/);
  });
});

describe('a plan', () => {
  test('follows from its seed, within the time that it has', () => {
    const acts = plan(randomFrom(7), 20_000);
    assert.deepEqual(acts, plan(randomFrom(7), 20_000));
    assert.notDeepEqual(acts, plan(randomFrom(8), 20_000));
    assert.ok(acts.every(({ at, ms }) => at >= 0 && at < 20_000 && (ms === undefined || (ms >= 1000 && ms <= 5000))));
  });
  test('of some length, and that of the bounded round, kill, stop and restart every kind of process', () => {
    for (const acts of [plan(randomFrom(9), 60_000), ...boundedSeeds.map((seed) => planOf(seed, boundedMs))]) {
      const done = new Set(acts.map(({ act, kind }) => `${act} ${kind}`));
      for (const kind of ['edge', 'auth', 'group', 'conversation', 'message']) {
        for (const act of ['kill', 'stop', 'restart']) assert.ok(done.has(`${act} ${kind}`), `${act} ${kind}`);
      }
      for (const kind of ['nats', 'postgres']) assert.ok(done.has(`kill ${kind}`) && done.has(`stop ${kind}`), kind);
    }
  });
});
