// Limits, on a stack of its own that is set to small ones: each is a setting, and lets the last one through and refuses
// the next one.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  Client, assertError, call, connect, groupOf, heard, logIn, quiet, register as plainRegister, talk, until,
  upgrade, url, use, uuid7, word,
} from './support.js';
import { RawSocket, Wire, frame } from './raw.js';
import { ownStack } from './stack.js';

const small = {
  frame_bytes: 8192, name: 40, description: 20, body: 50, list_items: 6, participants: 3, page: 60, big_group: 4, groups: 4,
  conversations: 3, connections: 3, requests_per_s: 20, requests_burst: 60, in_flight: 2, typing_per_s: 1, unsent_bytes: 262144,
  login_failures_name_address: 3, login_failures_name: 6, login_failures_address: 8, registrations_per_minute: 4,
};

/** Speaks the PROXY protocol; nobody else does. */
const balancer = '127.0.1.2';

// Each of 127.0.0.0/8 but the balancer's network is another address to the edge: nobody uses up another's registrations.
const address = () => `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
const register = (label = 'u', options = {}) => plainRegister(label, { from: address(), ...options });
const people = (...labels) => Promise.all(labels.map(async (label) => connect(await register(label))));

const tested = new Set();

/** A test of the limits that are named. */
function limit(names, title, run) {
  for (const name of names.split(' ')) tested.add(name);
  test(title, run);
}

const rest = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

let stack;
before(async () => {
  const settings = Object.fromEntries(Object.entries(small).map(([k, v]) => [`TINCAN_${k.toUpperCase()}`, String(v)]));
  stack = await ownStack({
    ...settings, TINCAN_ORIGINS: 'https://chat.example,http://other.example:8000', TINCAN_PROXY_FROM: `::1,${balancer}/31`,
    TINCAN_LOGIN_WORKERS: '1', TINCAN_LOGIN_QUEUE: '16',
  });
  use(stack.url);
});
after(() => stack?.down());

test('session/ready shows each limit as it is set', async () => {
  const [anna] = await people('anna');
  assert.deepEqual(anna.ready.limits, small);
});

describe('how much', () => {
  limit('frame_bytes', 'a frame may hold', async () => {
    const { token } = await register();
    const socket = await RawSocket.open(token);
    socket.write(frame('text', JSON.stringify({ type: 'ping' }).padEnd(8192)));
    assert.equal((await socket.json()).type, 'pong');
    socket.write(frame('text', JSON.stringify({ type: 'ping' }).padEnd(8193)));
    assert.equal(await socket.closeCode(), 1009);
  });

  limit('name description body', 'a name, a description, a topic and a body may hold', async () => {
    const [anna] = await people('anna');
    await anna.refused('group/create', { name: 'x'.repeat(41) }, 'invalid_field', 'name');
    await anna.refused('group/create', { name: 'x', description: 'x'.repeat(21) }, 'invalid_field', 'description');
    const group = await groupOf(anna, [], { name: '😀'.repeat(40), description: '😀'.repeat(20) });
    await anna.refused('conversation/create', { group_id: group.id, name: 'x', topic: 'x'.repeat(21) }, 'invalid_field', 'topic');
    const room = await talk(group, anna);
    await anna.refused('message/create', { conversation_id: room.id, body: 'x'.repeat(51) }, 'invalid_field', 'body');
    await anna.ask('message/create', { conversation_id: room.id, body: '😀'.repeat(50) });
  });

  limit('page list_items', 'a page and a list of ids may hold', async () => {
    const [anna] = await people('anna');
    await anna.refused('group/list', { limit: 61 }, 'invalid_field', 'limit');
    await anna.ask('group/list', { limit: 60 });
    const ids = (length) => Array.from({ length }, () => uuid7());
    await anna.refused('group/create', { name: 'x', member_ids: ids(7) }, 'invalid_field', 'member_ids');
    await anna.refused('group/create', { name: 'x', member_ids: ids(6) }, 'not_found', 'member_ids.0');
  });
});

describe('how many', () => {
  limit('groups', 'groups one may be in: one more is a conflict, by whatever way', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const groups = [];
    for (let i = 0; i < 4; i += 1) groups.push(await groupOf(anna));
    await anna.refused('group/create', { name: 'fifth' }, 'conflict');
    const bens = await groupOf(ben);
    await anna.refused('group/join', { group_id: bens.id }, 'conflict');
    await ben.refused('group/edit', { group_id: bens.id, members: { add: [anna.id] } }, 'conflict');
    await ben.refused('group/create', { name: 'x', member_ids: [anna.id] }, 'conflict');
    await anna.ask('group/remove', { group_id: groups[0].id });
    await anna.ask('group/join', { group_id: bens.id });
  });

  limit('conversations', 'conversations a group may have: one more is a conflict, until one is removed', async () => {
    const [anna] = await people('anna');
    const group = await groupOf(anna);
    const rooms = [];
    for (let i = 0; i < 3; i += 1) rooms.push(await talk(group, anna));
    await anna.refused('conversation/create', { group_id: group.id, name: 'fourth' }, 'conflict');
    await anna.ask('conversation/remove', { conversation_id: rooms[0].id });
    await talk(group, anna);
  });

  limit('participants', 'participants a closed conversation may have: one more is refused', async () => {
    const [anna, ben, cleo, dora] = await people('anna', 'ben', 'cleo', 'dora');
    const group = await groupOf(anna, [ben, cleo, dora]);
    const { conversation } = await anna.ask('conversation/create', {
      group_id: group.id, name: 'x', participant_ids: [ben.id, cleo.id],
    });
    const more = { conversation_id: conversation.id, participants: { add: [dora.id] } };
    await anna.refused('conversation/edit', more, 'conflict');
    const all = { group_id: group.id, name: 'x', participant_ids: [ben.id, cleo.id, dora.id] };
    const { error } = await anna.request('conversation/create', all);
    assert.ok(['conflict', 'invalid_field'].includes(error?.code), error?.code);
    await anna.ask('conversation/edit', { ...more, participants: { add: [dora.id], remove: [cleo.id] } });
  });

  limit('connections', 'connections a user may have: one more is 429 at the upgrade', async () => {
    const user = await register();
    const three = await Promise.all([connect(user), connect(user), connect(user)]);
    assertError(await upgrade(url(), { token: user.token }), 429, 'rate_limited');
    const other = await logIn(user, { from: address() });
    assertError(await upgrade(url(), { token: other }), 429, 'rate_limited');
    await three[0].close();
    await until(async () => (await upgrade(url(), { token: user.token, user })) instanceof Client, 'room for another', 2000);
    await three[1].fence();
  });

  limit('in_flight', 'requests at once are in flight: others wait unread, and are answered', async () => {
    const [anna] = await people('anna');
    const inFlight = async () => Number(/^tincan_edge_requests_in_flight (\d+)$/m.exec((await call('GET', '/metrics')).text)[1]);
    process.kill(stack.pid('auth'), 'SIGSTOP');
    try {
      const asked = [1, 2, 3].map(() => anna.request('user/view', { user_ids: [anna.id] }));
      anna.send({ type: 'ping' });
      await until(async () => await inFlight() >= 2, 'two to be under way');
      await call('GET', '/healthz');
      assert.equal(await inFlight(), 2);
      assert.deepEqual(anna.unclaimed, [], 'the ping behind them is not read either');
      process.kill(stack.pid('auth'), 'SIGCONT');
      assert.ok((await Promise.all(asked)).every((f) => f.data?.users.length === 1));
      await anna.event('pong');
    } finally {
      process.kill(stack.pid('auth'), 'SIGCONT');
    }
    const all = await Promise.all(Array.from({ length: 40 }, () => anna.request('user/view', { user_ids: [anna.id] })));
    assert.ok(all.every((f) => f.data?.users.length === 1));
  });

  limit('requests_per_s requests_burst', 'requests a second', async () => {
    const [anna] = await people('anna');
    const began = performance.now();
    for (let i = 0; i < 90; i += 1) anna.send({ type: 'ping' });
    let pongs = 0;
    for (let i = 0; i < 90; i += 1) if ((await anna.next()).type === 'pong') pongs += 1;
    const refill = ((performance.now() - began) / 1000) * 20 + 1;
    assert.ok(pongs >= 60 && pongs <= 60 + refill, `${pongs} were let through`);
    const { error } = anna.frames.at(-1);
    await rest(error.retry_after_ms);
    await anna.fence();
  });

  limit('typing_per_s', 'typing starts a second', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, anna, [ben]);
    const data = { conversation_id: room.id };
    for (const type of ['start', 'end', 'start', 'end', 'start']) anna.send({ type: `conversation/type-${type}`, data });
    await ben.event('conversation/type-start');
    await ben.event('conversation/type-end');
    await anna.fence();
    await quiet(anna, ben);
    await rest(1000);
    anna.send({ type: 'conversation/type-start', data });
    await ben.event('conversation/type-start');
  });
});

describe('a big group', () => {
  /** The owner, a member who listens, and so many that the group has more than `big_group`. */
  async function crowd() {
    const [owner, listener, ...rest] = await people('owner', 'listener', 'a', 'b', 'c', 'd', 'e');
    const group = await groupOf(owner, [listener, ...rest.slice(0, 4)]);
    return { owner, listener, group, inside: rest[0], outside: rest[4] };
  }

  limit('big_group', 'is one of more members than the limit', async () => {
    const [owner, listener, third, fourth, fifth] = await people('owner', 'listener', 'third', 'fourth', 'fifth');
    const group = await groupOf(owner, [listener, third]);
    assert.equal((await fourth.ask('group/join', { group_id: group.id })).group.member_count, 4);
    await heard([owner, listener, third], 'group/joined');
    assert.equal((await fifth.ask('group/join', { group_id: group.id })).group.member_count, 5);
    await heard([owner], 'group/joined');
    await quiet(owner, listener, third, fourth, fifth);
  });

  test('tells joins and leaves to the owner and the one concerned only', async () => {
    const { owner, listener, group, outside } = await crowd();
    const phone = await connect(outside.user);
    const answer = await outside.ask('group/join', { group_id: group.id });
    assert.equal(answer.group.member_count, 7);
    await heard([owner, phone], 'group/joined');
    await outside.ask('group/leave', { group_id: group.id });
    await heard([owner, phone], 'group/left');
    await quiet(owner, listener, outside, phone);
  });

  test('carries messages as any, but no typing', async () => {
    const { owner, listener, group, inside } = await crowd();
    const room = await talk(group, owner, [listener, inside]);
    inside.send({ type: 'conversation/type-start', id: 't', data: { conversation_id: room.id } });
    await inside.fence();
    await inside.ask('message/create', { conversation_id: room.id, body: 'hello' });
    await heard([owner, listener], 'message/created');
    await quiet(owner, listener, inside);
  });

  test('has its later members hear everything too', async () => {
    const { owner, group, outside } = await crowd();
    await outside.ask('group/join', { group_id: group.id });
    const room = await talk(group, owner, [outside]);
    await talk(group, outside, [owner]);
    assert.ok(room.id);
  });
});

describe('logging in', () => {
  const signIn = (username, password, from) => call('POST', '/auth/login', { json: { username, password }, from });
  const fail = async (username, from) => assertError(await signIn(username, 'not the one', from), 401, 'unauthenticated');
  const limited = async (answer) => {
    const error = assertError(await answer, 429, 'rate_limited');
    assert.ok(error.retry_after_ms > 0 && error.retry_after_ms <= 60_000, `${error.retry_after_ms}`);
    return error.retry_after_ms;
  };

  /** As if what was counted for the address had been a minute ago, but for what is left of it then. */
  const age = (from, leftMs) => execFileSync('psql', ['-qXv', 'ON_ERROR_STOP=1', stack.databaseUrl, '-c',
    `UPDATE auth.attempts SET since = now() - interval '1 minute' + interval '${leftMs} ms' WHERE what LIKE '%${from}'`]);

  limit('login_failures_name_address', 'fails so often for a name from an address, then is 429 there for the right password too', async () => {
    const [user, from] = [await register(), address()];
    for (let i = 0; i < 3; i += 1) await fail(user.username, from);
    await limited(signIn(user.username, 'not the one', from));
    await limited(signIn(user.username, user.password, from));
    assert.equal((await signIn(user.username, user.password, address())).status, 200);
    age(from, 700);
    await rest(await limited(signIn(user.username, user.password, from)));
    assert.equal((await signIn(user.username, user.password, from)).status, 200);
  });

  limit('login_failures_name', 'fails so often for a name, then is 429 from anywhere', async () => {
    const user = await register();
    for (let i = 0; i < 6; i += 1) await fail(user.username, address());
    await limited(signIn(user.username, user.password, address()));
  });

  limit('login_failures_address', 'fails so often from an address, then is 429 there for any name', async () => {
    const [user, from] = [await register(), address()];
    for (let i = 0; i < 8; i += 1) await fail(word('nobody_'), from);
    await limited(signIn(user.username, user.password, from));
    assert.equal((await signIn(user.username, user.password, address())).status, 200);
  });

  test('that succeeds is not counted', async () => {
    const [user, from] = [await register(), address()];
    for (let i = 0; i < 10; i += 1) assert.equal((await signIn(user.username, user.password, from)).status, 200);
  });

  test('is told by an X-Forwarded-For from nowhere nothing of another address', async () => {
    const [user, from] = [await register(), address()];
    const forged = (i) => ({ json: { username: user.username, password: 'not the one' }, from, headers: { 'X-Forwarded-For': `10.0.0.${i}` } });
    for (let i = 0; i < 3; i += 1) await call('POST', '/auth/login', forged(i));
    await limited(call('POST', '/auth/login', forged(9)));
  });

  limit('registrations_per_minute', 'registrations from an address are limited', async () => {
    const from = address();
    for (let i = 0; i < 4; i += 1) await register('r', { from });
    const json = { username: word('r_'), password: 'long enough' };
    await limited(call('POST', '/auth/register', { json, from }));
    assert.equal((await call('POST', '/auth/register', { json, from: address() })).status, 201);
    age(from, 700);
    await rest(await limited(call('POST', '/auth/register', { json, from })));
    assert.equal((await call('POST', '/auth/register', { json: { ...json, username: word('r_') }, from })).status, 201);
  });

  test('in a storm, more than may wait are unavailable at once, and who is signed in does not wait for them', async () => {
    const [anna] = await people('anna');
    const ends = [];
    const storm = Array.from({ length: 60 }, async () => {
      const { status, body } = await signIn(word('nobody_'), 'not the one', address());
      ends.push(status);
      if (status === 503) assert.ok(body.error.retry_after_ms > 0);
    });
    await until(() => ends.includes(503), 'the first to be turned away');
    await anna.ask('user/view', { user_ids: [anna.id] });
    assert.ok(ends.length < 60, 'while others still wait');
    await Promise.all(storm);
    const turnedAway = ends.filter((status) => status === 503).length;
    assert.ok(turnedAway >= 20 && turnedAway <= 60 - 16, `${turnedAway} were turned away`);
    assert.ok(ends.filter((status) => status === 401).length >= 16);
    assert.ok(ends.lastIndexOf(503) < ends.lastIndexOf(401), 'nobody waited to be turned away');
  });
});

describe('behind a load balancer', () => {
  const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
  const speaksFor = (client) => Buffer.concat([
    signature, Buffer.from([0x21, 0x11, 0, 15]), Buffer.from([...client.split('.').map(Number), 127, 0, 0, 1, 1, 2, 3, 4]),
    Buffer.from([0x04, 0, 0]), // a TLV that says nothing
  ]);

  async function signInBy(header, username, from = balancer) {
    const json = JSON.stringify({ username, password: 'not the one' });
    const request = `POST /auth/login HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n`
      + `Content-Length: ${json.length}\r\n\r\n${json}`;
    const wire = await Wire.open(from);
    return (await wire.write(Buffer.concat([header, Buffer.from(request)])).response()).status;
  }

  test('limits by address go by the client that it names', async () => {
    const [user, client] = [await register(), '198.51.100.7'];
    for (let i = 0; i < 3; i += 1) assert.equal(await signInBy(speaksFor(client), user.username), 401);
    assert.equal(await signInBy(speaksFor(client), user.username), 429);
    assert.equal(await signInBy(speaksFor('198.51.100.8'), user.username), 401);
  });

  test('it has to say a header, and only it may', async () => {
    const user = await register();
    const wire = await Wire.open(balancer);
    await wire.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n').end();
    assert.equal(wire.buffer.length, 0);
    assert.match(stack.log('edge'), /event=no_proxy_header peer=127\.0\.1\.2/);
    assert.equal(await signInBy(speaksFor('198.51.100.9'), user.username, '127.0.1.4'), 400);
  });
});

test('an Origin on the configured list is welcome, one that is not is 403', async () => {
  const user = await register();
  for (const Origin of ['https://chat.example', 'http://other.example:8000']) {
    await connect(user, { headers: { Origin } });
  }
  for (const Origin of ['http://chat.example:81', 'https://chat.example.evil', 'https://chat.exampl', 'http://other.example']) {
    assertError(await upgrade(url(), { token: user.token, headers: { Origin } }), 403, 'forbidden');
  }
});

// What the kernel holds for a connection is beyond what a test from outside can tell, so this one's edge is a unit test.
test('no limit is forgotten here', () => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('### Limits, the same for the edge and every service'));
  const named = [...section.matchAll(/^\| `TINCAN_([A-Z_]+)` \|/gm)].map(([, name]) => name.toLowerCase());
  const unit = readFileSync(new URL('../unit/test_websocket.c', import.meta.url), 'utf8');
  assert.match(unit, /cmocka_unit_test\(a_full_queue_is_thrown_away_but_for_a_frame_that_has_begun\)/);
  assert.deepEqual([...tested, 'unsent_bytes'].sort(), named.sort());
});
