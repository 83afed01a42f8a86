// What comes over NATS is not believed: no client's bytes in a subject, no request without an identity, no answer
// outside inboxes, and no payload that ends a process. On a stack of its own, since its stream is full of garbage then.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { operations, publishedEvents } from './contract.js';
import { headers, headersOf, huge, payloads } from './garbage.js';
import { RawSocket } from './raw.js';
import { assertError, call, closedTalk, connect, groupOf, logIn, people, post, register, talk, until, upgrade, use, uuid7,
  word } from './support.js';
import { ownStack } from './stack.js';

const services = ['auth', 'group', 'conversation', 'message'];
let stack;
let nats;

before(async () => {
  stack = await ownStack({
    TINCAN_REGISTRATIONS_PER_MINUTE: '100000', TINCAN_REQUESTS_PER_S: '100000', TINCAN_REQUESTS_BURST: '100000',
  }, ['--edge', '2']);
  use(stack.url);
  nats = await connectNats({ servers: stack.natsUrl });
});
after(async () => {
  await nats?.close();
  await stack?.down();
});

/** What is published on `subject` while `work` goes on, all that it causes until NATS has seen it. */
async function overheard(subject, work) {
  const heard = [];
  const subscription = nats.subscribe(subject, { callback: (error, message) => heard.push(message) });
  await nats.flush();
  await work();
  await nats.flush();
  subscription.unsubscribe();
  return heard;
}

/**
 * Comes back when every service has done with what was published before. Requests of one route stay in their order, and
 * routes take turns: so one of each is asked, by somebody, for nothing that makes sense.
 */
async function fence() {
  const asked = Object.keys(operations).map((type) =>
    [`tincan.as.${uuid7()}.${type.replace('/', '.')}`, { type, id: 'fence', data: {} }]);
  const pings = services.map((name) => [`tincan.internal.${name}.ping`, {}]);
  await Promise.all([...asked, ...pings].map(([subject, body]) => nats.request(subject, JSON.stringify(body), { timeout: 8000 })));
  await nats.flush();
}

/** Everything works, on both edges: two people talk, and all of their events come. */
async function serves() {
  const [anna, ben] = await people('anna', 'ben');
  const far = await connect(ben.user, { at: stack.secondUrl });
  const group = await groupOf(anna, [ben]);
  await far.event('group/joined');
  const open = await talk(group, anna, [ben, far]);
  const closed = await closedTalk(group, anna, [ben, far]);
  for (const room of [open, closed]) {
    await post(anna, room, 'hello', [ben, far]);
    ben.send({ type: 'conversation/type-start', data: { conversation_id: room.id } });
    await anna.event('conversation/type-start');
  }
  await anna.ask('group/edit', { group_id: group.id, members: { remove: [ben.id] } });
  await far.event('group/left');
  await until(async () => (await ben.request('message/list', { conversation_id: closed.id })).error?.code === 'not_found', 'ben to be out');
  await anna.ask('group/remove', { group_id: group.id });
  await until(async () => (await anna.request('message/list', { conversation_id: open.id })).error?.code === 'not_found', 'all to be gone');
}

const id = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const known = new RegExp(`^(tincan\\.rpc\\.[a-z]+\\.[a-z-]+(\\.${id})?|tincan\\.internal\\.[a-z]+\\.[a-z]+`
  + `|tincan\\.(event|signal)\\.(group|closed|user)\\.${id}\\.${id}\\.[a-z]+\\.[a-z-]+|tincan\\.deliver\\.[a-z-]+`
  + `|_INBOX\\.[A-Za-z0-9.-]+|\\$JS\\.[ -~]+)$`);

