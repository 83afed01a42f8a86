// The envelope: what is a request at all, and what is said when it is none.
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { operations } from './contract.js';
import { connect, groupOf, people, quiet, register, uuid7, word } from './support.js';

let anna;
let user;
before(async () => { user = await register('anna'); });
beforeEach(async () => { anna = await connect(user); });
afterEach(() => anna.close());

const nested = (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Sends `text` and gives the `error` that must come back with `code`. */
async function error(text, code) {
  anna.send(text);
  const frame = await anna.next(`what ${String(text).slice(0, 80)} earns`);
  const about = `${String(text).slice(0, 200)} earned ${JSON.stringify(frame)}`;
  assert.equal(frame.type, 'error', about);
  assert.equal(frame.error.code, code, about);
  return frame;
}

describe('what is not a JSON object is a bad request', () => {
  const texts = {
    'nothing at all': '', 'white space': '  ', 'half an object': '{"type":"ping"', 'half a string': '{"type":"pi',
    'two objects': '{"type":"ping"}{"type":"ping"}', 'an object and more': '{"type":"ping"} x', 'a list': '[{"type":"ping"}]',
    'a string': '"ping"', 'a number': '1', 'null': 'null', 'true': 'true', 'a bare word': 'ping',
    'single quotes': "{'type':'ping'}", 'a bare key': '{type:"ping"}', 'a trailing comma': '{"type":"ping",}',
    'a comment': '{"type":"ping"/* */}', 'a missing value': '{"type":}', 'a number with leading zeros': '{"type":"ping","x":01}',
    'a number with a plus': '{"type":"ping","x":+1}', 'NaN': '{"type":"ping","x":NaN}', 'a dot alone': '{"type":"ping","x":1.}',
    'a raw control character': '{"type":"ping","x":"a\u0001b"}', 'a raw newline in a string': '{"type":"ping","x":"a\nb"}',
    'a bad escape': '{"type":"ping","x":"\\q"}', 'a short escape': '{"type":"ping","x":"\\u12"}',
    'a list too deep': nested(10_000),
  };
  for (const [what, text] of Object.entries(texts)) {
    test(what, async () => {
      const frame = await error(text, 'bad_request');
      assert.equal(frame.re, undefined);
    });
  }
});

describe('a bad envelope is a bad request', () => {
  const frames = {
    'a Type in another case': { Type: 'group/list', id: 'a', data: {} }, 'a DATA in another case': { type: 'group/list', id: 'a', DATA: {} },
    'no type': { id: 'a', data: {} }, 'a type that is a number': { type: 5, id: 'a', data: {} },
    'a type that is null': { type: null, id: 'a', data: {} }, 'a type that is a list': { type: ['ping'], id: 'a', data: {} },
    'no id': { type: 'group/list', data: {} }, 'an id that is a number': { type: 'group/list', id: 7, data: {} },
    'an id that is null': { type: 'group/list', id: null, data: {} }, 'an id that is an object': { type: 'group/list', id: {}, data: {} },
    'an empty id': { type: 'group/list', id: '', data: {} }, 'an id of 65 characters': { type: 'group/list', id: 'x'.repeat(65), data: {} },
    'an id with a newline': { type: 'group/list', id: 'a\nb', data: {} }, 'an id with a DEL': { type: 'group/list', id: 'a\u007fb', data: {} },
    'an id with U+0000': { type: 'group/list', id: 'a\u0000b', data: {} },
    'an id with half a pair': { type: 'group/list', id: '\ud83d', data: {} },
    'a bad id of a ping': { type: 'ping', id: 5 },
  };
  for (const [what, frame] of Object.entries(frames)) {
    test(what, async () => { await error(JSON.stringify(frame), 'bad_request'); });
  }
  for (const twice of ['"type":"ping","type":"group/list","id":"a","data":{}', '"type":"ping","id":"a","id":"b"',
    '"type":"group/list","id":"a","data":{},"data":{"limit":1}']) {
    test(`a member that is there twice: ${twice}`, async () => { await error(`{${twice}}`, 'bad_request'); });
  }

  const datas = { 'no data': undefined, 'null': null, 'a list': [], 'a string': 'x', 'a number': 1, 'true': true };
  for (const [what, data] of Object.entries(datas)) {
    test(`data that is ${what}, answered with the request's id`, async () => {
      const frame = await error(JSON.stringify({ type: 'group/list', id: 'c1', data }), 'bad_request');
      assert.equal(frame.re, 'c1');
    });
  }
});

describe('an unknown type', () => {
  for (const type of ['group/destroy', 'group', 'GROUP/LIST', 'group/list ', 'pong', 'error', 'session/ready', 'group/created',
    'tincan.rpc.group.list', 'group/*', 'group/>', 'auth/verify', 'internal/x', 'x'.repeat(5000), 'å/ä', '/', 'group/list/x']) {
    test(`is said to be one: ${JSON.stringify(type.slice(0, 40))}`, async () => {
      const frame = await error(JSON.stringify({ type, id: 'c2', data: {} }), 'unknown_type');
      assert.equal(frame.re, 'c2');
    });
  }
});

describe('U+0000 and lone surrogates', () => {
  const frames = [
    '{"type":"group/create","id":"n1","data":{"name":"a\\u0000b"}}',
    '{"type":"group/create","id":"n1","data":{"name":"fine","else":"a\\u0000b"}}',
    '{"type":"group/create","id":"n1","data":{"name":"fine","a\\u0000b":1}}',
    '{"type":"group/create","id":"n1","data":{"name":"fine","else":[{"deep":["\\u0000"]}]}}',
    '{"type":"group/create","id":"n1","data":{"name":"\\ud800"}}',
    '{"type":"group/create","id":"n1","data":{"name":"\\udc00\\ud800"}}',
    '{"type":"group/create","id":"n1","data":{"name":"fine","else":"\\ud83dx"}}',
  ];
  for (const text of frames) {
    test(`in data are the request's own failure: ${text.slice(38)}`, async () => {
      anna.send(text);
      const frame = await anna.next();
      assert.deepEqual([frame.type, frame.re, frame.error?.code], ['group/create-failed', 'n1', 'bad_request']);
    });
  }

  test('outside of data are an error', async () => {
    await error('{"type":"ping","x":"\\u0000"}', 'bad_request');
    await error('{"type":"ping\\u0000"}', 'bad_request');
    await error('{"type":"ping","\\ud800":1}', 'bad_request');
  });

  test('a whole pair is a character like any', async () => {
    const group = await groupOf(anna, [], { name: 'pair \u{1f600}' });
    assert.equal(group.name, 'pair \u{1f600}');
    anna.send(`{"type":"user/view","id":"\\ud83d\\ude00","data":{"user_ids":["${anna.id}"]}}`);
    assert.equal((await anna.next()).re, '\u{1f600}');
  });
});

describe('nesting', () => {
  // The envelope is the first level, data the second.
  const deep = (levels) => `{"type":"group/view","id":"d","data":{"group_id":"${uuid7()}","else":${nested(levels - 2)}}}`;

  test('of 64 levels is read', async () => {
    anna.send(deep(64));
    assert.equal((await anna.next()).error.code, 'not_found');
  });

  test('of 65 levels and of many more is a bad request', async () => {
    for (const levels of [65, 66, 1000, 50_000]) {
      anna.send(deep(levels));
      const frame = await anna.next();
      assert.equal(frame.error?.code, 'bad_request', `${levels} levels: ${JSON.stringify(frame)}`);
      assert.ok(['error', 'group/view-response'].includes(frame.type));
    }
  });
});

describe('an id', () => {
  test('comes back as re, of up to 64 characters of any kind', async () => {
    for (const id of ['x', 'x'.repeat(64), '"quoted" \\ back', 'ünï-😀', '😀'.repeat(64), ' ', '</script>', '\u2028']) {
      anna.send({ type: 'user/view', id, data: { user_ids: [anna.id] } });
      const frame = await anna.next();
      assert.deepEqual([frame.type, frame.re], ['user/view-response', id]);
    }
  });

  test('may be used again', async () => {
    for (let i = 0; i < 2; i += 1) {
      anna.send({ type: 'group/view', id: 'again', data: { group_id: uuid7() } });
      const { re, type } = await anna.take((frame) => frame.re === 'again', 'the answer');
      assert.deepEqual([re, type], ['again', 'group/view-response']);
    }
  });

  test('of a ping comes back, and may be left out', async () => {
    anna.send({ type: 'ping', id: 'p1' });
    assert.deepEqual(await anna.next(), { type: 'pong', re: 'p1' });
    anna.send({ type: 'ping' });
    assert.deepEqual(await anna.next(), { type: 'pong' });
  });
});

describe('data', () => {
  test('with unknown fields is taken without them, in the envelope too', async () => {
    const text = JSON.stringify({
      also: { x: [1] }, type: 'group/create', id: 'u1', data: { name: word('G'), colour: 'red', deep: { a: [null] } },
    });
    anna.send(text);
    assert.equal((await anna.next()).type, 'group/created');
  });

  test('that is null for an optional field means leaving it out', async () => {
    const { group } = await anna.ask('group/create', { name: word('G'), description: null, visibility: null, member_ids: null });
    assert.equal(group.visibility, 'public');
    assert.equal(group.member_count, 1);
    await anna.ask('group/edit', { group_id: group.id, name: 'Other', description: null, visibility: null, members: null });
  });

  test('may come with any order, white space and escapes', async () => {
    anna.send(`\n{ "data" : {"group_id":"${uuid7()}"} ,\t"id":"\\u0061b", "type":"\\u0067roup\\/view"\r\n}\n`);
    const frame = await anna.next();
    assert.deepEqual([frame.type, frame.re, frame.error.code], ['group/view-response', 'ab', 'not_found']);
  });

  // Each request with a field of the wrong type: [type, good data, the fields to spoil].
  const id = uuid7();
  const rows = [
    ['group/create', { name: 'x' }, ['name', 'description', 'visibility', 'member_ids', 'member_ids.0']],
    ['group/edit', { group_id: id, name: 'x' }, ['group_id', 'name', 'description', 'visibility', 'owner_id', 'members',
      'members.add', 'members.remove', 'members.add.0', 'requests', 'requests.accept', 'requests.refuse.0']],
    ['group/list', {}, ['query', 'mine', 'limit', 'cursor']],
    ['group/view', { group_id: id }, ['group_id', 'members', 'requests', 'limit', 'cursor']],
    ['group/join', {}, ['group_id']],
    ['group/leave', {}, ['group_id']],
    ['group/remove', {}, ['group_id']],
    ['conversation/create', { group_id: id, name: 'x' }, ['group_id', 'name', 'topic', 'participant_ids', 'participant_ids.0']],
    ['conversation/edit', { conversation_id: id, name: 'x' }, ['conversation_id', 'name', 'topic', 'participants',
      'participants.add', 'participants.remove.0']],
    ['conversation/list', { group_id: id }, ['group_id', 'limit', 'cursor']],
    ['conversation/remove', {}, ['conversation_id']],
    ['conversation/type-start', {}, ['conversation_id']],
    ['conversation/type-end', {}, ['conversation_id']],
    ['message/create', { conversation_id: id, body: 'x' }, ['conversation_id', 'body', 'nonce']],
    ['message/edit', { conversation_id: id, seq: 1, body: 'x' }, ['conversation_id', 'seq', 'body', 'if_rev']],
    ['message/remove', { conversation_id: id, seq: 1 }, ['conversation_id', 'seq', 'if_rev']],
    ['message/list', { conversation_id: id }, ['conversation_id', 'before', 'after', 'limit']],
    ['message/heads', {}, ['conversation_ids', 'conversation_ids.0']],
    ['user/view', {}, ['user_ids', 'user_ids.0']],
  ];

  const spoilt = (data, path, value) => {
    const [field, next, index] = path.split('.');
    const copy = structuredClone(data);
    if (next === undefined) copy[field] = value;
    else if (next === '0') copy[field] = [value];
    else copy[field] = { [next]: index === undefined ? value : [value] };
    return copy;
  };

  // Fields in which an object is right.
  const holder = (type, field) => type.endsWith('/edit') && ['members', 'requests', 'participants'].includes(field);
  const isList = (field) => /s$|add$|remove$|accept$/.test(field);
  for (const [type, data, fields] of rows) {
    test(`of ${type} with a wrong type in any field is invalid_field and names it`, async () => {
      for (const field of fields) {
        for (const value of [5.5, { wrong: 1 }, isList(field) ? 'text' : ['a', 'b']]) {
          if (holder(type, field) && value.wrong) continue;
          await anna.refused(type, spoilt(data, field, value), 'invalid_field', field);
        }
      }
    });
  }

  const required = {
    'group/create': ['name'], 'group/edit': ['group_id'], 'group/view': ['group_id'], 'group/join': ['group_id'],
    'group/leave': ['group_id'], 'group/remove': ['group_id'], 'conversation/create': ['group_id', 'name'],
    'conversation/edit': ['conversation_id'], 'conversation/list': ['group_id'], 'conversation/remove': ['conversation_id'],
    'conversation/type-start': ['conversation_id'], 'conversation/type-end': ['conversation_id'],
    'message/create': ['conversation_id', 'body'], 'message/edit': ['conversation_id', 'seq', 'body'],
    'message/remove': ['conversation_id', 'seq'], 'message/list': ['conversation_id'],
    'message/heads': ['conversation_ids'], 'user/view': ['user_ids'],
  };
  const whole = {
    group_id: id, conversation_id: id, name: 'x', body: 'x', seq: 1, conversation_ids: [id], user_ids: [id],
  };
  for (const [type, names] of Object.entries(required)) {
    test(`of ${type} without a required field, or with null there, is invalid_field and names it`, async () => {
      for (const field of names) {
        const { [field]: _, ...rest } = whole;
        await anna.refused(type, rest, 'invalid_field', field);
        await anna.refused(type, { ...rest, [field]: null }, 'invalid_field', field);
      }
    });
  }

  test('with a malformed id is invalid_field', async () => {
    const bad = ['', 'x', id.slice(1), `${id}0`, id.replaceAll('-', ''), `{${id}}`, id.replace('-', '_'), '../../etc', '*', '>', `${id}.x`];
    for (const wrong of bad) {
      await anna.refused('group/view', { group_id: wrong }, 'invalid_field', 'group_id');
      await anna.refused('message/list', { conversation_id: wrong }, 'invalid_field', 'conversation_id');
    }
  });
});

test('every request that fails is answered by its own failure, carrying its id', async () => {
  const [asker] = await people('all');
  for (const [type, { failure }] of Object.entries(operations)) {
    if (type === 'auth/logout' || type === 'group/list') continue;
    const frame = await asker.request(type, { nothing: 'useful' });
    assert.deepEqual([frame.type, frame.error?.code], [failure, 'invalid_field'], type);
  }
  await quiet(asker);
});

test('nothing that was said here was heard by anybody else', async () => {
  const [eve] = await people('eve');
  await groupOf(anna);
  await quiet(eve);
});
