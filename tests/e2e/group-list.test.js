// group/list: which groups, in which order, and finding them by the beginnings of their words.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { allPages, groupOf, people, textOf, word } from './support.js';

const ids = (groups) => groups.map((group) => group.id);

describe('group/list', () => {
  test('lists public and private groups to anyone, hidden ones to members', async () => {
    const [anna, ben, eve] = await people('anna', 'ben', 'eve');
    const mark = word();
    const made = {};
    for (const visibility of ['public', 'private', 'hidden']) {
      made[visibility] = await groupOf(anna, [ben], { name: `${mark} ${visibility}`, visibility });
    }
    const seen = async (who, data = {}) => (await who.ask('group/list', { query: mark, ...data })).groups;
    assert.deepEqual(ids(await seen(eve)), [made.private.id, made.public.id]);
    assert.deepEqual(ids(await seen(ben)), [made.hidden.id, made.private.id, made.public.id]);
    assert.deepEqual((await seen(ben)).map((g) => g.role), ['member', 'member', 'member']);
    assert.deepEqual((await seen(anna)).map((g) => g.role), ['owner', 'owner', 'owner']);
    assert.deepEqual((await seen(eve)).map((g) => g.role), ['none', 'none']);
    await eve.ask('group/join', { group_id: made.private.id });
    assert.deepEqual((await seen(eve)).map((g) => g.role), ['requested', 'none']);
    assert.deepEqual(await seen(eve, { mine: true }), [], 'a request is not a membership');
  });

  test('shows each group as group/view does', async () => {
    const [anna, eve] = await people('anna', 'eve');
    const mark = word();
    const group = await groupOf(anna, [], { name: mark, description: 'd' });
    const { groups } = await eve.ask('group/list', { query: mark });
    assert.deepEqual(groups, [(await eve.ask('group/view', { group_id: group.id })).group]);
  });

  test('with mine lists those one is a member of, and false is as if left out', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const mark = word();
    const [own, joined, other] = [
      await groupOf(ben, [], { name: `${mark} a` }), await groupOf(anna, [ben], { name: `${mark} b` }),
      await groupOf(anna, [], { name: `${mark} c` }),
    ];
    assert.deepEqual(ids((await ben.ask('group/list', { mine: true })).groups), [own.id, joined.id]);
    assert.deepEqual(ids((await ben.ask('group/list', { mine: false, query: mark })).groups), [own.id, joined.id, other.id]);
    await ben.ask('group/leave', { group_id: joined.id });
    assert.deepEqual(ids((await ben.ask('group/list', { mine: true })).groups), [own.id]);
  });

  test('is in the order of the lower-case names, then of the ids', async () => {
    const [anna] = await people('anna');
    const mark = word();
    const made = {};
    for (const name of ['b', 'A', 'C', 'a', 'B', 'a']) {
      (made[name] ??= []).push((await groupOf(anna, [], { name: `${mark} ${name}` })).id);
    }
    const { groups } = await anna.ask('group/list', { query: mark });
    const expected = [...[...made.A, ...made.a].sort(), ...[...made.b, ...made.B].sort(), ...made.C];
    assert.deepEqual(ids(groups), expected);
  });

  test('comes in pages, each group once, none left out', async () => {
    const [anna] = await people('anna');
    const mark = word();
    const made = [];
    for (let i = 0; i < 7; i += 1) made.push((await groupOf(anna, [], { name: `${mark} ${i % 3}` })).id);
    for (const limit of [1, 2, 3, 7, 200]) {
      const { all, pages } = await allPages(anna, 'group/list', { query: mark, limit }, 'groups');
      assert.deepEqual(ids(all).sort(), [...made].sort());
      assert.ok(pages >= Math.ceil(7 / limit));
    }
    const { groups, cursor } = await anna.ask('group/list', { query: mark, limit: 2 });
    assert.equal(groups.length, 2);
    const again = await anna.ask('group/list', { query: mark, limit: 2, cursor });
    assert.ok(!ids(again.groups).includes(groups[1].id));
  });

  test('ends without a cursor', async () => {
    const [anna] = await people('anna');
    const mark = word();
    await groupOf(anna, [], { name: mark });
    assert.equal((await anna.ask('group/list', { query: mark })).cursor, undefined);
    assert.deepEqual(await anna.ask('group/list', { query: word('none') }), { groups: [] });
  });

  test('gives 50 where no limit is said', async () => {
    const [anna] = await people('anna');
    const mark = word();
    for (let i = 0; i < 51; i += 1) await groupOf(anna, [], { name: mark });
    const { groups, cursor } = await anna.ask('group/list', { query: mark });
    assert.equal(groups.length, 50);
    assert.ok(cursor);
  });

  test('ends a page at 256 KiB and gives a cursor for the rest', async () => {
    const [anna] = await people('anna');
    const mark = word();
    const made = [];
    for (let i = 0; i < 70; i += 1) made.push((await groupOf(anna, [], { name: mark, description: '😀'.repeat(1000) })).id);
    const frame = await anna.request('group/list', { query: mark, limit: 200 });
    assert.ok(frame.data.groups.length < 70 && frame.data.cursor, `${frame.data.groups.length} groups`);
    assert.ok(Buffer.byteLength(textOf(frame)) <= 257 * 1024);
    const { all } = await allPages(anna, 'group/list', { query: mark, limit: 200 }, 'groups');
    assert.deepEqual(ids(all).sort(), made.sort());
  });

  test('refuses bad limits, cursors and queries', async () => {
    const [anna] = await people('anna');
    for (const limit of [0, -1, 201]) await anna.refused('group/list', { limit }, 'invalid_field', 'limit');
    for (const cursor of ['', 'made up', 'AAAA', '"', '../..']) {
      await anna.refused('group/list', { cursor }, 'invalid_field', 'cursor');
    }
    await anna.refused('group/list', { query: 'x'.repeat(81) }, 'invalid_field', 'query');
    await anna.ask('group/list', { query: '😀'.repeat(80), limit: 1 });
  });
});

