// Groups: making, viewing, removing; who may see which.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allPages, connect, groupOf, heard, people, quiet, talk, uuid7, word } from './support.js';

const nobody = '@nobody_of_that_name_here';

describe('group/create', () => {
  test('makes a public group of one, whose owner is the asker', async () => {
    const [anna] = await people('anna');
    const { group } = await anna.ask('group/create', { name: 'The Cans' });
    const { id, created_at, ...rest } = group;
    assert.deepEqual(rest, {
      version: 1, name: 'The Cans', description: '', visibility: 'public', owner_id: anna.id, member_count: 1, role: 'owner',
    });
    assert.ok(Math.abs(Date.now() - new Date(created_at)) < 60_000);
    await quiet(anna);
  });

  test('takes in the members named, by id or @name, folding repeats and ignoring oneself', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const member_ids = [ben.id, cleo.name.toUpperCase(), ben.name, ben.id, anna.id, anna.name];
    const { group } = await anna.ask('group/create', { name: 'Three', description: 'of us', visibility: 'hidden', member_ids });
    assert.equal(group.member_count, 3);
    assert.equal(group.description, 'of us');
    const { members } = await anna.ask('group/view', { group_id: group.id, members: true });
    assert.deepEqual(members.map((m) => m.user.id).sort(), [anna.id, ben.id, cleo.id].sort());
  });

  test('tells each member of himself, the creator\'s other connections, and nobody else', async () => {
    const [anna, ben, cleo, eve] = await people('anna', 'ben', 'cleo', 'eve');
    const phone = await connect(anna.user);
    const { group } = await anna.ask('group/create', { name: 'Three', member_ids: [ben.id, cleo.id] });
    const { role, ...seen } = group;
    assert.equal(role, 'owner');
    for (const one of [ben, cleo]) {
      const { data } = await one.event('group/joined');
      assert.deepEqual(data.group, seen);
      assert.equal(data.user.id, one.id);
    }
    assert.deepEqual((await phone.event('group/created')).data.group, seen);
    await quiet(anna, phone, ben, cleo, eve);
  });

  test('makes members who hear everything from then on', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, anna, [ben]);
    assert.equal(room.audience, 'group');
    await talk(group, ben, [anna]);
  });

  test('refuses names that are empty, too long, or have control characters or white space around', async () => {
    const [anna] = await people('anna');
    for (const name of ['', ' x', 'x ', '\u00a0x', 'x\u2003', '\u3000', 'x'.repeat(81), 'a\nb', 'a\tb', 'a\u007fb', 'a\u0085b', '\u001b[m']) {
      await anna.refused('group/create', { name }, 'invalid_field', 'name');
    }
    for (const name of ['x', '😀'.repeat(80), 'i n n e r', 'a\u00a0b', 'עברית', '\u200bzero', '" \\ /']) {
      assert.equal((await anna.ask('group/create', { name })).group.name, name);
    }
  });

  test('takes descriptions of up to 1000 characters with newlines and tabs, no other controls', async () => {
    const [anna] = await people('anna');
    for (const description of ['x'.repeat(1001), 'a\rb', 'a\u0007b', 'a\u0080b', 'a\u007f']) {
      await anna.refused('group/create', { name: 'x', description }, 'invalid_field', 'description');
    }
    for (const description of ['', '😀'.repeat(1000), 'a\n\tb\n', ' around ']) {
      assert.equal((await anna.ask('group/create', { name: 'x', description })).group.description, description);
    }
  });

  test('refuses other visibilities', async () => {
    const [anna] = await people('anna');
    for (const visibility of ['', 'Public', 'secret']) {
      await anna.refused('group/create', { name: 'x', visibility }, 'invalid_field', 'visibility');
    }
  });

  test('refuses members who do not exist, and makes nothing then', async () => {
    const [anna, ben] = await people('anna', 'ben');
    for (const unknown of [uuid7(), nobody]) {
      await anna.refused('group/create', { name: 'x', member_ids: [ben.id, unknown] }, 'not_found', 'member_ids.1');
    }
    assert.deepEqual((await anna.ask('group/list', { mine: true })).groups, []);
    await quiet(ben);
  });

  test('refuses what cannot be a name or an id, and lists of more than 1000', async () => {
    const [anna] = await people('anna');
    for (const bad of ['@x', '@', '@with space', `@${'x'.repeat(33)}`, 'ben', '@ü_ü_ü', '']) {
      await anna.refused('group/create', { name: 'x', member_ids: [anna.id, bad] }, 'invalid_field', 'member_ids.1');
    }
    const many = Array.from({ length: 1001 }, () => uuid7());
    await anna.refused('group/create', { name: 'x', member_ids: many }, 'invalid_field', 'member_ids');
  });
});

