// Joining, asking to join, and leaving.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, groupOf, heard, people, post, quiet, talk, until, uuid7 } from './support.js';

const of = (group) => ({ group_id: group.id });

describe('group/join on a public group', () => {
  test('makes a member at once; the members and one\'s other connections hear it, nobody else', async () => {
    const [anna, ben, cleo, eve] = await people('anna', 'ben', 'cleo', 'eve');
    const group = await groupOf(anna, [ben]);
    const phone = await connect(cleo.user);
    const answer = await cleo.ask('group/join', of(group));
    assert.equal(answer.group.role, 'member');
    assert.equal(answer.group.member_count, 3);
    assert.equal(answer.group.version, 1, 'a join leaves the version');
    assert.deepEqual(answer.user, cleo.ready.user);
    const event = await heard([anna, ben, phone], 'group/joined');
    const { role, ...group3 } = answer.group;
    assert.deepEqual(event, { group: group3, user: answer.user });
    await quiet(anna, ben, cleo, phone, eve);
  });

  test('lets one hear everything from then on, on every connection', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna);
    const room = await talk(group, anna);
    const phone = await connect(ben.user);
    await ben.ask('group/join', of(group));
    await phone.event('group/joined');
    await anna.event('group/joined');
    await post(anna, room, 'welcome', [ben, phone]);
    await post(ben, room, 'thanks', [anna, phone]);
    await quiet(anna, ben, phone);
  });

  test('twice is a conflict, for the owner too', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    await ben.refused('group/join', of(group), 'conflict');
    await anna.refused('group/join', of(group), 'conflict');
    await quiet(anna, ben);
  });

  test('by two at once makes two members', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const group = await groupOf(anna);
    await Promise.all([ben.ask('group/join', of(group)), cleo.ask('group/join', of(group))]);
    assert.equal((await anna.ask('group/view', of(group))).group.member_count, 3);
  });

  test('and group/leave by many at once leave a true member_count', async () => {
    const [anna, ...others] = await people('anna', 'b', 'c', 'd', 'e', 'f', 'g');
    const group = await groupOf(anna, others.slice(0, 3));
    const moves = others.map((who, i) => who.ask(i < 3 ? 'group/leave' : 'group/join', of(group)));
    await Promise.all(moves);
    const { members, group: now } = await anna.ask('group/view', { ...of(group), members: true });
    assert.equal(now.member_count, 4);
    assert.deepEqual(members.map((m) => m.user.id).sort(), [anna, ...others.slice(3)].map((o) => o.id).sort());
  });

  test('from two connections at once makes one member and one conflict', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const phone = await connect(ben.user);
    const group = await groupOf(anna);
    const both = await Promise.all([ben.request('group/join', of(group)), phone.request('group/join', of(group))]);
    assert.deepEqual(both.map((f) => f.type).sort(), ['group/join-failed', 'group/joined']);
    assert.equal(both.find((f) => f.error).error.code, 'conflict');
    assert.equal((await anna.ask('group/view', of(group))).group.member_count, 2);
    await anna.event('group/joined');
    await quiet(anna);
  });
});

