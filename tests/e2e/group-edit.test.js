// group/edit: what the owner may change, all or nothing, and who hears of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, groupOf, heard, people, quiet, talk, textOf, uuid7 } from './support.js';

const of = (group) => ({ group_id: group.id });
const nobody = '@nobody_of_that_name_here';

describe('group/edit', () => {
  test('changes what is named and nothing else; members and the owner\'s other connections hear it', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const phone = await connect(anna.user);
    const group = await groupOf(anna, [ben], { name: 'Old', description: 'kept' });
    await phone.event('group/created');
    const { group: edited } = await anna.ask('group/edit', { ...of(group), name: 'New' });
    assert.deepEqual(edited, { ...group, name: 'New', version: 2, member_count: 2 });
    const { role, ...seen } = edited;
    assert.deepEqual((await heard([ben, phone], 'group/edited')).group, seen);
    assert.deepEqual((await ben.ask('group/view', of(group))).group, { ...seen, role: 'member' });
    await quiet(anna, ben, phone, eve);
  });

  test('lets the version grow by one with each edit', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    for (let version = 2; version < 6; version += 1) {
      assert.equal((await anna.ask('group/edit', { ...of(group), description: `v${version}` })).group.version, version);
      assert.equal((await ben.event('group/edited')).data.group.version, version);
    }
  });

  test('by many at once is done one after another: each version is there once', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const edits = Array.from({ length: 10 }, (_, i) => anna.ask('group/edit', { ...of(group), description: `${i}` }));
    const versions = (await Promise.all(edits)).map((e) => e.group.version);
    const all = Array.from({ length: 10 }, (_, i) => i + 2);
    assert.deepEqual(versions.sort((a, b) => a - b), all);
    const heardVersions = [];
    for (let i = 0; i < 10; i += 1) heardVersions.push((await ben.event('group/edited')).data.group.version);
    assert.deepEqual(heardVersions.sort((a, b) => a - b), all);
  });

  test('can empty the description and change the visibility', async () => {
    const [anna, eve] = await people('anna', 'eve');
    const group = await groupOf(anna, [], { description: 'long' });
    const { group: edited } = await anna.ask('group/edit', { ...of(group), description: '', visibility: 'hidden' });
    assert.deepEqual([edited.description, edited.visibility], ['', 'hidden']);
    await eve.refused('group/view', of(group), 'not_found');
  });

  test('that names nothing to change is a bad request', async () => {
    const [anna] = await people('anna');
    const group = await groupOf(anna);
    for (const nothing of [{}, { name: null }, { members: {} }, { members: { add: null } }, { requests: {} }, { else: 1 }]) {
      await anna.refused('group/edit', { ...of(group), ...nothing }, 'bad_request');
    }
    assert.equal((await anna.ask('group/view', of(group))).group.version, 1);
  });

  test('is forbidden to members and outsiders who see the group; who may not see it finds nothing', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const open = await groupOf(anna, [ben]);
    for (const change of [{ name: 'x' }, { members: { add: [eve.id] } }, { members: { remove: [ben.id] } }, { owner_id: ben.id }]) {
      await ben.refused('group/edit', { ...of(open), ...change }, 'forbidden');
      await eve.refused('group/edit', { ...of(open), ...change }, 'forbidden');
    }
    const hidden = await groupOf(anna, [], { visibility: 'hidden' });
    await eve.refused('group/edit', { ...of(hidden), name: 'x' }, 'not_found');
    await eve.refused('group/edit', { group_id: uuid7(), name: 'x' }, 'not_found');
  });

  test('says first what is first wrong: format, existence, permission, who is named, conflict', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben]);
    const nowhere = { group_id: uuid7() };
    await eve.refused('group/edit', { ...nowhere, name: '' }, 'invalid_field', 'name');
    await eve.refused('group/edit', { ...nowhere, members: { add: [nobody] } }, 'not_found');
    await eve.refused('group/edit', { ...of(group), members: { add: [nobody] } }, 'forbidden');
    await anna.refused('group/edit', { ...of(group), members: { add: [ben.id, nobody] } }, 'not_found', 'members.add.1');
    await anna.refused('group/edit', { ...of(group), members: { add: [ben.id] } }, 'conflict');
  });
});

