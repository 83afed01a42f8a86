// When a client was certainly not in a group or conversation: from the answer to what ended it until somebody asked
// to let him in again. What may have been done without an answer counts as done, as long as it can be.
import { gather, outcome } from '../story.js';

// A right ends within 2 s while NATS is up, else 2 s after its return.
const graceMs = 2000;
// A removal that was done but not answered is told from the outbox: within 6 s.
const outboxMs = 6000;
// An ask is void after 5 s; a process stopped in the midst of it may be 5 s late.
const lateMs = 11_000;

/** When a right that ends at `t` has to have ended. */
export function limitOf(t, late, outages) {
  let limit = t + graceMs + (late ? outboxMs : 0);
  for (const { from, to } of outages) if (from < limit && to > t) limit = Math.max(limit, to + graceMs);
  return limit;
}

function toldOfGroups(story) {
  const marks = [];
  const put = (user, group, mark) => marks.push({ key: `${user} ${group}`, ...mark });
  for (const ask of story.asks) {
    const { type, data, answer } = ask;
    if (type === 'group/create' && answer?.data) {
      for (const user of [ask.user, ...(data.member_ids ?? [])]) put(user, answer.data.group.id, entry(ask));
    }
    if (type === 'group/edit') {
      for (const user of [...(data.members?.add ?? []), ...(data.requests?.accept ?? [])]) put(user, data.group_id, entry(ask));
      for (const user of data.members?.remove ?? []) put(user, data.group_id, exit(ask));
    }
    if (type === 'group/join' && answer?.type !== 'group/join-requested') put(ask.user, data.group_id, entry(ask));
    if (type === 'group/leave') put(ask.user, data.group_id, exit(ask));
  }
  return [...marks, ...toldOfRemovals(story, marks)];
}

/** A removed group is everybody's exit. */
function toldOfRemovals(story, marks) {
  const keys = gather([...new Set(marks.map(({ key }) => key))], (key) => key.split(' ')[1]);
  return story.asks.filter(({ type }) => type === 'group/remove').flatMap((ask) =>
    (keys.get(ask.data.group_id) ?? []).map((key) => ({ key, ...exit(ask) })));
}

function toldOfListings(story, closed, groupMarks) {
  const marks = [];
  const put = (user, conversation, mark) => marks.push({ key: `${user} ${conversation}`, ...mark });
  for (const ask of story.asks) {
    const { type, data, answer } = ask;
    if (type === 'conversation/create' && data.participant_ids && answer?.data) {
      for (const user of [ask.user, ...data.participant_ids]) put(user, answer.data.conversation.id, entry(ask));
    }
    if (type === 'conversation/edit') {
      for (const user of data.participants?.add ?? []) put(user, data.conversation_id, entry(ask));
      for (const user of data.participants?.remove ?? []) put(user, data.conversation_id, exit(ask));
    }
  }
  // Who leaves a group leaves its closed conversations.
  for (const mark of groupMarks.filter((each) => each.kind === 'exit')) {
    const { key, ...rest } = mark;
    const [user, group] = key.split(' ');
    for (const { id } of closed.get(group) ?? []) put(user, id, rest);
  }
  return marks;
}

const entry = (ask) => ({
  kind: 'entry',
  t: ask.t,
  // Refused, it never let anybody in; unanswered, it may yet.
  until: outcome(ask) === 'unknown' ? ask.t + lateMs : ask.answeredAt,
  void: outcome(ask) === 'refused',
});

const exit = (ask) => ({
  kind: 'exit',
  t: ask.answeredAt,
  // "He is not in it" is an answer too: an earlier try was done, and is told late.
  void: !(outcome(ask) === 'done' || ask.answer?.error?.code === (ask.type === 'group/remove' ? 'not_found' : 'conflict')),
  late: outcome(ask) !== 'done',
});

/** `[{from, to, limit}]`: between `limit` and `to` nothing may reach him. */
function intervals(marks, outages) {
  const sorted = marks.filter((mark) => !mark.void).sort((a, b) => a.t - b.t);
  const result = [{ from: -Infinity, limit: -Infinity, to: Infinity }];
  let settled = -Infinity;
  for (const mark of sorted) {
    const last = result.at(-1);
    if (mark.kind === 'entry') {
      settled = Math.max(settled, mark.until);
      if (last.to === Infinity) last.to = mark.t;
    } else if (last.to !== Infinity) {
      const from = Math.max(mark.t, settled);
      result.push({ from, limit: limitOf(from, mark.late, outages), to: Infinity });
    }
  }
  return result;
}

function byKey(marks, outages) {
  const lists = new Map();
  for (const mark of marks) lists.set(mark.key, [...(lists.get(mark.key) ?? []), mark]);
  return new Map([...lists].map(([key, list]) => [key, intervals(list, outages)]));
}

const always = [{ from: -Infinity, limit: -Infinity, to: Infinity }];

/**
 * What tells whether a user was outside: `group(user, group)` and `conversation(user, id)` give intervals
 * `{from, limit, to}`, outside from `from` to `to`, and reached by nothing after `limit`.
 */
export function outsideOf(story, database, outages) {
  const known = new Map(database.conversations.map((c) => [c.id, c]));
  const closed = new Map();
  for (const c of database.conversations) if (c.closed) closed.set(c.group, [...(closed.get(c.group) ?? []), c]);
  const groupMarks = toldOfGroups(story);
  const groups = byKey(groupMarks, outages);
  const listings = byKey(toldOfListings(story, closed, groupMarks), outages);
  const group = (user, id) => groups.get(`${user} ${id}`) ?? always;
  return {
    knows: (conversation) => known.has(conversation),
    group,
    conversation(user, id) {
      const { group: of, closed: isClosed } = known.get(id);
      return isClosed ? [...group(user, of), ...(listings.get(`${user} ${id}`) ?? always)] : group(user, of);
    },
  };
}
