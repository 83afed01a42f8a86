// The second promise: `seq` and `rev` have no gap and no double in any conversation, neither in the database nor in
// the durable record once repeats are dropped; and the record holds each acknowledged change as what it was.
import { done, gather } from '../story.js';

/** What is missing of 1 … last, and what is beyond. */
function astray(numbers, last) {
  const present = new Set(numbers);
  const missing = [];
  for (let n = 1; n <= last; n += 1) if (!present.has(n)) missing.push(n);
  return { missing, beyond: [...present].filter((n) => n > last || n < 1) };
}

function* gaps(what, conversation, numbers, last) {
  const { missing, beyond } = astray(numbers, last);
  if (missing.length > 0) yield { what: `${what} has gaps`, conversation, last, missing: missing.slice(0, 20) };
  if (beyond.length > 0) yield { what: `${what} goes beyond the head`, conversation, last, beyond: beyond.slice(0, 20) };
}

function* inDatabase({ messages, heads }) {
  const rows = gather(messages, (row) => row.conversation);
  for (const { conversation, last_seq: lastSeq, last_rev: lastRev } of heads) {
    const here = rows.get(conversation) ?? [];
    yield* gaps('seq in the database', conversation, here.map((row) => row.seq), lastSeq);
    if (new Set(here.map((row) => row.seq)).size < here.length) yield { what: 'a seq is there twice in the database', conversation };
    for (const [rev, same] of gather(here, (row) => row.rev)) {
      if (same.length > 1) yield { what: 'a rev is there twice in the database', conversation, rev, rows: same };
    }
    const newest = here.reduce((most, row) => Math.max(most, row.rev), 0);
    if (newest !== lastRev) yield { what: 'the newest rev in the database is not the head\'s', conversation, newest, lastRev };
  }
}

/** The message events of the record by conversation, each `{verb, seq, rev, id, msgId}`. */
function recorded(record) {
  const events = record.filter(({ payload }) => payload.type.startsWith('message/'));
  return gather(events.map(({ payload, msgId }) => ({ verb: payload.type, msgId, ...payload.data.message })), (e) => e.conversation_id);
}

function* inRecord({ heads }, events) {
  for (const { conversation, last_seq: lastSeq, last_rev: lastRev } of heads) {
    const here = events.get(conversation) ?? [];
    yield* gaps('rev in the record', conversation, here.map((e) => e.rev), lastRev);
    const created = here.filter((e) => e.verb === 'message/created');
    yield* gaps('seq in the record', conversation, created.map((e) => e.seq), lastSeq);
    for (const [rev, same] of gather(here, (e) => e.rev)) {
      if (new Set(same.map((e) => `${e.verb} ${e.id} ${e.seq}`)).size > 1) {
        yield { what: 'one rev is two changes in the record', conversation, rev, events: same };
      }
    }
    const misnamed = here.find((e) => e.msgId !== `${e.id}.${e.rev}`);
    if (misnamed) yield { what: 'an event\'s Nats-Msg-Id is not <id>.<rev>', conversation, event: misnamed };
  }
}

function* acknowledgedInRecord(story, events) {
  const known = new Set();
  for (const list of events.values()) for (const e of list) known.add(`${e.verb} ${e.id} ${e.rev}`);
  for (const type of ['message/create', 'message/edit', 'message/remove']) {
    for (const { answer } of done(story, type)) {
      const { message, duplicate } = answer.data;
      if (!duplicate && !known.has(`${answer.type} ${message.id} ${message.rev}`)) {
        yield { what: 'an acknowledged change is not in the record', answer: answer.data };
      }
    }
  }
}

export function* checkNumbers({ story, database, record }) {
  const events = recorded(record);
  if (database.untold > 0) yield { what: 'the outbox has changes that are still to be told', count: database.untold };
  yield* inDatabase(database);
  yield* inRecord(database, events);
  yield* acknowledgedInRecord(story, events);
}