describe('group/view', () => {
  test('shows a public and a private group to anyone, with the asker\'s role', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    for (const visibility of ['public', 'private']) {
      const group = await groupOf(anna, [ben], { visibility });
      for (const [who, role] of [[anna, 'owner'], [ben, 'member'], [eve, 'none']]) {
        const { group: seen, ...more } = await who.ask('group/view', { group_id: group.id });
        assert.deepEqual(seen, { ...group, role, member_count: 2 });
        assert.deepEqual(more, {});
      }
    }
  });

  test('shows the role requested to who asked to join', async () => {
    const [anna, eve] = await people('anna', 'eve');
    const group = await groupOf(anna, [], { visibility: 'private' });
    await eve.ask('group/join', { group_id: group.id });
    assert.equal((await eve.ask('group/view', { group_id: group.id })).group.role, 'requested');
  });

  test('answers others about a hidden group as about one that does not exist', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben], { visibility: 'hidden' });
    assert.equal((await ben.ask('group/view', { group_id: group.id })).group.role, 'member');
    for (const lists of [{}, { members: true }, { requests: true }]) {
      const hidden = await eve.refused('group/view', { group_id: group.id, ...lists }, 'not_found');
      const nothing = await eve.refused('group/view', { group_id: uuid7(), ...lists }, 'not_found');
      assert.deepEqual(hidden, nothing);
    }
  });

  test('gives the members by when they joined, to members only', async () => {
    const [anna, ben, cleo, eve] = await people('anna', 'ben', 'cleo', 'eve');
    const group = await groupOf(anna);
    await ben.ask('group/join', { group_id: group.id });
    await cleo.ask('group/join', { group_id: group.id });
    const { members } = await cleo.ask('group/view', { group_id: group.id, members: true });
    assert.deepEqual(members.map((m) => [m.user.id, m.role]), [[anna.id, 'owner'], [ben.id, 'member'], [cleo.id, 'member']]);
    assert.deepEqual(members[1].user, ben.ready.user);
    await eve.refused('group/view', { group_id: group.id, members: true }, 'forbidden');
  });

  test('gives the requests to the owner only', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben], { visibility: 'private' });
    assert.deepEqual((await anna.ask('group/view', { group_id: group.id, requests: true })).requests, []);
    await eve.ask('group/join', { group_id: group.id });
    const { requests, members } = await anna.ask('group/view', { group_id: group.id, requests: true });
    assert.deepEqual(requests.map((r) => r.user.id), [eve.id]);
    assert.equal(members, undefined);
    await ben.refused('group/view', { group_id: group.id, requests: true }, 'forbidden');
    await eve.refused('group/view', { group_id: group.id, requests: true }, 'forbidden');
  });

  test('gives one of the two lists at a time', async () => {
    const [anna] = await people('anna');
    const group = await groupOf(anna);
    await anna.refused('group/view', { group_id: group.id, members: true, requests: true }, 'invalid_field');
    const { members } = await anna.ask('group/view', { group_id: group.id, members: true, requests: false });
    assert.equal(members.length, 1);
  });

  test('gives both lists in pages', async () => {
    const some = await people('anna', 'b', 'c', 'd', 'e', 'f');
    const [anna, ...others] = some;
    const group = await groupOf(anna, [], { visibility: 'private' });
    for (const one of others) await one.ask('group/join', { group_id: group.id });
    const asked = await allPages(anna, 'group/view', { group_id: group.id, requests: true, limit: 2 }, 'requests');
    assert.deepEqual(asked.all.map((r) => r.user.id), others.map((o) => o.id));
    assert.ok(asked.pages >= 3);
    await anna.ask('group/edit', { group_id: group.id, requests: { accept: others.map((o) => o.id) } });
    const { all, pages } = await allPages(anna, 'group/view', { group_id: group.id, members: true, limit: 2 }, 'members');
    assert.deepEqual(all.map((m) => m.user.id).sort(), some.map((s) => s.id).sort());
    assert.ok(pages >= 3);
  });

  test('refuses limits outside of 1 to 200 and cursors it never gave', async () => {
    const [anna] = await people('anna');
    const group = await groupOf(anna);
    for (const limit of [0, -1, 201, 1e9]) {
      await anna.refused('group/view', { group_id: group.id, members: true, limit }, 'invalid_field', 'limit');
    }
    await anna.refused('group/view', { group_id: group.id, members: true, cursor: 'made up' }, 'invalid_field', 'cursor');
  });
});