describe('a query', () => {
  let anna;
  let found;
  const mark = word('z');
  before(async () => {
    [anna] = await people('anna');
    const names = {};
    for (const name of ['Apple Pie', 'apple-tart', 'pineapple', 'Äpfel über', 'C3PO 42', "100% 'quoted' \\_under"]) {
      names[(await groupOf(anna, [], { name: `${mark} ${name}` })).id] = name;
    }
    found = async (query) => {
      const { groups } = await anna.ask('group/list', { query: `${mark} ${query}` });
      return groups.map((group) => names[group.id]).sort();
    };
  });

  const rows = {
    'app': ['Apple Pie', 'apple-tart'], 'APPLE': ['Apple Pie', 'apple-tart'], 'pie app': ['Apple Pie'], 'pie tart': [],
    'tart': ['apple-tart'], 'apple tart': ['apple-tart'], 'apple-tart': ['apple-tart'], 'ple': [], 'pine': ['pineapple'],
    'äpf': ['Äpfel über'], 'ÄPFEL ÜBER': ['Äpfel über'], 'c3': ['C3PO 42'], '4': ['C3PO 42'], '2': [],
    'quoted': ["100% 'quoted' \\_under"], 'under': ["100% 'quoted' \\_under"],
    "' OR 1=1 --": [],
  };
  for (const [query, names] of Object.entries(rows)) {
    test(`finds the names in which each of its words begins a word: ${query}`, async () => {
      assert.deepEqual(await found(query), [...names].sort());
    });
  }

  for (const query of ['', ' ', '%', '_', '***', '\\', '()|&!:*']) {
    test(`without a letter or digit finds all: ${JSON.stringify(query)}`, async () => {
      assert.equal((await found(query)).length, 6);
      await anna.ask('group/list', { query, limit: 1 });
    });
  }
});