describe('a client\'s bytes', () => {
  const room = uuid7();
  const values = [
    '*', '>', 'a.b', '.', '', ' ', 'a b', 'a\tb', 'x\r\nPUB tincan.event.x 0\r\n\r\n', 'ü', 'x'.repeat(65_536), 'X'.repeat(4096),
    room.toUpperCase(), ` ${room}`, `${room} `, `${room}.x`, `${room}\n`, room.slice(1), `${room}0`, `*${room.slice(1)}`,
    5, null, true, {}, [room], [],
  ];
  const types = ['*', '>', 'message.create', 'message/create.x', 'message/*', 'x/../y', '$SYS/x', 'event/x', '_INBOX/x', 'message/create\r\n'];

  test('are part of a subject only as a checked id', async () => {
    const [anna] = await people('anna');
    const asked = Object.keys(operations).filter((type) => type !== 'auth/logout');
    const heard = await overheard('>', async () => {
      await Promise.all(asked.flatMap((type) => values.map((value) =>
        anna.request(type, { conversation_id: value, group_id: value?.slice?.(0, 99) ?? value, seq: 1, body: 'x', name: word(), user_ids: [anna.id] }))));
      for (const type of types) {
        anna.send({ type, id: 'odd', data: { conversation_id: room } });
        const { type: answer, error } = await anna.take((frame) => frame.re === 'odd', `the answer to ${type}`);
        assert.deepEqual([answer, error.code], ['error', 'unknown_type'], type);
      }
    });
    assert.deepEqual(heard.map(({ subject }) => subject).filter((subject) => !known.test(subject)), []);
    const rpc = heard.filter(({ subject }) => subject.startsWith('tincan.rpc.'));
    assert.deepEqual(rpc.map(({ subject }) => subject.split('.').length).filter((tokens) => tokens > 4), [], 'none was an id');
    for (const type of asked) assert.ok(rpc.some(({ subject }) => subject === `tincan.rpc.${type.replace('/', '.')}`), type);
  });
});

/** A request for each operation that would be done, by its subject's tail. */
function requests({ group, room }) {
  const content = {
    'group/create': { name: word() }, 'user/view': { user_ids: [uuid7()] }, 'auth/logout': {},
    'message/heads': { conversation_ids: [room.id] }, 'message/sync': { after: { [room.id]: 0 } }, 'group/list': {},
  };
  return Object.keys(operations).map((type) => {
    const data = content[type] ?? { group_id: group.id, conversation_id: room.id, name: 'Changed', body: 'changed', seq: 1 };
    return [type.replace('/', '.'), JSON.stringify({ type, id: 'x', data })];
  });
}