describe('group/join on a private group', () => {
  test('asks the owner, who alone hears it', async () => {
    const [anna, ben, eve, other] = await people('anna', 'ben', 'eve', 'other');
    const phone = await connect(anna.user);
    const group = await groupOf(anna, [ben], { visibility: 'private' });
    await phone.event('group/created');
    const frame = await eve.request('group/join', of(group));
    assert.equal(frame.type, 'group/join-requested');
    assert.equal(frame.data.group.role, 'requested');
    assert.equal(frame.data.group.member_count, 2);
    assert.deepEqual(frame.data.user, eve.ready.user);
    const event = await heard([anna, phone], 'group/join-requested');
    assert.equal(event.user.id, eve.id);
    assert.equal(event.group.id, group.id);
    await quiet(anna, phone, ben, eve, other);
  });

  test('twice is a conflict, and so it is for a member', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben], { visibility: 'private' });
    await eve.ask('group/join', of(group));
    await eve.refused('group/join', of(group), 'conflict');
    await ben.refused('group/join', of(group), 'conflict');
  });

  test('gives no right to anything before it is accepted', async () => {
    const [anna, eve] = await people('anna', 'eve');
    const group = await groupOf(anna, [], { visibility: 'private' });
    const room = await talk(group, anna);
    await eve.ask('group/join', of(group));
    await eve.refused('conversation/list', of(group), 'forbidden');
    await eve.refused('conversation/create', { ...of(group), name: 'x' }, 'forbidden');
    await eve.refused('message/create', { conversation_id: room.id, body: 'x' }, 'not_found');
    await post(anna, room);
    await quiet(eve);
  });

  test('is accepted by the owner: the members and the one accepted hear group/joined', async () => {
    const [anna, ben, eve, other] = await people('anna', 'ben', 'eve', 'other');
    const group = await groupOf(anna, [ben], { visibility: 'private' });
    await eve.ask('group/join', of(group));
    await anna.event('group/join-requested');
    const { group: edited } = await anna.ask('group/edit', { ...of(group), requests: { accept: [eve.id] } });
    assert.equal(edited.member_count, 3);
    const joined = await heard([anna, ben, eve], 'group/joined');
    assert.equal(joined.user.id, eve.id);
    assert.equal((await heard([ben, eve], 'group/edited')).group.member_count, 3);
    assert.deepEqual((await anna.ask('group/view', { ...of(group), requests: true })).requests, []);
    await talk(group, eve, [anna, ben]);
    await quiet(anna, ben, eve, other);
  });

  test('is refused by the owner: the one refused, and nobody else, hears group/join-failed', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben], { visibility: 'private' });
    await eve.ask('group/join', of(group));
    await anna.event('group/join-requested');
    await anna.ask('group/edit', { ...of(group), requests: { refuse: [eve.name] } });
    const event = await eve.event('group/join-failed');
    assert.deepEqual(event.data, of(group));
    assert.equal(event.error.code, 'forbidden');
    await ben.event('group/edited');
    assert.equal((await eve.ask('group/view', of(group))).group.role, 'none');
    await quiet(anna, ben, eve);
  });

  test('may be repeated after a refusal', async () => {
    const [anna, eve] = await people('anna', 'eve');
    const group = await groupOf(anna, [], { visibility: 'private' });
    for (let i = 0; i < 2; i += 1) {
      await eve.ask('group/join', of(group));
      await anna.event('group/join-requested');
      await anna.ask('group/edit', { ...of(group), requests: { refuse: [eve.id] } });
      await eve.event('group/join-failed');
    }
  });

  test('is withdrawn by leaving, which the owner hears', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben], { visibility: 'private' });
    await eve.ask('group/join', of(group));
    await anna.event('group/join-requested');
    const answer = await eve.ask('group/leave', of(group));
    assert.deepEqual(answer, { group_id: group.id, user: eve.ready.user });
    assert.deepEqual(await heard([anna], 'group/left'), answer);
    await anna.refused('group/edit', { ...of(group), requests: { accept: [eve.id] } }, 'conflict');
    await quiet(anna, ben, eve);
  });
});

describe('group/join on a hidden group', () => {
  test('is as on one that does not exist, but for members', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben], { visibility: 'hidden' });
    const hidden = await eve.refused('group/join', of(group), 'not_found');
    assert.deepEqual(hidden, await eve.refused('group/join', { group_id: uuid7() }, 'not_found'));
    await ben.refused('group/join', of(group), 'conflict');
    await quiet(anna, ben);
  });
});

