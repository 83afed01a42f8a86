// A history made up for the checker's tests: two members and an outsider, in which everything was kept, and what breaks it.
import assert from 'node:assert/strict';
import { check, promises } from './checker.js';
import { tell } from './story.js';
import { uuid7 } from '../e2e/support.js';

export const began = Date.parse('2026-01-01T12:00:00.000Z');
export const [anna, ben, eve, group, room, cabinet, door] = Array.from({ length: 7 }, () => uuid7(began));
export const [kept, numbers, views, leaks, typing, removed, doors, conduct] = Object.keys(promises);
export const iso = (t) => new Date(t).toISOString();
export const copy = (value) => structuredClone(value);

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

export const message = (seq, rev, at, fields) => ({
  id: uuid7(began), conversation_id: room, seq, rev, author_id: anna, created_at: iso(at), ...fields,
});

export const groupOf = (count) => ({
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
    groups: [group],
    requests: [],
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
export function broken(tamper) {
  const { lines, ...rest } = round(tamper);
  const verdict = check({ ...rest, story: tell(copy(lines)) });
  return new Map(verdict.filter(({ violations }) => violations.length > 0)
    .map(({ promise, violations }) => [promise, violations.map(({ what }) => what)]));
}

export const answers = (lines, type) => lines.filter((line) => line.in?.re && line.in.type === type);
export const assertCaught = (tamper, promise, what) => {
  const found = broken(tamper);
  assert.match((found.get(promise) ?? []).join('\n'), what, JSON.stringify([...found]));
};

/** Ben is removed; `seconds` later `happen(evidence, t)` puts something into the history. */
export const afterRemoval = (seconds, happen) => (evidence) => {
  const { script, database } = evidence;
  database.members.pop();
  script.now += 1000;
  const edit = { group_id: group, members: { remove: [ben] } };
  script.ask(0, 'group/edit', edit, 'group/edited', { data: { group: groupOf(1) } });
  script.now += seconds * 1000;
  happen(evidence, script.now);
};

export const hears = ({ script }, t) =>
  script.in(1, { type: 'message/created', data: { message: message(9, 9, t, { body: 'x', nonce: uuid7(t) }) } }, t + 5);

export const inOrder = (...acts) => (evidence) => acts.forEach((act) => act(evidence));
