// The checker is checked: a round in which all was kept is judged so, and each way of breaking a promise is caught.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { check, promises } from './checker.js';
import { randomFrom } from './random.js';
import { boundedMs, boundedSeeds, plan, planOf } from './schedule.js';
import { tell } from './story.js';
import { uuid7 } from '../e2e/support.js';

const began = Date.parse('2026-01-01T12:00:00.000Z');
const [anna, ben, eve, group, room, cabinet] = Array.from({ length: 6 }, () => uuid7(began));
const [kept, numbers, views, leaks, conduct] = Object.keys(promises);
const iso = (t) => new Date(t).toISOString();
const copy = (value) => structuredClone(value);

/** A history being written: two members and an outsider, an open room and a closed one without ben. */
class Script {
  lines = [];
  now = began;
  #counter = 0;

  constructor() {
    [anna, ben, eve].forEach((user, c) => this.lines.push({ t: this.now, c, client: { user } }));
    this.lines.push({ round: { seed: 1, groups: [group] } });
  }

  in(c, frame, t = this.now) { this.lines.push({ t, c, in: frame }); }

  ask(c, type, data, answerType, answer, after = 10) {
    this.#counter += 1;
    const id = `${this.#counter}`;
    this.lines.push({ t: this.now, c, out: { type, id, data } });
    this.now += after;
    if (answer) this.in(c, { type: answerType, re: id, ...answer });
  }
}

const message = (seq, rev, at, fields) => ({
  id: uuid7(began), conversation_id: room, seq, rev, author_id: anna, created_at: iso(at), ...fields,
});

const groupOf = (count) => ({
  id: group, version: 1, name: 'G', description: '', visibility: 'public', owner_id: anna, member_count: count,
  created_at: iso(began), role: 'owner',
});

const conversationOf = (id, more) => ({
  id, version: 1, group_id: group, name: 'R', topic: '', owner_id: anna, created_at: iso(began), ...more,
});

function setUp(script) {
  script.ask(0, 'group/create', { name: 'G', member_ids: [ben] }, 'group/created', { data: { group: groupOf(2) } });
  const open = conversationOf(room, { audience: 'group' });
  const closed = conversationOf(cabinet, { audience: 'participants', participant_ids: [anna] });
  script.ask(0, 'conversation/create', { group_id: group, name: 'R' }, 'conversation/created', { data: { conversation: open } });
  script.ask(0, 'conversation/create', { group_id: group, name: 'R', participant_ids: [] }, 'conversation/created', { data: { conversation: closed } });
}

/** Three messages; the second is edited, the third removed; ben hears all, the edit only by sync. */
function talk(script, record) {
  const say = (payload, t) => record.push({
    t, at: record.length + 1, subject: 'tincan.event', msgId: `${payload.data.message.id}.${payload.data.message.rev}`, payload,
  });
  const rows = [1, 2, 3].map((seq) => {
    const nonce = uuid7(script.now);
    const sent = { conversation_id: room, body: `body ${seq}`, nonce };
    const made = message(seq, seq, script.now, { body: sent.body, nonce });
    script.ask(0, 'message/create', sent, 'message/created', { data: { message: made } });
    script.in(1, { type: 'message/created', data: { message: made } });
    say({ type: 'message/created', data: { message: made } }, script.now);
    const { nonce: _, ...plain } = made;
    return plain;
  });
  const nonces = new Map(record.map(({ payload }) => [payload.data.message.id, payload.data.message.nonce]));
  const edited = { ...rows[1], rev: 4, body: 'body 2, edited', edited_at: iso(script.now) };
  const edit = { conversation_id: room, seq: 2, body: edited.body, if_rev: 2 };
  script.ask(0, 'message/edit', edit, 'message/edit-failed', { error: { code: 'unavailable', message: 'away', retry_after_ms: 1 } });
  script.ask(0, 'message/edit', edit, 'message/edited', { data: { message: edited } });
  say({ type: 'message/edited', data: { message: edited } }, script.now);
  const { body: _, ...rest } = rows[2];
  const removed = { ...rest, rev: 5, removed_at: iso(script.now) };
  script.ask(0, 'message/remove', { conversation_id: room, seq: 3 }, 'message/removed', { data: { message: removed } });
  script.in(1, { type: 'message/removed', data: { message: removed } });
  say({ type: 'message/removed', data: { message: removed } }, script.now);
  const part = { conversation_id: room, messages: [edited, removed], rev: 5, more: false };
  script.ask(1, 'message/sync', { after: { [room]: 3 } }, 'message/sync-response', { data: { conversations: [part] } });
  return [rows[0], edited, removed].map((m) => ({
    conversation: room, seq: m.seq, rev: m.rev, id: m.id, author: anna, body: m.body ?? null, nonce: nonces.get(m.id),
    removed: m.removed_at !== undefined,
  }));
}

/** A round in which everything was kept, for `tamper` to break: `{lines, record, database, outages}`. */
function round(tamper = () => {}) {
  const script = new Script();
  const record = [];
  setUp(script);
  const messages = talk(script, record);
  const database = {
    conversations: [{ id: room, group, closed: false, removed: false }, { id: cabinet, group, closed: true, removed: false }],
    untold: 0,
    heads: [{ conversation: room, last_seq: 3, last_rev: 5 }],
    messages,
    members: [anna, ben].map((user) => ({ group, user })),
    participants: [{ conversation: cabinet, user: anna }],
  };
  const evidence = { script, lines: script.lines, record: copy(record), database, outages: [] };
  tamper(evidence);
  return evidence;
}

/** The promises that are broken after `tamper`, each with what was found. */
function broken(tamper) {
  const { lines, ...rest } = round(tamper);
  const verdict = check({ ...rest, story: tell(copy(lines)) });
  return new Map(verdict.filter(({ violations }) => violations.length > 0)
    .map(({ promise, violations }) => [promise, violations.map(({ what }) => what)]));
}

const answers = (lines, type) => lines.filter((line) => line.in?.re && line.in.type === type);
const assertCaught = (tamper, promise, what) => {
  const found = broken(tamper);
  assert.match((found.get(promise) ?? []).join('\n'), what, JSON.stringify([...found]));
};

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

/** Ben is removed; `seconds` later `happen(evidence, t)` puts something into the history. */
const afterRemoval = (seconds, happen) => (evidence) => {
  const { script, database } = evidence;
  database.members.pop();
  script.now += 1000;
  const edit = { group_id: group, members: { remove: [ben] } };
  script.ask(0, 'group/edit', edit, 'group/edited', { data: { group: groupOf(1) } });
  script.now += seconds * 1000;
  happen(evidence, script.now);
};

const hears = ({ script }, t) =>
  script.in(1, { type: 'message/created', data: { message: message(9, 9, t, { body: 'x', nonce: uuid7(t) }) } }, t + 5);

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
  test('of some length, and those of the bounded round together, kill, stop and restart every kind of process', () => {
    const bounded = boundedSeeds.flatMap((seed) => planOf(seed, boundedMs));
    for (const acts of [plan(randomFrom(9), 60_000), bounded]) {
      const done = new Set(acts.map(({ act, kind }) => `${act} ${kind}`));
      for (const kind of ['edge', 'auth', 'group', 'conversation', 'message']) {
        for (const act of ['kill', 'stop', 'restart']) assert.ok(done.has(`${act} ${kind}`), `${act} ${kind}`);
      }
      for (const kind of ['nats', 'postgres']) assert.ok(done.has(`kill ${kind}`) && done.has(`stop ${kind}`), kind);
    }
  });
});
