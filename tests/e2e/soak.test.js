// Many clients doing anything to each other at once: whatever the order, every answer makes sense, and all agree at the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt } from 'node:crypto';
import { allPages, groupOf, people, talk, until, uuid7, word } from './support.js';

const any = (list) => list[randomInt(list.length)];
const expected = new Set(['conflict', 'forbidden', 'not_found', undefined]);

/** What the clients act on; others may have removed any of it meanwhile. */
function playground(clients) {
  const groups = [];
  const rooms = [];
  const user = () => any(clients).id;
  const group = () => any(groups).id;
  const room = () => any(rooms).id;
  const make = async (me, type, data, list, what) => {
    const frame = await me.request(type, data);
    if (frame.data) list.push(frame.data[what]);
    return frame;
  };
  const moves = [
    (me) => make(me, 'group/create', {
      name: word('Soak '), visibility: any(['public', 'private', 'hidden']), member_ids: [user(), user()],
    }, groups, 'group'),
    (me) => me.request('group/join', { group_id: group() }),
    (me) => me.request('group/join', { group_id: group() }),
    (me) => me.request('group/leave', { group_id: group() }),
    (me) => me.request('group/edit', { group_id: group(), members: { add: [user()] } }),
    (me) => me.request('group/edit', { group_id: group(), members: { remove: [user()] }, description: 'x' }),
    (me) => me.request('group/edit', { group_id: group(), requests: { accept: [user()] } }),
    (me) => me.request('group/edit', { group_id: group(), owner_id: user() }),
    (me) => me.request('group/edit', { group_id: group(), visibility: any(['public', 'private', 'hidden']) }),
    (me) => (randomInt(10) ? undefined : me.request('group/remove', { group_id: group() })),
    (me) => make(me, 'conversation/create', { group_id: group(), name: 'r' }, rooms, 'conversation'),
    (me) => make(me, 'conversation/create', { group_id: group(), name: 'c', participant_ids: [user()] }, rooms, 'conversation'),
    (me) => me.request('conversation/edit', { conversation_id: room(), participants: { add: [user()] } }),
    (me) => me.request('conversation/edit', { conversation_id: room(), participants: { remove: [user()] } }),
    (me) => me.request('conversation/edit', { conversation_id: room(), topic: word() }),
    (me) => (randomInt(10) ? undefined : me.request('conversation/remove', { conversation_id: room() })),
    (me) => me.request('message/create', { conversation_id: room(), body: word(), nonce: uuid7() }),
    (me) => me.request('message/create', { conversation_id: room(), body: word() }),
    (me) => me.request('message/edit', { conversation_id: room(), seq: randomInt(1, 5), body: word() }),
    (me) => me.request('message/remove', { conversation_id: room(), seq: randomInt(1, 5) }),
    (me) => me.request('group/view', { group_id: group(), members: true }),
    (me) => me.request('conversation/list', { group_id: group() }),
  ];
  return { groups, rooms, moves };
}

/** What `me` sees of a group: nothing, or its parts after checking them against each other. */
async function view(me, group) {
  const { data, error } = await me.request('group/view', { group_id: group.id, members: true });
  if (error) return error.code;
  const members = data.members.map((m) => m.user.id);
  assert.equal(data.group.member_count, members.length, 'the count is of the members');
  assert.deepEqual(data.members.filter((m) => m.role === 'owner').map((m) => m.user.id), [data.group.owner_id]);
  const { all } = await allPages(me, 'conversation/list', { group_id: group.id }, 'conversations');
  for (const { participant_ids = [] } of all) {
    for (const id of participant_ids) assert.ok(members.includes(id), 'participants are members');
  }
  return { members, group: { ...data.group, role: undefined } };
}

/** All who are in the group see the same of it, and who is not in it is in nobody's list of members. */
async function assertAgreed(clients, group) {
  const views = await Promise.all(clients.map((me) => view(me, group)));
  const inside = views.filter((each) => typeof each !== 'string');
  for (const one of inside) assert.deepEqual(one, inside[0]);
  const members = inside[0]?.members ?? [];
  assert.deepEqual(members.toSorted(), clients.filter((_, i) => typeof views[i] !== 'string').map((me) => me.id).toSorted());
}

async function inOrder(me, room) {
  const { data, error } = await me.request('message/list', { conversation_id: room.id, after: 0, limit: 200 });
  if (error) return;
  assert.deepEqual(data.messages.map((m) => m.seq), data.messages.map((_, i) => i + 1), 'no gap in seq');
  assert.equal(new Set(data.messages.map((m) => m.rev)).size, data.messages.length);
}

test('clients that do anything at once are all answered sensibly and agree at the end', async () => {
  const clients = await people('a', 'b', 'c', 'd', 'e', 'f');
  const { groups, rooms, moves } = playground(clients);
  groups.push(await groupOf(clients[0], clients.slice(1)));
  rooms.push(await talk(groups[0], clients[0], clients.slice(1)));
  const play = async (me) => {
    for (let i = 0; i < 150; i += 1) {
      const frame = await any(moves)(me);
      assert.ok(expected.has(frame?.error?.code), JSON.stringify(frame));
      if (i >= 80) await new Promise((resolve) => setTimeout(resolve, 25)); // the burst is used up
    }
  };
  await Promise.all(clients.map(play));
  await new Promise((resolve) => setTimeout(resolve, 1000)); // and fills up again
  for (const group of groups.slice(-12)) {
    // What follows a leave in the conversations may take a moment.
    let why;
    const agreed = () => assertAgreed(clients, group).then(() => true, (error) => { why = error; });
    await until(agreed, () => `all to agree on a group: ${why.message}`, 6000);
  }
  for (const room of rooms.slice(-12)) await inOrder(any(clients), room);
});
