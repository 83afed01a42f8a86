// The client library against a real stack, over a line that loses, doubles and delays.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { Client, Conversation, logIn, register as registerAt, uuid7 } from '../../edge/web/tincan.js';
import { operations } from './contract.js';
import { meddledLine } from './line.js';
import { connect, groupOf, people, post, register, talk, until, url, within, word } from './support.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const backoffMs = [20, 200];
const open = new Set();
afterEach(() => {
  for (const each of open) each.close();
  open.clear();
});

async function clientOf(user, line = meddledLine()) {
  const client = new Client(url(), user.token, { WebSocket: line.Socket, backoffMs });
  open.add(client);
  await client.connect();
  return client;
}

async function viewOf(client, room) {
  const view = new Conversation(client, room.id);
  open.add(view);
  await view.open();
  return view;
}

/** Anna at the library, Ben at a plain connection, in one conversation. */
async function scene(before = 0) {
  const anna = await register('anna');
  const [ben] = await people('ben');
  const room = await talk(await groupOf(ben, [], { member_ids: [anna.id] }), ben);
  for (let i = 1; i <= before; i += 1) await post(ben, room, `old ${i}`);
  const line = meddledLine();
  const client = await clientOf(anna, line);
  return { anna, ben, room, line, client, view: await viewOf(client, room) };
}

const bodies = (view) => view.messages.map((message) => message.body);
const shows = (view, expected) =>
  until(() => JSON.stringify(bodies(view)) === JSON.stringify(expected), () => `${expected}, not ${bodies(view)}`);
const next = (target, type, where = () => true) => within(new Promise((resolve) => {
  const listener = ({ detail }) => {
    if (!where(detail)) return;
    target.removeEventListener(type, listener);
    resolve(detail);
  };
  target.addEventListener(type, listener);
}), `${type}`);

describe('an account', () => {
  test('is registered and logged in to', async () => {
    const account = { username: word('u'), password: 'long enough' };
    const { user, token } = await registerAt(url(), account);
    assert.equal(user.username, account.username);
    const again = await logIn(url(), account);
    assert.notEqual(again.token, token);
    const client = await clientOf(again);
    assert.equal(client.session.user.id, user.id);
    await client.logOut();
    assert.equal(client.state, 'closed');
    await assert.rejects(new Client(url(), again.token, { WebSocket: meddledLine().Socket }).connect(), { code: 'unauthenticated' });
  });

  test('is refused with the code and the field', async () => {
    await assert.rejects(registerAt(url(), { username: 'x', password: 'long enough' }), { code: 'invalid_field', field: 'username' });
    await assert.rejects(logIn(url(), { username: word('u'), password: 'long enough' }), { code: 'unauthenticated' });
    await assert.rejects(logIn('http://127.0.0.1:1', {}), { code: 'unavailable' });
  });
});

describe('a request', () => {
  test('gives the data of its answer, and others see it happen', async () => {
    const { client, room } = await scene();
    const other = await connect(client.session.user, { token: (await register()).token });
    const created = next(client, 'group/created');
    const { group } = await client.request('group/create', { name: 'Here' });
    assert.equal((await created).group.id, group.id);
    assert.deepEqual((await client.all('conversation/list', { group_id: room.group_id }, 'conversations')).map((c) => c.id), [room.id]);
    await other.close();
  });

  test('rejects with the code and the field', async () => {
    const { client } = await scene();
    await assert.rejects(client.request('group/create', { name: '' }), { name: 'TincanError', code: 'invalid_field', field: 'name' });
    await assert.rejects(client.request('group/create', { name: 'x'.repeat(200_000) }), { code: 'too_large' });
    client.close();
    await assert.rejects(client.request('group/list'), { code: 'unavailable' });
  });

  test('that is too early is said again when it may be', async () => {
    const { client } = await scene();
    const all = await Promise.all(Array.from({ length: 200 }, () => client.request('user/view', { user_ids: [client.session.user.id] })));
    assert.equal(all.filter(({ users }) => users.length === 1).length, 200);
  });
});