describe('a request on NATS', () => {
  let scene;
  before(async () => {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, anna, [ben]);
    await post(anna, room, 'first', [ben]);
    scene = { anna, ben, group, room };
  });

  const untouched = async () => {
    const { anna, group, room } = scene;
    const { conversations } = await anna.ask('conversation/list', { group_id: group.id });
    const { messages } = await anna.ask('message/list', { conversation_id: room.id });
    assert.deepEqual([conversations, messages.map(({ body }) => body)], [[room], ['first']]);
  };

  test('without an identity that is an id is not answered, and nothing is done', async () => {
    const { anna } = scene;
    const identities = [`${anna.id}x`, anna.id.toUpperCase(), 'x', '-', anna.name, uuid7().slice(1)];
    const all = requests(scene).flatMap(([tail, text]) => [
      ...headers.map((each) => [`tincan.rpc.${tail}`, text, each]),
      ...identities.map((each) => [`tincan.as.${each}.${tail}`, text, headersOf({ 'Tincan-User': anna.id })]),
    ]);
    const answers = await overheard('_INBOX.forged.*', () => overheard('tincan.event.>', async () => {
      for (const [subject, text, head] of all) nats.publish(subject, text, { headers: head, reply: '_INBOX.forged.x' });
      await fence();
    }).then((events) => assert.deepEqual(events.map(({ subject }) => subject), [])));
    assert.deepEqual(answers.map((message) => message.string()), []);
    for (const name of services) assert.match(stack.log(name), / event=request_unreadable subject="?tincan\.rpc\./, name);
    await untouched();
  });

  test('is answered to an inbox and nowhere else', async () => {
    const { anna, ben, room, group } = scene;
    const reads = ['group.view', 'group.list', 'conversation.list', 'message.list', 'message.heads', 'message.sync', 'user.view'];
    const asked = [
      ...requests(scene).filter(([tail]) => reads.includes(tail)).map(([tail, text]) => [`tincan.as.${anna.id}.${tail}`, text]),
      ['tincan.internal.auth.users', { users: [anna.id] }], ['tincan.internal.auth.verify', { token_hash: '0'.repeat(64) }],
      ['tincan.internal.group.members', { pairs: [[group.id, anna.id]] }],
      ['tincan.internal.conversation.access', { pairs: [[room.id, anna.id]] }],
      ...services.map((name) => [`tincan.internal.${name}.ping`, {}]),
    ].map(([subject, body]) => [subject, typeof body === 'string' ? body : JSON.stringify(body)]);
    const replies = [
      `tincan.event.user.${ben.id}.${group.id}.group.left`, `tincan.signal.group.${group.id}.${room.id}.conversation.type-start`,
      `tincan.rpc.message.create.${room.id}`, `tincan.as.${ben.id}.group.create`, 'tincan.internal.auth.logout',
      '$JS.API.STREAM.PURGE.TINCAN_EVENTS', '$JS.ACK.TINCAN_EVENTS.x.1.1.1.1.1', '_INBOX', '_inbox.x', 'x',
    ];
    for (const [subject, body] of asked) await nats.request(subject, body, { timeout: 8000 });
    const heard = await overheard('>', async () => {
      for (const reply of replies) for (const [subject, body] of asked) nats.publish(subject, body, { reply });
      await fence();
    });
    assert.deepEqual(heard.filter(({ subject }) => replies.includes(subject)).map(({ subject, reply }) => [subject, reply]), []);
    await untouched();
  });

  test('is answered to a bot\'s own inbox, and to none of TinCan\'s', async () => {
    const ask = JSON.stringify({ type: 'group/list', id: 'x', data: {} });
    const replies = ['_INBOX.tincan-edge.x', '_INBOX.tincan-message.x', '_INBOX.bot.x'];
    const heard = await overheard('_INBOX.*.x', async () => {
      for (const reply of replies) nats.publish(`tincan.as.${scene.anna.id}.group.list`, ask, { reply });
      await fence();
    });
    assert.deepEqual(heard.map(({ subject }) => subject), ['_INBOX.bot.x']);
  });

  test('is the user\'s whom the subject names, whatever its headers say', async () => {
    const { anna, ben } = scene;
    const forged = headersOf({ 'Tincan-User': ben.id, 'Tincan-Session': ben.ready.session.id });
    const ask = async (tail, data) => (await nats.request(`tincan.as.${anna.id}.${tail}`,
      JSON.stringify({ type: tail.replace('.', '/'), id: 'x', data }), { headers: forged, timeout: 8000 })).json();
    const { data: { group } } = await ask('group.create', { name: word() });
    assert.equal(group.owner_id, anna.id);
    assert.equal((await ask('auth.logout', {})).error.code, 'conflict');
    await ben.fence();
    const token = await logIn(ben.user);
    assert.ok(await connect(ben.user, { token }));
  });
});

/** The subjects of every event and signal, about these ids, as they should be and not quite. */
function eventSubjects({ group, open, closed, user, session }) {
  const ends = (type) => /removed|left|revoked/.test(type); // after those nobody listens any more
  const types = [...publishedEvents.keys(), 'session/revoked', 'member/joined', 'x/y'].sort((one, other) => ends(one) - ends(other));
  const tails = types.map((type) => type.replace('/', '.'));
  const audiences = [
    `group.${group}.${group}`, `group.${group}.${open}`, `closed.${group}.${closed}`, `user.${user}.${group}`,
    `user.${user}.${closed}`, `user.${user}.${session}`,
  ];
  const good = tails.flatMap((tail) => ['signal', 'event'].flatMap((kind) =>
    audiences.map((audience) => `tincan.${kind}.${audience}.${tail}`)));
  const odd = [`group.${group}`, `user.${user}.x.group.left`, `user.${user}.${group}.group.left.more`, `group.${group}.x`, 'x',
    `user.${user}.${'9'.repeat(300)}.group.joined`, `closed.${group}.${closed}.${'y'.repeat(2000)}`];
  return { good, odd: odd.map((tail) => `tincan.event.${tail}`) };
}