describe('group/remove', () => {
  test('is answered to the owner and heard by the members, his other connections, and nobody else', async () => {
    const [anna, ben, cleo, eve] = await people('anna', 'ben', 'cleo', 'eve');
    const phone = await connect(anna.user);
    const group = await groupOf(anna, [ben, cleo]);
    await phone.event('group/created');
    const answer = await anna.ask('group/remove', { group_id: group.id });
    assert.deepEqual(answer, { group_id: group.id });
    assert.deepEqual(await heard([ben, cleo, phone], 'group/removed'), answer);
    await quiet(anna, ben, cleo, phone, eve);
  });

  test('leaves nothing of the group, its conversations and messages, without events of their own', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, ben, [anna]);
    await ben.ask('message/create', { conversation_id: room.id, body: 'lost' });
    await anna.event('message/created');
    await anna.ask('group/remove', { group_id: group.id });
    await ben.event('group/removed');
    for (const who of [anna, ben]) {
      await who.refused('group/view', { group_id: group.id }, 'not_found');
      await who.refused('conversation/list', { group_id: group.id }, 'not_found');
      await who.refused('message/list', { conversation_id: room.id }, 'not_found');
      await who.refused('message/create', { conversation_id: room.id, body: 'x' }, 'not_found');
      await who.refused('conversation/create', { group_id: group.id, name: 'x' }, 'not_found');
      assert.deepEqual((await who.ask('group/list', { mine: true })).groups, []);
    }
    await quiet(anna, ben);
  });

  test('is forbidden to members and to outsiders who see it; who may not see it finds nothing', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const open = await groupOf(anna, [ben]);
    await ben.refused('group/remove', { group_id: open.id }, 'forbidden');
    await eve.refused('group/remove', { group_id: open.id }, 'forbidden');
    const hidden = await groupOf(anna, [ben], { visibility: 'hidden' });
    await ben.refused('group/remove', { group_id: hidden.id }, 'forbidden');
    await eve.refused('group/remove', { group_id: hidden.id }, 'not_found');
    await eve.refused('group/remove', { group_id: uuid7() }, 'not_found');
  });

  test('cannot be done twice', async () => {
    const [anna] = await people('anna');
    const group = await groupOf(anna);
    await anna.ask('group/remove', { group_id: group.id });
    await anna.refused('group/remove', { group_id: group.id }, 'not_found');
  });

  test('drops the requests of those who wait, telling them not_found', async () => {
    const [anna, eve] = await people('anna', 'eve');
    const group = await groupOf(anna, [], { visibility: 'private' });
    await eve.ask('group/join', { group_id: group.id });
    await anna.event('group/join-requested');
    await anna.ask('group/remove', { group_id: group.id });
    const event = await eve.event('group/join-failed');
    assert.deepEqual(event.data, { group_id: group.id });
    assert.equal(event.error.code, 'not_found');
    await quiet(anna, eve);
  });
});

test('names with the same word in them do not collide: ids tell groups apart', async () => {
  const [anna] = await people('anna');
  const name = word('Twin ');
  const [one, two] = [await groupOf(anna, [], { name }), await groupOf(anna, [], { name })];
  assert.notEqual(one.id, two.id);
});