describe('what happens', () => {
  test('can be iterated over, and the iteration ends with the client', async () => {
    const { ben, room, client } = await scene();
    const events = client.events('message/created', 'message/removed');
    await post(ben, room, 'one');
    await ben.ask('conversation/edit', { conversation_id: room.id, topic: 'not asked for' });
    await ben.ask('message/remove', { conversation_id: room.id, seq: 1 });
    const first = await events.next();
    assert.equal(first.value.data.message.body, 'one');
    assert.equal(first.value.own, false);
    assert.equal((await events.next()).value.type, 'message/removed');
    const end = events.next();
    client.close();
    assert.deepEqual(await end, { value: undefined, done: true });
  });
});

describe('a connection', () => {
  /** A server that only accepts, and a client of it. */
  async function fake() {
    const serving = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(serving, 'listening');
    const client = new Client(`http://127.0.0.1:${serving.address().port}`, 'token', { WebSocket: meddledLine().Socket, backoffMs: [10, 40] });
    open.add({ close: () => { client.close(); serving.close(); } });
    return { serving, client };
  }

  for (const code of [1001, 1011, 4000, 4001, 4002, 4003]) {
    test(`closed with ${code} is opened again, later each time`, async () => {
      const { serving, client } = await fake();
      const delays = [];
      client.addEventListener('state', ({ detail: { state } }) => { if (state === 'waiting') delays.push(client.retryAt - Date.now()); });
      client.connect().catch(() => {});
      serving.on('connection', (socket) => socket.close(code));
      await until(() => delays.length >= 6, 'six delays');
      assert.ok(delays[0] <= 15 && delays[5] >= 15 && delays[5] <= 60, `${delays}`);
      assert.ok(new Set(delays.map((ms) => ms.toFixed(6))).size > 1);
    });
  }

  for (const code of [1000, 4500, 4501]) {
    test(`closed with ${code} stays closed`, async () => {
      const { serving, client } = await fake();
      const refused = assert.rejects(client.connect(), { code: 'unauthenticated' });
      (await once(serving, 'connection'))[0].close(code);
      await refused;
      assert.equal(client.state, 'closed');
    });
  }

  test('offers the token, never in the address', async () => {
    const { serving, client } = await fake();
    client.connect().catch(() => {});
    const [, request] = await once(serving, 'connection');
    assert.equal(request.url, '/ws');
    assert.equal(request.headers['sec-websocket-protocol'], 'tincan.v1,tincan.token.token');
  });
});

