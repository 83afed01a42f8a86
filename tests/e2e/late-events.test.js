// What a process has done and, dying, not told: another tells it. The database is changed as the statement of that
// process would have changed it, a while ago, with its row in the outbox.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { closedTalk, groupOf, people, post, talk, uuid7 } from './support.js';

const sql = (text) => execFileSync('psql', ['-qXtA', '-v', 'ON_ERROR_STOP=1', process.env.TINCAN_DATABASE_URL, '-c', text]);

/** The statement's row for changes (of `verb`) to messages of conversations, each [conversation, closed, seq, rev]. */
function leave(verb, keys) {
  const column = (i, type) => `ARRAY[${keys.map((key) => `'${key[i]}'`)}]::${type}[]`;
  return `INSERT INTO msg.outbox (id, created_at, verb, conversation_ids, closed, seqs, revs) VALUES
    ('${uuid7()}', now() - interval '1 minute', '${verb}', ${column(0, 'uuid')}, ${column(1, 'boolean')},
     ${column(2, 'bigint')}, ${column(3, 'bigint')});`;
}

/** An edit of a message that nobody has been told of. */
const edit = (room, seq, rev, body) => `
  UPDATE msg.messages SET rev = ${rev}, body = '${body}', edited_at = now()
    WHERE conversation_id = '${room.id}' AND seq = ${seq};
  UPDATE msg.heads SET last_rev = ${rev} WHERE conversation_id = '${room.id}';
  INSERT INTO msg.changes (conversation_id, rev, seq, last_seq)
    SELECT conversation_id, ${rev}, ${seq}, last_seq FROM msg.heads WHERE conversation_id = '${room.id}';`;

describe('an event that was not told in time', () => {
  test('is told to the audience under its own rev and verb, as the message is now', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const group = await groupOf(anna, [ben, cleo]);
    const room = await talk(group, anna, [ben, cleo]);
    const closed = await closedTalk(group, anna, [ben]);
    const open = await post(anna, room, 'one', [ben, cleo]);
    const secret = await post(anna, closed, 'one', [ben]);
    sql(edit(room, 1, 2, 'two') + edit(room, 1, 3, 'three') + edit(closed, 1, 2, 'hidden')
      + leave('edited', [[room.id, false, 1, 2], [closed.id, true, 1, 2], [room.id, false, 1, 3]]));

    for (const each of [anna, ben, cleo]) {
      for (const rev of [2, 3]) {
        const { message } = (await each.event('message/edited', (d) => d.message.id === open.id && d.message.rev === rev)).data;
        assert.deepEqual(message, { ...open, rev, body: 'three', edited_at: message.edited_at });
      }
    }
    for (const each of [anna, ben]) {
      const { message } = (await each.event('message/edited', (d) => d.message.id === secret.id)).data;
      assert.deepEqual([message.rev, message.body], [2, 'hidden']);
    }
    await cleo.fence();
    assert.deepEqual(cleo.unclaimed, []);
    const { conversations: [news] } = await cleo.ask('message/sync', { after: { [room.id]: 1 } });
    assert.deepEqual(news.messages.map((m) => [m.rev, m.body]), [[3, 'three']]);
  });

  test('is not told when its conversation is gone, and holds up nothing', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, anna, [ben]);
    const gone = await talk(group, anna, [ben]);
    const message = await post(anna, room, 'one', [ben]);
    await post(anna, gone, 'one', [ben]);
    await anna.ask('conversation/remove', { conversation_id: gone.id });
    await ben.event('conversation/removed');
    sql(leave('edited', [[gone.id, false, 1, 2]]) + edit(room, 1, 2, 'two') + leave('edited', [[room.id, false, 1, 2]]));
    const event = await ben.event('message/edited');
    assert.deepEqual([event.data.message.id, event.data.message.rev], [message.id, 2]);
    await ben.fence();
    assert.deepEqual(ben.unclaimed, []);
  });
});
