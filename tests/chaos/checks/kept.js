// The first promise: each acknowledged create, edit and removal is in the database, once; nothing is there that
// nobody sent, and nothing twice.
import { done, gather } from '../story.js';

const place = (conversation, number) => `${conversation} ${number}`;

function* creates(story, rows) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { user, data, answer } of done(story, 'message/create')) {
    const { message, duplicate } = answer.data;
    const row = byId.get(message.id);
    const evidence = { sent: data, answer: answer.data, row };
    if (!row) yield { what: 'an acknowledged message is not in the database', ...evidence };
    else if (row.seq !== message.seq || row.conversation !== data.conversation_id) {
      yield { what: 'an acknowledged message is elsewhere in the database', ...evidence };
    } else if (row.author !== user || row.nonce !== data.nonce) {
      yield { what: 'a message was acknowledged that is another one', ...evidence };
    } else if (!duplicate && message.body !== data.body) {
      yield { what: 'a message was acknowledged with another body', ...evidence };
    } else if (row.rev < message.rev) {
      yield { what: 'the database has an older state than was acknowledged', ...evidence };
    }
  }
}

function* doubles(rows) {
  for (const [, same] of gather(rows, (row) => `${row.author} ${row.conversation} ${row.nonce}`)) {
    if (same.length > 1) yield { what: 'one nonce is there twice', rows: same };
  }
}

function* changes(story, rows) {
  const byPlace = new Map(rows.map((row) => [place(row.conversation, row.seq), row]));
  for (const type of ['message/edit', 'message/remove']) {
    for (const { data, answer } of done(story, type)) {
      const row = byPlace.get(place(data.conversation_id, data.seq));
      const { rev } = answer.data.message;
      const evidence = { sent: data, answer: answer.data, row };
      if (!row || row.rev < rev) yield { what: `an acknowledged ${type} is not in the database`, ...evidence };
      else if (type === 'message/remove' && (!row.removed || row.body !== null)) {
        yield { what: 'an acknowledged removal left its message in the database', ...evidence };
      } else if (row.rev === rev && type === 'message/edit' && row.body !== data.body) {
        yield { what: 'an acknowledged edit has another body in the database', ...evidence };
      }
    }
  }
}

/** Two acknowledged changes that claim the same number. */
function* claims(story) {
  const acknowledged = ['message/create', 'message/edit', 'message/remove'].flatMap((type) => done(story, type))
    .filter(({ answer }) => !answer.data.duplicate).map(({ answer }) => ({ type: answer.type, ...answer.data.message }));
  for (const [, same] of gather(acknowledged, (m) => place(m.conversation_id, m.rev))) {
    const claimants = new Set(same.map((m) => `${m.type} ${m.id}`));
    if (claimants.size > 1) yield { what: 'one rev was acknowledged to two changes', claims: same };
  }
}

/** Rows whose nonce nobody sent, whose body nobody wrote, or that nobody removed. */
function* inventions(story, rows) {
  const sent = new Set();
  for (const { user, type, data } of story.asks) {
    if (type === 'message/create') sent.add(`${user} ${data.conversation_id} ${data.nonce}`).add(`${data.nonce} ${data.body}`);
    if (type === 'message/edit') sent.add(`${place(data.conversation_id, data.seq)} ${data.body}`);
    if (type === 'message/remove') sent.add(place(data.conversation_id, data.seq));
  }
  for (const row of rows) {
    const at = place(row.conversation, row.seq);
    if (!sent.has(`${row.author} ${row.conversation} ${row.nonce}`)) yield { what: 'nobody sent this message', row };
    else if (row.removed && !sent.has(at)) yield { what: 'nobody removed this message', row };
    else if (!row.removed && !sent.has(`${row.nonce} ${row.body}`) && !sent.has(`${at} ${row.body}`)) {
      yield { what: 'nobody wrote this body', row };
    }
  }
}

/** Each edit or removal that was meant was done once, as often as it was tried: the record counts the changes. */
function* repeats(story, record) {
  const intents = gather(
    story.asks.filter(({ type }) => type === 'message/edit' || type === 'message/remove'),
    ({ data }) => place(data.conversation_id, data.seq),
  );
  const changed = record.filter(({ payload }) => /^message\/(edited|removed)$/.test(payload.type));
  for (const [at, events] of gather(changed, ({ payload: { data: { message: m } } }) => place(m.conversation_id, m.seq))) {
    const revs = new Set(events.map(({ payload }) => payload.data.message.rev));
    const meant = new Set((intents.get(at) ?? []).map(({ type, data }) => `${type} ${data.if_rev} ${data.body}`));
    if (revs.size > meant.size) yield { what: 'a message was changed more often than anybody meant', at, revs: [...revs], meant: [...meant] };
  }
}

export function* checkKept({ story, database, record }) {
  const rows = database.messages;
  yield* creates(story, rows);
  yield* doubles(rows);
  yield* changes(story, rows);
  yield* claims(story);
  yield* inventions(story, rows);
  yield* repeats(story, record);
}