describe('a conversation', () => {
  test('loads its newest messages, and older ones until there are no more', async () => {
    const { view } = await scene(95);
    const all = Array.from({ length: 95 }, (_, i) => `old ${i + 1}`);
    assert.deepEqual(bodies(view), all.slice(45));
    assert.equal(view.more, true);
    await Promise.all([view.older(), view.older()]);
    assert.deepEqual(bodies(view), all);
    assert.equal(view.more, false);
  });

  test('of which one knows nothing is not_found', async () => {
    const { client } = await scene();
    await assert.rejects(new Conversation(client, uuid7()).open(), { code: 'not_found' });
  });

  test('follows creates, edits and removals, its own too', async () => {
    const { ben, room, view } = await scene();
    await post(ben, room, 'one');
    await view.send('two');
    await shows(view, ['one', 'two']);
    await ben.ask('message/edit', { conversation_id: room.id, seq: 1, body: 'ONE' });
    await view.edit(2, 'TWO');
    await shows(view, ['ONE', 'TWO']);
    await view.remove(2);
    await shows(view, ['ONE', undefined]);
    assert.equal(view.rev, 5);
    await assert.rejects(view.edit(1, 'not mine'), { code: 'forbidden' });
  });

  test('asks for what the line has lost', async () => {
    const { ben, room, line, view } = await scene();
    line.hear = (frame, pass) => { if (frame.data?.message?.body !== 'lost') pass(); };
    await post(ben, room, 'one');
    await post(ben, room, 'lost');
    await shows(view, ['one']);
    line.hear = (_, pass) => pass();
    await post(ben, room, 'three');
    await shows(view, ['one', 'lost', 'three']);
    assert.equal(view.rev, 3);
  });

  test('takes each change once, in whatever order they come', async () => {
    const { ben, room, line, view } = await scene();
    const held = [];
    const syncs = [];
    line.hear = (frame, pass) => { if (frame.data?.message) held.push(pass); else pass(); };
    line.say = (frame, pass) => { if (frame.type === 'message/sync') syncs.push(frame); pass(); };
    await post(ben, room, 'one');
    await post(ben, room, 'two');
    await ben.ask('message/edit', { conversation_id: room.id, seq: 1, body: 'ONE' });
    await until(() => held.length === 3, 'three events');
    for (const pass of [...held].reverse()) { pass(); pass(); }
    await shows(view, ['ONE', 'two']);
    assert.equal(view.rev, 3);
    assert.deepEqual(syncs, [], 'no gap is left to ask for');
  });

  test('shows an old message as it is now, though its change came before it', async () => {
    const { ben, room, line, view } = await scene(60);
    let deliver;
    line.hear = (frame, pass) => { if (frame.type === 'message/list-response') deliver = pass; else pass(); };
    const older = view.older();
    await until(() => deliver, 'the older page');
    await ben.ask('message/edit', { conversation_id: room.id, seq: 3, body: 'newer' });
    await until(() => view.rev === 61, 'the edit');
    deliver();
    await older;
    assert.equal(view.messages.find((message) => message.seq === 3).body, 'newer');
  });

  test('is gone with its conversation, and comes back with oneself', async () => {
    const { anna, ben, room, view } = await scene(1);
    await ben.ask('group/edit', { group_id: room.group_id, members: { remove: [anna.id] } });
    await until(() => view.gone, 'the end');
    await ben.ask('group/edit', { group_id: room.group_id, members: { add: [anna.id] } });
    await until(() => !view.gone && view.loaded, 'the return');
    await ben.ask('conversation/remove', { conversation_id: room.id });
    await until(() => view.gone, 'the end');
  });
});

describe('a message sent', () => {
  /** Every state that a reader of the view saw: never the same text twice. */
  function watch(view, body) {
    const doubles = [];
    view.addEventListener('change', () => {
      const seen = [...view.messages, ...view.pending].filter((each) => each.body === body).length;
      if (seen > 1) doubles.push(seen);
    });
    return doubles;
  }

  test('is shown at once, and settles', async () => {
    const { ben, view } = await scene();
    const sent = view.send('hello');
    assert.deepEqual(view.pending.map(({ body, state }) => [body, state]), [['hello', 'sending']]);
    const message = await sent;
    assert.deepEqual(view.pending, []);
    assert.equal(message.seq, 1);
    assert.equal((await ben.event('message/created')).data.message.id, message.id);
  });

  test('whose answer is lost with the connection is one message, and is never seen twice', async () => {
    const { line, ben, view } = await scene();
    const doubles = watch(view, 'once');
    line.hear = (frame, pass) => {
      if (frame.type !== 'message/created') return pass();
      line.hear = (_, go) => go();
      return line.cut();
    };
    const message = await view.send('once');
    assert.equal(message.seq, 1);
    assert.equal(line.opened, 2);
    await post(ben, { id: view.id }, 'after');
    await shows(view, ['once', 'after']);
    assert.deepEqual(doubles, []);
    assert.deepEqual(view.pending, []);
  });

  test('while there is no connection is sent afterwards, in order', async () => {
    const { client, line, ben, view } = await scene();
    const waiting = next(client, 'state', ({ state }) => state === 'waiting');
    line.cut();
    await waiting;
    const all = ['a', 'b', 'c', 'd'];
    const sent = all.map((body) => view.send(body));
    assert.equal(view.pending.length, 4);
    await post(ben, { id: view.id }, 'meanwhile');
    await Promise.all(sent);
    await shows(view, ['meanwhile', ...all]);
  });

  test('that is refused stays, to be sent again or given up', async () => {
    const { view } = await scene();
    await assert.rejects(view.send('x'.repeat(8001)), { code: 'invalid_field', field: 'body' });
    const [{ nonce, state, error }] = view.pending;
    assert.equal(state, 'failed');
    assert.equal(error.field, 'body');
    view.retry(nonce);
    assert.equal(view.pending[0].state, 'sending');
    await until(() => view.pending[0].state === 'failed', 'the second refusal');
    await view.send('the next one is not held up');
    view.discard(nonce);
    assert.deepEqual(view.pending, []);
  });

  test('under a nonce of long ago gets a new one', async () => {
    const { view } = await scene();
    assert.equal((await view.send('late', { nonce: uuid7(Date.now() - 2 * 86_400_000) })).body, 'late');
  });
});