describe('members in a group/edit', () => {
  test('are added: they, the members, and the asker hear group/joined of each; they hear the edit too', async () => {
    const [anna, ben, cleo, dora, eve] = await people('anna', 'ben', 'cleo', 'dora', 'eve');
    const group = await groupOf(anna, [ben], { visibility: 'hidden' });
    const edit = { ...of(group), members: { add: [cleo.id, dora.name] } };
    const { group: edited } = await anna.ask('group/edit', edit);
    assert.deepEqual([edited.member_count, edited.version], [4, 2]);
    for (const added of [cleo, dora]) {
      const event = await heard([anna, ben, cleo, dora], 'group/joined', (d) => d.user.id === added.id);
      assert.equal(event.group.member_count, 4, 'as it is after the whole edit');
    }
    assert.equal((await heard([ben, cleo, dora], 'group/edited')).group.member_count, 4);
    await talk(group, dora, [anna, ben, cleo]);
    await quiet(anna, ben, cleo, dora, eve);
  });

  test('are removed: they, the members and the asker hear group/left, and then they hear no more', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const group = await groupOf(anna, [ben, cleo]);
    await anna.ask('group/edit', { ...of(group), members: { remove: [cleo.id] } });
    const event = await heard([anna, ben, cleo], 'group/left');
    assert.deepEqual(event, { group_id: group.id, user: cleo.ready.user });
    assert.equal((await heard([ben], 'group/edited')).group.member_count, 2);
    await talk(group, anna, [ben]);
    await quiet(anna, ben, cleo);
  });

  test('may be removed and added by one edit', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const group = await groupOf(anna, [ben]);
    const { group: edited } = await anna.ask('group/edit', { ...of(group), members: { add: [cleo.id], remove: [ben.id] } });
    assert.equal(edited.member_count, 2);
    await heard([anna, cleo], 'group/joined');
    await heard([anna, ben], 'group/left');
    await heard([cleo], 'group/edited');
    const { members } = await cleo.ask('group/view', { ...of(group), members: true });
    assert.deepEqual(members.map((m) => m.user.id).sort(), [anna.id, cleo.id].sort());
  });

  test('who are members already, or to be removed and are none, are a conflict', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben]);
    await anna.refused('group/edit', { ...of(group), members: { add: [ben.id] } }, 'conflict');
    await anna.refused('group/edit', { ...of(group), members: { remove: [eve.id] } }, 'conflict');
    await anna.refused('group/edit', { ...of(group), members: { add: [eve.id], remove: [eve.name] } }, 'conflict');
    await anna.refused('group/edit', { ...of(group), members: { remove: [anna.id] } }, 'conflict');
  });

  test('repeated in a list count once', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna);
    const { group: edited } = await anna.ask('group/edit', { ...of(group), members: { add: [ben.id, ben.name, ben.id] } });
    assert.equal(edited.member_count, 2);
    await heard([anna, ben], 'group/joined');
    await ben.event('group/edited');
    await quiet(anna, ben);
  });

  test('who do not exist are not_found, and the field says which', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    await anna.refused('group/edit', { ...of(group), members: { add: [nobody] } }, 'not_found', 'members.add.0');
    await anna.refused('group/edit', { ...of(group), members: { remove: [ben.id, uuid7()] } }, 'not_found', 'members.remove.1');
    await anna.refused('group/edit', { ...of(group), members: { add: ['ben'] } }, 'invalid_field', 'members.add.0');
  });

  test('wrong in one place change nothing anywhere', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const group = await groupOf(anna, [ben]);
    const edit = { ...of(group), name: 'New', visibility: 'hidden', members: { add: [cleo.id, ben.id] } };
    await anna.refused('group/edit', edit, 'conflict');
    assert.deepEqual((await cleo.ask('group/view', of(group))).group, { ...group, role: 'none', member_count: 2 });
    await quiet(anna, ben, cleo);
  });

  test('who asked to join may be added as well as accepted', async () => {
    const [anna, eve] = await people('anna', 'eve');
    const group = await groupOf(anna, [], { visibility: 'private' });
    await eve.ask('group/join', of(group));
    await anna.ask('group/edit', { ...of(group), members: { add: [eve.id] } });
    await eve.event('group/joined');
    assert.deepEqual((await anna.ask('group/view', { ...of(group), requests: true })).requests, []);
  });
});

