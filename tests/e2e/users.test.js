// user/view, and naming users by @username.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { groupOf, people, uuid7 } from './support.js';

describe('user/view', () => {
  test('gives anyone the users in the order asked, by id or @name', async () => {
    const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
    const { users } = await anna.ask('user/view', { user_ids: [cleo.id, ben.name, anna.id] });
    assert.deepEqual(users, [cleo, ben, anna].map((who) => who.ready.user));
  });

  test('leaves out the unknown and folds repeats', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const { users } = await anna.ask('user/view', {
      user_ids: [uuid7(), ben.id, '@nobody_of_that_name', ben.name, anna.id, ben.id, anna.name.toUpperCase()],
    });
    assert.deepEqual(users.map((user) => user.id), [ben.id, anna.id]);
    assert.deepEqual(await anna.ask('user/view', { user_ids: [uuid7()] }), { users: [] });
  });

  test('takes 1 to 200', async () => {
    const [anna] = await people('anna');
    await anna.refused('user/view', { user_ids: [] }, 'invalid_field', 'user_ids');
    const many = (length) => Array.from({ length }, () => uuid7());
    await anna.refused('user/view', { user_ids: many(201) }, 'invalid_field', 'user_ids');
    const { users } = await anna.ask('user/view', { user_ids: [...many(199), anna.id] });
    assert.equal(users.length, 1);
  });

  test('refuses what can be neither an id nor a name', async () => {
    const [anna] = await people('anna');
    for (const bad of ['', 'anna', '@', '@ab', `@${'x'.repeat(33)}`, '@a b c', '@ünï', '@@anna', uuid7().slice(1)]) {
      await anna.refused('user/view', { user_ids: [anna.id, bad] }, 'invalid_field', 'user_ids.1');
    }
  });
});

test('@username names a user wherever one is named, in whatever case', async () => {
  const [anna, ben, cleo] = await people('anna', 'ben', 'cleo');
  const group = await groupOf(anna, [], { visibility: 'private' });
  const edit = (data) => anna.ask('group/edit', { group_id: group.id, ...data });
  await edit({ members: { add: [ben.name.toUpperCase()] } });
  await cleo.ask('group/join', { group_id: group.id });
  assert.equal((await edit({ requests: { accept: [cleo.name] } })).group.member_count, 3);
  const { conversation } = await anna.ask('conversation/create', { group_id: group.id, name: 'x', participant_ids: [ben.name] });
  assert.ok(conversation.participant_ids.includes(ben.id));
  const parts = (participants) => anna.ask('conversation/edit', { conversation_id: conversation.id, participants });
  assert.equal((await parts({ add: [cleo.name.toUpperCase()], remove: [ben.name] })).conversation.participant_ids.length, 2);
  await edit({ members: { remove: [cleo.name] } });
  assert.equal((await edit({ owner_id: ben.name })).group.owner_id, ben.id);
});

test('a name without the @ and an id with one are neither', async () => {
  const [anna, ben] = await people('anna', 'ben');
  const create = { name: 'x' };
  await anna.refused('group/create', { ...create, member_ids: [ben.user.username] }, 'invalid_field', 'member_ids.0');
  await anna.refused('group/create', { ...create, member_ids: [`@${ben.id}`] }, 'invalid_field', 'member_ids.0');
});
