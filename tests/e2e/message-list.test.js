// Reading back: message/list and message/heads.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { metricsOf } from './inside.js';
import { closedTalk, connect, groupOf, people, post, register, talk, textOf, uuid7 } from './support.js';

const of = (room) => ({ conversation_id: room.id });

describe('message/list', () => {
  let anna;
  let room;
  // Ten messages, 1 to 10; the third removed, the fifth edited.
  before(async () => {
    [anna] = await people('anna');
    room = await talk(await groupOf(anna), anna);
    for (let i = 1; i <= 10; i += 1) await post(anna, room, `${i}`);
    await anna.ask('message/remove', { ...of(room), seq: 3 });
    await anna.ask('message/edit', { ...of(room), seq: 5, body: 'five' });
  });

  const rows = [
    [{}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false, 'all of a few'],
    [{ limit: 3 }, [8, 9, 10], true, 'the newest'],
    [{ limit: 10 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false, 'just all'],
    [{ before: 8, limit: 3 }, [5, 6, 7], true, 'the newest below before'],
    [{ before: 3, limit: 3 }, [1, 2], false, 'the last below before'],
    [{ before: 1 }, [], false, 'nothing below the first'],
    [{ before: 100, limit: 2 }, [9, 10], true, 'the newest below a before to come'],
    [{ after: 0, limit: 3 }, [1, 2, 3], true, 'the oldest above after'],
    [{ after: 7, limit: 3 }, [8, 9, 10], false, 'the last above after'],
    [{ after: 7, limit: 2 }, [8, 9], true, 'the oldest above after, and more'],
    [{ after: 10 }, [], false, 'nothing above the last'],
    [{ after: 1000 }, [], false, 'nothing above what is not there yet'],
    [{ after: 3, before: 8 }, [4, 5, 6, 7], false, 'what lies between'],
    [{ after: 3, before: 8, limit: 2 }, [6, 7], true, 'the newest between'],
    [{ after: 5, before: 6 }, [], false, 'nothing between neighbours'],
    [{ before: 8, after: null, limit: 1 }, [7], true, 'null as left out'],
  ];
  for (const [data, seqs, more, what] of rows) {
    test(`gives ${what}: ${JSON.stringify(data)}`, async () => {
      const answer = await anna.ask('message/list', { ...of(room), ...data });
      assert.deepEqual(answer.messages.map((m) => m.seq), seqs);
      assert.equal(answer.more, more);
    });
  }

  test('shows messages as they are now, a removed one as a tombstone, none with its nonce', async () => {
    await anna.ask('message/create', { ...of(room), body: 'eleven', nonce: uuid7() });
    const { messages } = await anna.ask('message/list', of(room));
    assert.deepEqual([messages[2].body, messages[4].body, messages[4].rev], [undefined, 'five', 12]);
    assert.ok(messages[2].removed_at && messages[4].edited_at && !messages[4].removed_at);
    assert.ok(messages.every((m) => !('nonce' in m)));
    assert.ok(messages.every((m) => m.author_id === anna.id && m.conversation_id === room.id));
  });

  test('is read once while nothing changes, and shows all that has since', async () => {
    const [ben] = await people('ben');
    const talked = await talk(await groupOf(ben), ben);
    const newest = async () => (await ben.ask('message/list', { ...of(talked), limit: 3 })).messages;
    const hits = async () => (await metricsOf('message')).get('tincan_service_pages_total{result="hit"}');
    const first = await post(ben, talked, 'one');
    const [read, before] = [await newest(), await hits()];
    assert.deepEqual(await newest(), read);
    assert.deepEqual(await newest(), read);
    assert.ok(await hits() >= before + 2);

    const edited = (await ben.ask('message/edit', { ...of(talked), seq: first.seq, body: 'uno' })).message;
    assert.deepEqual(await newest(), [edited]);
    const second = await post(ben, talked, 'two');
    assert.deepEqual(await newest(), [edited, second]);
    const removed = (await ben.ask('message/remove', { ...of(talked), seq: first.seq })).message;
    assert.deepEqual(await newest(), [removed, second]);
    await ben.ask('conversation/remove', of(talked));
    await ben.refused('message/list', { ...of(talked), limit: 3 }, 'not_found');
  });

  test('refuses numbers out of bounds', async () => {
    const [ben] = await people('ben');
    for (const limit of [0, -1, 201]) await ben.refused('message/list', { ...of(room), limit }, 'invalid_field', 'limit');
    for (const bad of [-1, 2 ** 53, 1.5]) {
      await ben.refused('message/list', { ...of(room), before: bad }, 'invalid_field', 'before');
      await ben.refused('message/list', { ...of(room), after: bad }, 'invalid_field', 'after');
    }
  });

  test('is empty in a new conversation', async () => {
    const empty = await talk(await groupOf(anna), anna);
    assert.deepEqual(await anna.ask('message/list', of(empty)), { messages: [], more: false });
  });

  test('gives 50 where no limit is said, and 200 at most', async () => {
    const author = await register('author');
    const busy = await talk(await groupOf(anna, [await connect(author)]), anna);
    const writers = await Promise.all([connect(author), connect(author), connect(author)]);
    await Promise.all(Array.from({ length: 205 }, (_, i) => post(writers[i % 3], busy, `${i}`)));
    const plain = await anna.ask('message/list', of(busy));
    assert.deepEqual([plain.messages.length, plain.messages[0].seq, plain.more], [50, 156, true]);
    const most = await anna.ask('message/list', { ...of(busy), limit: 200 });
    assert.deepEqual([most.messages.length, most.messages[0].seq, most.more], [200, 6, true]);
  });

  test('ends a page at 256 KiB and says that there is more', async () => {
    const long = await talk(await groupOf(anna), anna);
    for (let i = 0; i < 20; i += 1) await post(anna, long, '😀'.repeat(8000));
    const seqs = [];
    for (let before, more = true; more;) {
      const frame = await anna.request('message/list', { ...of(long), before, limit: 200 });
      const size = Buffer.byteLength(textOf(frame));
      assert.ok(size <= 256 * 1024 + 32_768, `a page of ${size} bytes`);
      ({ more } = frame.data);
      const page = frame.data.messages.map((m) => m.seq);
      assert.ok(page.length > 0 && page.length < 20);
      seqs.unshift(...page);
      [before] = page;
    }
    assert.deepEqual(seqs, Array.from({ length: 20 }, (_, i) => i + 1));
    const up = await anna.ask('message/list', { ...of(long), after: 0, limit: 200 });
    assert.equal(up.messages[0].seq, 1);
    assert.equal(up.more, true);
  });
});

describe('message/heads', () => {
  test('gives the last numbers of each conversation in the order asked, 0 and 0 while empty', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const [busy, empty, closed] = [await talk(group, anna, [ben]), await talk(group, anna, [ben]), await closedTalk(group, ben)];
    await post(anna, busy);
    await post(ben, busy);
    await anna.ask('message/remove', { ...of(busy), seq: 1 });
    const { heads } = await anna.ask('message/heads', { conversation_ids: [empty.id, busy.id] });
    assert.deepEqual(heads, [
      { conversation_id: empty.id, last_seq: 0, last_rev: 0 }, { conversation_id: busy.id, last_seq: 2, last_rev: 3 },
    ]);
    const all = [uuid7(), closed.id, busy.id, closed.id, empty.id, busy.id];
    const mine = await anna.ask('message/heads', { conversation_ids: all });
    assert.deepEqual(mine.heads.map((h) => h.conversation_id), [busy.id, empty.id], 'left out and folded');
    const bens = await ben.ask('message/heads', { conversation_ids: all });
    assert.deepEqual(bens.heads.map((h) => h.conversation_id), [closed.id, busy.id, empty.id]);
  });

  test('takes 1 to 500 ids', async () => {
    const [anna] = await people('anna');
    const ids = (length) => Array.from({ length }, () => uuid7());
    await anna.refused('message/heads', { conversation_ids: [] }, 'invalid_field', 'conversation_ids');
    await anna.refused('message/heads', { conversation_ids: ids(501) }, 'invalid_field', 'conversation_ids');
    assert.deepEqual(await anna.ask('message/heads', { conversation_ids: ids(500) }), { heads: [] });
  });
});
