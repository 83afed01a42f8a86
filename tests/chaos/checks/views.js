// The third promise: what each client has made of events and answers equals the database, for the conversations it
// takes part in when all is over; and so does the record, replayed from the start.
import { gather, outcome } from '../story.js';

/** Conversations as somebody knows them: the newest state seen of each message. */
export class View {
  #messages = new Map();

  apply(message) {
    const conversation = this.of(message.conversation_id);
    const known = conversation.get(message.seq);
    if (!known || known.rev <= message.rev) conversation.set(message.seq, message);
  }

  of(conversation) {
    if (!this.#messages.has(conversation)) this.#messages.set(conversation, new Map());
    return this.#messages.get(conversation);
  }
}

const messagesOf = ({ message, messages = [], conversations = [] }) =>
  [...(message ? [message] : []), ...messages, ...conversations.flatMap((c) => c.messages ?? [])];

/** What each client knows in the end, by its number. */
function clientViews(story) {
  const views = story.users.map(() => new View());
  const frames = [
    ...story.events.filter(({ type }) => type.startsWith('message/')),
    ...story.asks.filter((ask) => ask.type.startsWith('message/') && outcome(ask) === 'done')
      .map(({ c, answer, answeredAt }) => ({ c, t: answeredAt, data: answer.data })),
  ].sort((a, b) => a.t - b.t);
  for (const { c, data } of frames) for (const message of messagesOf(data)) views[c].apply(message);
  return views;
}

/** Who takes part in what, as the database has it: conversation → users. */
function audiences({ conversations, members, participants }) {
  const ofGroup = gather(members, (row) => row.group);
  const listed = gather(participants, (row) => row.conversation);
  const users = ({ id, group, closed }) => (closed ? listed.get(id) : ofGroup.get(group)) ?? [];
  return new Map(conversations.filter((c) => !c.removed).map((c) => [c.id, new Set(users(c).map((row) => row.user))]));
}

function* differences(who, view, conversation, rows) {
  const seen = view.of(conversation);
  const wrong = rows.filter((row) => {
    const m = seen.get(row.seq);
    return !m || m.rev !== row.rev || (m.body ?? null) !== row.body || (m.removed_at !== undefined) !== row.removed;
  });
  if (wrong.length > 0) {
    const pairs = wrong.slice(0, 3).map((row) => ({ row, seen: seen.get(row.seq) }));
    yield { what: `${who.name} does not equal the database`, ...who.evidence, conversation, messages: rows.length, wrong: wrong.length, pairs };
  }
  if (seen.size > rows.length) {
    yield { what: `${who.name} has messages that the database has not`, ...who.evidence, conversation, seen: seen.size, messages: rows.length };
  }
}

export function* checkViews({ story, database, record }) {
  const rows = gather(database.messages, (row) => row.conversation);
  const takingPart = audiences(database);
  const views = clientViews(story);
  const replay = new View();
  for (const { payload } of record) for (const message of messagesOf(payload.data ?? {})) replay.apply(message);
  for (const [conversation, users] of takingPart) {
    const here = rows.get(conversation) ?? [];
    yield* differences({ name: 'the record', evidence: {} }, replay, conversation, here);
    for (const [c, view] of views.entries()) {
      const who = { name: 'the final view of a client', evidence: { c, user: story.users[c] } };
      if (users.has(story.users[c])) yield* differences(who, view, conversation, here);
    }
  }
}