/** Somebody who listens on both edges, and does not mind what he hears. */
async function victim() {
  const user = await register('victim');
  const client = await connect(user);
  const group = await groupOf(client);
  const [open, closed] = [await talk(group, client), await closedTalk(group, client)];
  const session = client.ready.session.id;
  await client.close();
  const sockets = [];
  for (const at of [stack.url, stack.secondUrl]) {
    use(at);
    const { socket } = await RawSocket.open(user.token);
    sockets.push(socket.removeAllListeners('data').resume());
  }
  use(stack.url);
  return { user: user.id, group: group.id, open: open.id, closed: closed.id, session, sockets };
}

/** Comes back when no consumer of a service has anything left of the stream. */
async function consumed() {
  const manager = await jetstreamManager(nats);
  const left = async () => {
    const all = await manager.consumers.list('TINCAN_EVENTS').next();
    return all.filter((each) => each.num_pending > 0 || each.num_ack_pending > 0);
  };
  await until(async () => (await left()).length === 0, 'the consumers to be done', 20_000);
}

describe('garbage', () => {
  test('as events and signals ends nobody: it is logged, acknowledged and passed over', async () => {
    const { sockets, ...ids } = await victim();
    const { good, odd } = eventSubjects(ids);
    for (const [i, subject] of good.entries()) {
      for (const [j, payload] of payloads.entries()) {
        if ((i + j) % 5 === 0) nats.publish(subject, payload, { headers: headers[j % headers.length] });
      }
      if (i % 6 === 0) await nats.flush(); // or the listeners would be too slow
    }
    for (const subject of odd) for (const payload of payloads) nats.publish(subject, payload);
    for (const subject of good.slice(0, 5)) nats.publish(subject, huge);
    await fence();
    await consumed();
    for (const { bytesRead } of sockets) assert.ok(bytesRead > 500_000, `${bytesRead} bytes of it were relayed`);
    for (const name of services.slice(1)) assert.match(stack.log(name), / event=event_unreadable /, name);
    await serves();
  });

  test('to the services\' own consumers does not either', async () => {
    const manager = await jetstreamManager(nats);
    const consumers = await manager.consumers.list('TINCAN_EVENTS').next();
    assert.ok(consumers.length >= 6);
    for (const { config: { deliver_subject: subject, filter_subject: filter } } of consumers) {
      const about = filter.split('.').map((token) => (token === '*' ? uuid7() : token)).join('.');
      for (const payload of payloads) {
        nats.publish(subject, payload, { reply: '$JS.ACK.x' });
        nats.publish(about, payload);
      }
      nats.publish(subject, huge);
    }
    await fence();
    await consumed();
    await serves();
  });

  test('as requests gets an error or no answer', async () => {
    const user = uuid7();
    const internal = ['auth.verify', 'auth.users', 'auth.register', 'auth.login', 'auth.logout', 'group.members', 'group.memberships',
      'conversation.access', 'conversation.audiences', ...services.map((name) => `${name}.ping`), 'auth.x', 'group', 'message.x.y'];
    const subjects = [
      ...internal.map((verb) => `tincan.internal.${verb}`),
      ...Object.keys(operations).map((type) => `tincan.as.${user}.${type.replace('/', '.')}`),
      ...['message', 'message.x', 'group.create.x.y.z'].map((tail) => `tincan.as.${user}.${tail}`),
    ];
    const answers = await overheard('_INBOX.forged.*', async () => {
      for (const subject of subjects) for (const payload of payloads) nats.publish(subject, payload, { reply: `_INBOX.forged.${subject.split('.').at(-1)}` });
      await fence();
    });
    const statuses = new Set(answers.map(({ headers: head }) => head?.get('Tincan-Status')));
    assert.ok(statuses.has('bad_request') && statuses.has('invalid_field'), [...statuses].join());
    assert.ok(!statuses.has('internal'));
    await serves();
  });

  test('in inboxes is nobody\'s answer', async () => {
    const { token } = await register();
    const heard = await overheard('>', async () => {
      await serves();
      assert.equal((await call('POST', '/auth/logout', { token })).status, 204); // of which auth tells
    });
    const inboxes = new Set(heard.map(({ reply }) => /^_INBOX\.tincan-[^.]+\.[^.]+/.exec(reply ?? '')?.[0]).filter(Boolean));
    const slots = Array.from({ length: 64 }, (_, slot) => slot.toString(16).padStart(8, '0'));
    const names = ['x', 'echo', 'beat', 'ask.1', 'ask.18446744073709551616', 'ack-', 'ack-1', 'ack-ffffffffffffffffff', 'barrier-',
      'barrier-99999999999999999999', 'barrier--1', ...slots.map((slot) => `${slot}-00000001-00000001-00000001`),
      'ffffffff-ffffffff-ffffffff-ffffffff', '00000000-00000000-00000000-00000000'];
    for (const inbox of inboxes) {
      for (const [i, name] of names.entries()) {
        for (const [j, payload] of payloads.entries()) {
          if ((i + j) % 9 === 0) nats.publish(`${inbox}.${name}`, payload, { headers: headers.at(-2) });
        }
      }
    }
    assert.ok(inboxes.size >= 6, 'of two edges and four services');
    await fence();
    await serves();
  });

  test('in the place of a service\'s answers fails what asked, and no more', async () => {
    const [anna] = await people('anna');
    for (const [name, type, data] of [
      ['auth', 'group/create', () => ({ name: word(), member_ids: [uuid7()] })],
      ['group', 'conversation/create', () => ({ group_id: uuid7(), name: word() })],
      ['conversation', 'message/create', () => ({ conversation_id: uuid7(), body: 'x' })],
    ]) {
      stack.signal(name, 'SIGSTOP');
      try {
        await impostor(name, async () => {
          for (const payload of payloads) {
            const { error } = await anna.request(type, data());
            assert.ok(error, `${type} while ${name} answers ${payload.subarray(0, 99)}`);
          }
        });
      } finally {
        stack.signal(name, 'SIGCONT');
      }
    }
    await serves();
  });
});

