// A closed conversation as large as it may be. Its people have no log-ins: they are put into the database as they are.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { connect as connectNats } from '@nats-io/transport-node';
import { groupOf, heard, people, post, until, uuid7, word } from './support.js';

/** Adds `count` new users to the group, behind the services' back, and gives their ids. */
function crowd(group, count) {
  const ids = Array.from({ length: count }, () => uuid7());
  const rows = ids.map((id) => `('${id}', '${word('u')}', 'one of many', 'none')`);
  execFileSync('psql', ['-qXv', 'ON_ERROR_STOP=1', process.env.TINCAN_DATABASE_URL], {
    input: `BEGIN;
      INSERT INTO auth.users (id, username, display_name, password) VALUES ${rows};
      INSERT INTO grp.members (group_id, user_id) VALUES ${ids.map((id) => `('${group.id}', '${id}')`)};
      UPDATE grp.groups SET member_count = member_count + ${count} WHERE id = '${group.id}';
      COMMIT;`,
  });
  return ids;
}

/** Counts events of a kind on users' own subjects. */
async function listen(kind) {
  const nats = await connectNats({ servers: process.env.TINCAN_NATS_URL });
  const heardBy = new Set();
  nats.subscribe(`tincan.event.user.*.*.${kind}`, { callback: (_, message) => heardBy.add(message.subject.split('.')[3]) });
  await nats.flush();
  return { nats, heardBy };
}

test('a conversation of a thousand is told to each of them, and its maker is answered', async () => {
  const [anna, ben] = await people('anna', 'ben');
  const group = await groupOf(anna, [ben]);
  const ids = crowd(group, 999);
  const { nats, heardBy } = await listen('conversation.created');
  try {
    const make = (participant_ids) => ({ group_id: group.id, name: 'All of us', participant_ids });
    await anna.refused('conversation/create', make([ben.id, ...ids]), 'conflict');
    const { conversation } = await anna.ask('conversation/create', make([ben.id, ...ids.slice(1)]));
    assert.equal(conversation.participant_ids.length, 1000);
    assert.deepEqual((await heard([ben], 'conversation/created')).conversation, conversation);
    await until(() => [anna.id, ben.id, ...ids.slice(1)].every((id) => heardBy.has(id)), 'everyone to be told');

    await anna.refused('conversation/edit', { conversation_id: conversation.id, participants: { add: [ids[0]] } }, 'conflict');
    const { conversation: left } = await anna.ask('conversation/edit', {
      conversation_id: conversation.id, participants: { add: [ids[0]], remove: ids.slice(1, 900) },
    });
    assert.equal(left.participant_ids.length, 102);
    await post(anna, conversation, 'still here?', [ben]);
  } finally {
    await nats.close();
  }
});