describe('requests in a group/edit', () => {
  test('are accepted and refused by one edit', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const group = await groupOf(anna, [], { visibility: 'private' });
    await ben.ask('group/join', of(group));
    await cleo.ask('group/join', of(group));
    const edit = { ...of(group), requests: { accept: [ben.id], refuse: [cleo.id] } };
    assert.equal((await anna.ask('group/edit', edit)).group.member_count, 2);
    await heard([anna, ben], 'group/joined');
    assert.equal((await cleo.event('group/join-failed')).error.code, 'forbidden');
    await ben.event('group/edited');
    await quiet(ben, cleo);
  });

  test('that are none are a conflict', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben], { visibility: 'private' });
    for (const requests of [{ accept: [eve.id] }, { refuse: [eve.id] }, { accept: [ben.id] }]) {
      await anna.refused('group/edit', { ...of(group), requests }, 'conflict');
    }
    await eve.ask('group/join', of(group));
    await anna.refused('group/edit', { ...of(group), requests: { accept: [eve.id], refuse: [eve.id] } }, 'conflict');
    await quiet(eve);
  });

  test('of who does not exist are not_found', async () => {
    const [anna] = await people('anna');
    const group = await groupOf(anna, [], { visibility: 'private' });
    await anna.refused('group/edit', { ...of(group), requests: { accept: [nobody] } }, 'not_found', 'requests.accept.0');
  });
});

describe('owner_id in a group/edit', () => {
  test('hands the group over to a member', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const group = await groupOf(anna, [ben, cleo], { visibility: 'private' });
    const { group: edited } = await anna.ask('group/edit', { ...of(group), owner_id: ben.name });
    assert.deepEqual([edited.owner_id, edited.role, edited.version], [ben.id, 'member', 2]);
    assert.equal((await heard([ben, cleo], 'group/edited')).group.owner_id, ben.id);
    await anna.refused('group/edit', { ...of(group), name: 'mine?' }, 'forbidden');
    await ben.ask('group/edit', { ...of(group), name: 'His' });
    await heard([anna, cleo], 'group/edited');
    await quiet(anna, ben, cleo);
  });

  test('gives the new owner the requests, old and new', async () => {
    const [anna, ben, eve, fay] = await people('anna', 'ben', 'eve', 'fay');
    const group = await groupOf(anna, [ben], { visibility: 'private' });
    await eve.ask('group/join', of(group));
    await anna.event('group/join-requested');
    await anna.ask('group/edit', { ...of(group), owner_id: ben.id });
    await ben.event('group/edited');
    await fay.ask('group/join', of(group));
    await ben.event('group/join-requested');
    const { requests } = await ben.ask('group/view', { ...of(group), requests: true });
    assert.deepEqual(requests.map((r) => r.user.id), [eve.id, fay.id]);
    await anna.refused('group/view', { ...of(group), requests: true }, 'forbidden');
    await quiet(anna, ben);
  });

  test('may name one whom the same edit adds', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna);
    const { group: edited } = await anna.ask('group/edit', { ...of(group), owner_id: ben.id, members: { add: [ben.id] } });
    assert.deepEqual([edited.owner_id, edited.member_count], [ben.id, 2]);
    await ben.ask('group/edit', { ...of(group), name: 'Mine now' });
  });

  test('may not name an outsider, nor one whom the same edit removes, nor nobody', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const group = await groupOf(anna, [ben]);
    await anna.refused('group/edit', { ...of(group), owner_id: eve.id }, 'conflict');
    await anna.refused('group/edit', { ...of(group), owner_id: ben.id, members: { remove: [ben.id] } }, 'conflict');
    await anna.refused('group/edit', { ...of(group), owner_id: nobody }, 'not_found', 'owner_id');
    assert.equal((await ben.ask('group/view', of(group))).group.owner_id, anna.id);
  });
});

test('events of one change are the same bytes for everyone, and carry no role', async () => {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
  const group = await groupOf(anna, [ben, cleo]);
  await anna.ask('group/edit', { ...of(group), name: 'Same' });
  const frames = await Promise.all([ben, cleo].map((who) => who.event('group/edited')));
  assert.equal(textOf(frames[0]), textOf(frames[1]));
  assert.ok(!('role' in frames[0].data.group));
});