describe('typing', () => {
  test('is seen, ends by itself, with the message, and with the connection', async () => {
    const { anna, ben, client, line, view } = await scene();
    view.typed();
    view.typed();
    const { data } = await ben.event('conversation/type-start');
    assert.equal(data.user_id, anna.id);
    await ben.event('conversation/type-end', undefined, 10_000);
    view.typed();
    await ben.event('conversation/type-start');
    await view.send('there');
    await ben.event('conversation/type-end');
    ben.send({ type: 'conversation/type-start', data: { conversation_id: view.id } });
    await until(() => view.typing[0] === ben.id, 'Ben to type');
    ben.send({ type: 'conversation/type-end', data: { conversation_id: view.id } });
    await until(() => view.typing.length === 0, 'Ben to end');
    ben.send({ type: 'conversation/type-start', data: { conversation_id: view.id } });
    await until(() => view.typing.length === 1, 'Ben to type');
    const lost = next(client, 'state', ({ state }) => state === 'waiting');
    line.cut();
    await lost;
    assert.deepEqual(view.typing, []);
  });
});

describe('the page of types', () => {
  test('fits the library, and the example that uses it', () => {
    const tsc = join(root, 'tests/node_modules/typescript/bin/tsc');
    const options = '--noEmit --strict --target es2022 --module nodenext --lib es2022,dom,dom.asynciterable'.split(' ');
    const check = () => execFileSync(process.execPath, [tsc, ...options, 'tests/e2e/library-types.ts'], { cwd: root, stdio: 'pipe' });
    assert.doesNotThrow(check, (error) => { throw new Error(`${error.stdout}`); });
  });

  test('knows every request', async () => {
    const { readFileSync } = await import('node:fs');
    const text = readFileSync(join(root, 'edge/web/tincan.d.ts'), 'utf8');
    const requests = text.slice(text.indexOf('interface Requests'), text.indexOf('export interface Changes'));
    const named = [...requests.matchAll(/^ {2}'([a-z/-]+)': \[/gm)].map(([, name]) => name);
    const answered = Object.entries(operations).filter(([, { answers }]) => answers.length > 0).map(([name]) => name);
    assert.deepEqual(named.sort(), answered.sort());
  });
});

describe('the terminal chat of the examples', () => {
  test('shows what is said, and says what is typed', async () => {
    const { anna, ben, room } = await scene(2);
    const args = [join(root, 'docs/examples/talk.mjs'), url(), anna.username, anna.password, room.id];
    const chat = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    chat.stdout.on('data', (data) => { said += data; });
    const ended = once(chat, 'exit');
    await until(() => said.includes(`2 ${ben.user.display_name}: old 2`), () => `the history in ${said}`);
    chat.stdin.write('typed\n');
    assert.equal((await ben.event('message/created', (d) => d.message.author_id === anna.id)).data.message.body, 'typed');
    await post(ben, room, 'heard');
    await until(() => said.includes('heard'), () => `the answer in ${said}`);
    chat.stdin.end();
    assert.deepEqual(await within(ended, 'the end'), [0, null]);
  });
});
