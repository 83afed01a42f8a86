// What follows in other services, though they are dead when it happens: it is done when they come back. On a stack of its own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { groupOf, people, post, talk, until, use, uuid7, word } from './support.js';
import { ownStack } from './stack.js';

let stack;
before(async () => {
  stack = await ownStack({
    TINCAN_REGISTRATIONS_PER_MINUTE: '100000', TINCAN_REQUESTS_PER_S: '10000', TINCAN_REQUESTS_BURST: '10000',
  });
  use(stack.url);
});
after(() => stack?.down());

const sql = (statement) => execFileSync('psql', ['-XqtA', '-d', stack.databaseUrl, '-c', statement], { encoding: 'utf8' }).trim();
const messagesOf = (room) => Number(sql(`SELECT count(*) FROM msg.messages WHERE conversation_id = '${room.id}'`));

describe('while nobody is there to hear of it', () => {
  test('a group is removed: its conversations and their messages go when their services are back', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const [first, second] = [await talk(group, anna, [ben]), await talk(group, anna, [ben])];
    for (const room of [first, second]) await post(anna, room);
    assert.equal(messagesOf(first) + messagesOf(second), 2);

    const conversation = await stack.away('conversation');
    const message = await stack.away('message');
    await anna.ask('group/remove', { group_id: group.id });
    await conversation.back();
    await message.back();

    const left = () => Number(sql(`SELECT count(*) FROM conv.conversations WHERE group_id = '${group.id}' AND removed_at IS NULL`));
    await until(() => left() === 0, 'the conversations to go', 15_000);
    await until(() => messagesOf(first) + messagesOf(second) === 0, 'the messages to go', 15_000);
  });

  test('a conversation is removed: its messages go when their service is back', async () => {
    const [anna] = await people('anna');
    const group = await groupOf(anna, []);
    const [room, other] = [await talk(group, anna, []), await talk(group, anna, [])];
    for (const each of [room, other]) await post(anna, each);

    const message = await stack.away('message');
    await anna.ask('conversation/remove', { conversation_id: room.id });
    await message.back();
    await until(() => messagesOf(room) === 0, 'the messages to go', 15_000);
    assert.equal(messagesOf(other), 1);
  });

  test('a member leaves: he is out of the closed conversations when their service is back', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const group = await groupOf(anna, [ben, cleo]);
    const { conversation: room } = await anna.ask('conversation/create', {
      group_id: group.id, name: 'Closed', participant_ids: [ben.id, cleo.id],
    });
    const conversation = await stack.away('conversation');
    await ben.ask('group/leave', { group_id: group.id });
    await conversation.back();
    const listed = () => sql(`SELECT count(*) FROM conv.participants WHERE conversation_id = '${room.id}'`);
    await until(() => listed() === '2', 'him to be struck', 15_000);
  });
});

/** Does `work` for each item, `most` at a time. */
async function each(items, most, work) {
  const rest = [...items];
  await Promise.all(Array.from({ length: most }, async () => {
    while (rest.length > 0) await work(rest.pop());
  }));
}

describe('a long absence', () => {
  const count = 1100;
  /** Asks until it is done, for as long as a busy machine takes. Who asks twice may find it removed already. */
  const persist = (client, type, data) => until(async () => {
    const frame = await client.request(type, data, 6500);
    if (frame.error) assert.ok(['unavailable', 'not_found'].includes(frame.error.code), JSON.stringify(frame));
    return frame.error?.code === 'not_found' ? {} : frame.data;
  }, `${type} to succeed`, 20_000);
  const inThem = (groups, select) => Number(sql(`SELECT count(*) FROM ${select} AND group_id IN ('${groups.join("','")}')`));

  test('in which a thousand groups go and NATS dies, and a death in the midst of the rest: all follows', async (t) => {
    const owners = await people('anna', 'ben');
    const made = [];
    await each(Array.from({ length: count }, (_, i) => owners[i % 2]), 16, async (owner) => {
      const { group } = await persist(owner, 'group/create', { name: word('Group ') });
      const { conversation } = await persist(owner, 'conversation/create', { group_id: group.id, name: 'Talk' });
      await persist(owner, 'message/create', { conversation_id: conversation.id, body: 'x', nonce: uuid7() });
      made.push({ owner, group: group.id });
    });
    const groups = made.map(({ group }) => group);
    const conversations = () => inThem(groups, 'conv.conversations WHERE removed_at IS NULL');
    const messages = () => inThem(groups, 'msg.messages JOIN msg.heads USING (conversation_id) WHERE true');
    assert.ok(conversations() >= count && messages() === count);

    const gone = await stack.strike(['conversation', 'message']);
    await each(made, 16, ({ owner, group }) => persist(owner, 'group/remove', { group_id: group }));
    await stack.kill('nats');
    const began = performance.now();
    await gone.back('message');
    await until(() => messages() < count, 'the first messages to go', 20_000);
    await stack.kill('message'); // with much of it under way
    await gone.back('conversation');
    await until(() => conversations() === 0, () => `${conversations()} conversations to go`, 60_000);
    await until(() => messages() === 0, () => `the messages of ${messages()} conversations to go`, 60_000);
    t.diagnostic(`${count} groups: ${Math.round(performance.now() - began)} ms from the return to the last message`);
  });
});