/** Answers what is asked of a service with one payload after another while `work` goes on. */
async function impostor(name, work) {
  let turn = 0;
  const callback = (error, message) => {
    message.respond(payloads[turn % payloads.length]);
    turn += 1;
  };
  const subscription = nats.subscribe(`tincan.internal.${name}.>`, { callback });
  await nats.flush();
  await work();
  assert.ok(turn >= payloads.length, `${name} was asked ${turn} times`);
  subscription.unsubscribe();
}

describe('a session that is logged out', () => {
  test('ends on every other edge within a second', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
    const far = await connect(ben.user, { at: stack.secondUrl });
    const near = await connect(ben.user);
    const wasLoggedOut = call('POST', '/auth/logout', { token: ben.user.token });
    const ends = [near.closed(), wasLoggedOut.then(() => far.closed(1000))];
    assert.equal((await wasLoggedOut).status, 204);
    near.send({ type: 'message/create', id: 'late', data: { conversation_id: room.id, body: 'late' } });
    assert.deepEqual((await Promise.all(ends)).map(({ code }) => code), [4501, 4501]);
    for (const at of [stack.url, stack.secondUrl]) assertError(await upgrade(at, { token: ben.user.token }), 401, 'unauthenticated');
    const { messages } = await anna.ask('message/list', { conversation_id: room.id });
    assert.deepEqual(messages, []);
  });

  test('while its token is verified at another door does not come in there', async () => {
    const knock = async (isRevoked) => {
      const { token, expires_at, id, username, display_name, created_at } = await register();
      const answer = { user: { id, username, display_name, created_at }, session: { id: uuid7(), expires_at } };
      const callback = (error, message) => {
        if (isRevoked) nats.publish(`tincan.event.user.${id}.${answer.session.id}.session.revoked`, '{}');
        message.respond(JSON.stringify(answer));
      };
      const subscription = nats.subscribe('tincan.internal.auth.verify', { callback, max: 1 });
      await nats.flush();
      stack.signal('auth', 'SIGSTOP'); // its own answer comes too late
      try {
        return await upgrade(stack.url, { token });
      } finally {
        stack.signal('auth', 'SIGCONT');
        subscription.unsubscribe();
      }
    };
    assertError(await knock(true), 401, 'unauthenticated');
    await (await knock(false)).close();
  });
});