describe('when a private group with requests', () => {
  const asked = async () => {
    const [anna, eve] = await people('anna', 'eve');
    const group = await groupOf(anna, [], { visibility: 'private' });
    await eve.ask('group/join', of(group));
    await anna.event('group/join-requested');
    return { anna, eve, group };
  };

  test('turns hidden, the requests are dropped: group/join-failed, forbidden', async () => {
    const { anna, eve, group } = await asked();
    await anna.ask('group/edit', { ...of(group), visibility: 'hidden' });
    const event = await eve.event('group/join-failed');
    assert.deepEqual(event.data, of(group));
    assert.equal(event.error.code, 'forbidden');
    assert.deepEqual((await anna.ask('group/view', { ...of(group), requests: true })).requests, []);
    await quiet(anna, eve);
  });

  test('turns public, they wait on until accepted', async () => {
    const { anna, eve, group } = await asked();
    await anna.ask('group/edit', { ...of(group), visibility: 'public' });
    await quiet(eve);
    assert.equal((await anna.ask('group/view', { ...of(group), requests: true })).requests.length, 1);
    await anna.ask('group/edit', { ...of(group), requests: { accept: [eve.id] } });
    await heard([eve], 'group/joined');
  });

  test('turns public, they wait on until joined', async () => {
    const { anna, eve, group } = await asked();
    await anna.ask('group/edit', { ...of(group), visibility: 'public' });
    assert.equal((await eve.ask('group/join', of(group))).group.role, 'member');
    await heard([anna], 'group/joined');
    assert.deepEqual((await anna.ask('group/view', { ...of(group), requests: true })).requests, []);
  });
});

describe('group/leave', () => {
  test('is answered to the leaver; the others and his own connections hear it, outsiders do not', async () => {
    const [anna, ben, cleo, eve] = await people('anna', 'ben', 'cleo', 'eve');
    const phone = await connect(cleo.user);
    const group = await groupOf(anna, [ben, cleo]);
    await phone.event('group/joined');
    const answer = await cleo.ask('group/leave', of(group));
    assert.deepEqual(answer, { group_id: group.id, user: cleo.ready.user });
    assert.deepEqual(await heard([anna, ben, phone], 'group/left'), answer);
    const { group: left } = await anna.ask('group/view', of(group));
    assert.deepEqual([left.member_count, left.version], [2, 1]);
    await quiet(anna, ben, cleo, phone, eve);
  });

  test('lets one hear nothing after it, and refuses one within two seconds', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, anna, [ben]);
    const phone = await connect(ben.user);
    await ben.ask('group/leave', of(group));
    await phone.event('group/left');
    await anna.event('group/left');
    await post(anna, room, 'without ben');
    const after = async (type, data) => (await ben.request(type, data)).error?.code;
    await until(async () => await after('message/create', { conversation_id: room.id, body: 'still?' }) === 'not_found', 'refusal', 2000);
    await until(async () => await after('message/list', { conversation_id: room.id }) === 'not_found', 'refusal', 2000);
    await until(async () => await after('conversation/list', of(group)) === 'forbidden', 'refusal', 2000);
    await quiet(ben, phone);
  });

  test('is a conflict for who is not in it, where he may see it', async () => {
    const [anna, eve] = await people('anna', 'eve');
    for (const visibility of ['public', 'private']) {
      const group = await groupOf(anna, [], { visibility });
      await eve.refused('group/leave', of(group), 'conflict');
    }
    const hidden = await groupOf(anna, [], { visibility: 'hidden' });
    await eve.refused('group/leave', of(hidden), 'not_found');
    await eve.refused('group/leave', { group_id: uuid7() }, 'not_found');
  });

  test('is a conflict for the owner, who must hand over or remove it first', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    await anna.refused('group/leave', of(group), 'conflict');
    await anna.ask('group/edit', { ...of(group), owner_id: ben.id });
    await anna.ask('group/leave', of(group));
    const { members } = await ben.ask('group/view', { ...of(group), members: true });
    assert.deepEqual(members.map((m) => [m.user.id, m.role]), [[ben.id, 'owner']]);
  });

  test('and joining again makes one hear again', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, anna, [ben]);
    for (let i = 0; i < 3; i += 1) {
      await ben.ask('group/leave', of(group));
      await ben.ask('group/join', of(group));
      await post(anna, room, `round ${i}`, [ben]);
      await until(async () => !(await ben.request('message/list', { conversation_id: room.id })).error, 'access', 2000);
    }
  });

  test('of a hidden group hides it at once', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben], { visibility: 'hidden' });
    await ben.ask('group/leave', of(group));
    await ben.refused('group/view', of(group), 'not_found');
    assert.deepEqual((await ben.ask('group/list', { mine: true })).groups, []);
  });
});
