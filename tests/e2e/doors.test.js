// The doors of TinCan: a whole stack behind compose/nats.conf, over TLS with certificates on both sides. Whoever signs in
// may say and hear what is his, and nothing else.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { House, Program, inboxOf, users } from './doors.js';
import { judged } from './contract.js';
import { closedTalk, groupOf, people, persist, post, talk, until, use, uuid7 } from './support.js';
import { ownStack } from './stack.js';

const prefix = 'tincan.stream';
const stream = 'TINCAN_EVENTS';
const house = new House();
const connections = new Map();
let stack;
let anna;
let bot;
let group;
let other;

before(async () => {
  stack = await ownStack({ ...house.settings, TINCAN_REGISTRATIONS_PER_MINUTE: '100000' }, [], house.own);
  use(stack.url);
});
after(async () => {
  await Promise.all([...connections.values()].map((each) => each.close()));
  await stack?.down();
  house.remove();
});

const violations = () => stack.log('nats').split('\n').filter((line) => /violation/i.test(line));
const as = (user) => connections.get(user);

test('the stack does all that it does, and nobody in it is refused anything', async () => {
  const [ben, cleo] = await people('ben', 'cleo');
  [anna, bot] = await people('anna', 'bot');
  group = await groupOf(anna, [ben, bot]);
  other = await groupOf(anna, [ben]);
  const [room, closed] = [await talk(group, anna, [ben, bot]), await closedTalk(group, anna, [ben])];
  await post(anna, room, 'for all', [ben, bot]);
  await post(ben, closed, 'for two', [anna]);
  await post(anna, await talk(other, anna, [ben]), 'elsewhere', [ben]);
  anna.send({ type: 'conversation/type-start', data: { conversation_id: room.id } });
  await ben.event('conversation/type-start');
  await anna.ask('message/edit', { conversation_id: room.id, seq: 1, body: 'for all!' });
  await ben.event('message/edited');
  await anna.ask('message/sync', { after: { [room.id]: 0 } });
  await cleo.ask('group/join', { group_id: group.id });
  await cleo.ask('group/leave', { group_id: group.id });
  await anna.ask('user/view', { user_ids: [ben.id] });
  const doomed = await groupOf(anna, [ben]);
  const last = await talk(doomed, anna, [ben]);
  await post(anna, last, 'soon gone', [ben]);
  await anna.ask('group/remove', { group_id: doomed.id });
  await until(async () => (await anna.request('message/list', { conversation_id: last.id })).error?.code === 'not_found', 'the end of its messages');

  house.backends({ group: group.id, user: bot.id });
  await stack.kill('nats');
  await Promise.all([anna, ben].map((who) => who.event('session/resync', undefined, 20_000)));
  await persist(anna, 'message/create', { conversation_id: room.id, body: 'again', nonce: uuid7() });
  await ben.event('message/created', (d) => d.message.body === 'again');
  ben.send({ type: 'auth/logout', id: 'x', data: {} });
  await ben.closed();
  assert.deepEqual(violations(), []);
  for (const name of stack.names()) assert.doesNotMatch(stack.log(name), /nats_error/, name);
});

/** Who of all users was refused: of each subject, the users that were not. */
async function whoMay(subjects, knock) {
  const may = new Map(subjects.map((subject) => [subject, new Set(users)]));
  await Promise.all(users.map(async (user) => {
    const connection = await house.connect(stack.natsUrl, user);
    const refuse = (subject) => may.get(subject)?.delete(user);
    const watching = (async () => {
      for await (const { type, error } of connection.status()) if (type === 'error') refuse(error.subject);
    })();
    for (const subject of subjects) knock(connection, subject, () => refuse(subject));
    await connection.flush();
    await connection.close();
    await watching;
  }));
  return Object.fromEntries([...may].map(([subject, whom]) => [subject, [...whom].join(' ')]));
}

/** Services that act upon events, and the consumers by which they get them. */
const durables = {
  group: ['group-event-group-any-any-group-removed'],
  conversation: ['conversation-event-user-any-any-group-left', 'conversation-event-group-any-any-group-removed'],
  message: [
    'message-event-group-any-any-conversation-removed', 'message-event-closed-any-any-conversation-removed',
    'message-event-group-any-any-group-removed',
  ],
};
const ofDurables = (row) => Object.entries(durables).flatMap(([service, names]) => names.map((name) => row(name, service)));
const services = 'auth group conversation message';
const [g, u, x] = [uuid7(), uuid7(), uuid7()];

/** What may be published, and who may. */
const saying = () => Object.fromEntries([
  ['tincan.rpc.group.list', 'edge'], [`tincan.rpc.message.create.${x}`, 'edge'], ['tincan.rpc.auth.logout', 'edge'],
  [`tincan.as.${bot.id}.group.list`, 'bot'], [`tincan.as.${bot.id}.message.create.${x}`, 'bot'], [`tincan.as.${anna.id}.group.list`, ''],
  ...['login', 'logout', 'register', 'verify'].map((verb) => [`tincan.internal.auth.${verb}`, 'edge']),
  ['tincan.internal.auth.users', 'group conversation'],
  ['tincan.internal.group.members', 'conversation'], ['tincan.internal.group.memberships', 'conversation'],
  ['tincan.internal.conversation.access', 'message'], ['tincan.internal.conversation.audiences', 'edge'],
  ...services.split(' ').map((each) => [`tincan.internal.${each}.ping`, 'edge']), ['tincan.internal.message.anything', ''],
  [`tincan.event.user.${u}.${x}.session.revoked`, 'auth'], [`tincan.event.group.${g}.${g}.session.revoked`, ''],
  [`tincan.event.user.${u}.${g}.group.left`, 'group'], [`tincan.event.user.${u}.${g}.member.joined`, 'group'],
  [`tincan.event.group.${g}.${g}.group.removed`, 'group'], [`tincan.event.closed.${g}.${g}.group.removed`, ''],
  [`tincan.event.group.${g}.${x}.conversation.removed`, 'conversation'], [`tincan.event.closed.${g}.${x}.conversation.edited`, 'conversation'],
  [`tincan.event.user.${u}.${x}.conversation.created`, 'conversation'],
  [`tincan.event.group.${g}.${x}.message.created`, 'message'], [`tincan.event.closed.${g}.${x}.message.removed`, 'message'],
  [`tincan.event.user.${u}.${x}.message.created`, ''], ['tincan.event', ''], ['tincan.event.other', ''],
  [`tincan.signal.group.${g}.${x}.conversation.type-start`, 'conversation'], [`tincan.signal.closed.${g}.${x}.conversation.type-end`, 'conversation'],
  [`tincan.signal.user.${u}.${x}.session.revoked`, ''], [`tincan.signal.group.${g}.${x}.message.created`, ''],
  ...['auth', 'group', 'conversation', 'message', 'migrate'].map((each) => [`_INBOX.tincan-${each}.x`, each]),
  ['_INBOX.tincan-edge.x', 'edge'], ['_INBOX.operator.x', 'edge'], ['_INBOX.reader.x', ''], ['_INBOX.bot.x', ''], ['_INBOX.x', ''],
  ['$JS.API.STREAM.CREATE.TINCAN_EVENTS', 'migrate'], ['$JS.API.STREAM.UPDATE.TINCAN_EVENTS', 'migrate'],
  ['$JS.API.STREAM.INFO.TINCAN_EVENTS', 'migrate operator'], ['$JS.API.STREAM.MSG.GET.TINCAN_EVENTS', services],
  ['$JS.API.STREAM.CREATE.OTHER', ''], ['$JS.API.STREAM.DELETE.TINCAN_EVENTS', ''], ['$JS.API.STREAM.PURGE.TINCAN_EVENTS', ''],
  ['$JS.API.STREAM.MSG.DELETE.TINCAN_EVENTS', ''], ['$JS.API.STREAM.SNAPSHOT.TINCAN_EVENTS', ''], ['$JS.API.DIRECT.GET.TINCAN_EVENTS', ''],
  ['$JS.API.CONSUMER.LIST.TINCAN_EVENTS', 'operator'], ['$JS.API.CONSUMER.CREATE.TINCAN_EVENTS', ''],
  ['$JS.API.CONSUMER.CREATE.TINCAN_EVENTS.reader.tincan.event.>', ''], ['$JS.API.CONSUMER.DURABLE.CREATE.TINCAN_EVENTS.other', ''],
  ...ofDurables((name, service) => [`$JS.API.CONSUMER.DURABLE.CREATE.TINCAN_EVENTS.${name}`, service]),
  ...ofDurables((name, service) => [`$JS.ACK.TINCAN_EVENTS.${name}.1.1.1.1.1`, service]),
  ...ofDurables((name) => [`$JS.API.CONSUMER.DELETE.TINCAN_EVENTS.${name}`, '']),
  ...ofDurables((name) => [`tincan.deliver.${name}`, '']),
  ...ofDurables((name) => [`${prefix}.CONSUMER.CREATE.TINCAN_EVENTS.${name}.tincan.event.*.${group.id}.>`, '']),
  ...ofDurables((name) => [`${prefix}.CONSUMER.DELETE.TINCAN_EVENTS.${name}`, '']),
  ...ofDurables((name) => [`${prefix}.CONSUMER.MSG.NEXT.TINCAN_EVENTS.${name}`, '']),
  [`${prefix}.STREAM.INFO.TINCAN_EVENTS`, 'reader'], [`${prefix}.STREAM.MSG.GET.TINCAN_EVENTS`, 'reader'],
  [`${prefix}.STREAM.DELETE.TINCAN_EVENTS`, ''], [`${prefix}.STREAM.PURGE.TINCAN_EVENTS`, ''],
  [`${prefix}.CONSUMER.CREATE.TINCAN_EVENTS`, ''], [`${prefix}.CONSUMER.DURABLE.CREATE.TINCAN_EVENTS.reader`, ''],
  [`${prefix}.CONSUMER.CREATE.TINCAN_EVENTS.reader.tincan.event.>`, 'reader'],
  [`${prefix}.CONSUMER.CREATE.TINCAN_EVENTS.group-reader.tincan.event.*.${group.id}.>`, 'group-reader'],
  [`${prefix}.CONSUMER.CREATE.TINCAN_EVENTS.group-reader.tincan.event.*.${other.id}.>`, ''],
  [`${prefix}.CONSUMER.CREATE.TINCAN_EVENTS.group-reader.tincan.event.>`, ''], [`${prefix}.CONSUMER.CREATE.TINCAN_EVENTS.group-reader`, ''],
  ...['reader', 'group-reader'].flatMap((each) => [
    [`${prefix}.CONSUMER.INFO.TINCAN_EVENTS.${each}`, each], [`${prefix}.CONSUMER.MSG.NEXT.TINCAN_EVENTS.${each}`, each],
    [`${prefix}.CONSUMER.DELETE.TINCAN_EVENTS.${each}`, each], [`$JS.ACK.TINCAN_EVENTS.${each}.1.1.1.1.1`, each],
  ]),
  ['$SRV.PING', 'operator'], ['$SRV.STATS.tincan-edge', 'operator'], ['$SYS.REQ.SERVER.PING', ''], ['tincan', ''], ['whatever', ''],
]);

/** What may be heard, and who may. */
const hearing = () => Object.fromEntries([
  ['>', ''], ['*', ''], ['tincan.>', ''], ['tincan.event.>', 'reader'], ['tincan.*.group.>', 'edge'], ['tincan.signal.>', ''],
  [`tincan.*.group.${g}.>`, 'edge'], [`tincan.*.closed.*.${x}.>`, 'edge'], [`tincan.*.user.${u}.>`, 'edge'],
  ['tincan.event.user.*.*.session.revoked', 'edge reader'], [`tincan.event.group.${group.id}.>`, 'edge reader group-reader'],
  [`tincan.event.closed.${group.id}.>`, 'edge reader group-reader'], [`tincan.event.*.${group.id}.>`, 'reader'],
  [`tincan.event.group.${other.id}.>`, 'edge reader'], [`tincan.event.user.${bot.id}.>`, 'edge reader'],
  ['tincan.event.group.*.*.group.removed', 'edge conversation message reader'],
  ['tincan.event.group.*.*.group.edited', 'edge conversation message reader'],
  ['tincan.event.user.*.*.group.joined', 'edge conversation message reader'], ['tincan.event.user.*.*.group.left', 'edge conversation message reader'],
  ['tincan.event.user.*.*.conversation.created', 'edge message reader'], ['tincan.event.user.*.*.conversation.removed', 'edge message reader'],
  ['tincan.event.group.*.*.conversation.removed', 'edge message reader'], ['tincan.event.closed.*.*.conversation.removed', 'edge message reader'],
  ['tincan.event.group.*.*.message.created', 'edge reader'],
  ['tincan.rpc.>', ''], ['tincan.as.>', ''], ['tincan.internal.>', ''],
  ...services.split(' ').flatMap((each) => [
    [`tincan.rpc.${each}.>`, each], [`tincan.as.*.${each}.>`, each], [`tincan.internal.${each}.>`, each],
  ]),
  ['tincan.rpc.user.>', 'auth'], ['tincan.as.*.user.>', 'auth'], [`tincan.as.${bot.id}.>`, ''], ['tincan.rpc.message.*.0.*', 'message'],
  ...ofDurables((name, service) => [`tincan.deliver.${name}`, service]), ['tincan.deliver.>', ''],
  ['_INBOX.>', ''], ['_INBOX.*.x', ''], [`${prefix}.>`, ''],
  ...users.map((user) => [`${inboxOf(user)}.x.>`, user]),
  ['$SRV.>', `edge ${services}`], ['$SRV.PING', `edge ${services}`], ['$JS.>', ''], ['$JS.API.>', ''], ['$JS.EVENT.>', ''], ['$SYS.>', ''], ['_R_.>', ''],
]);

describe('each user', () => {
  test('says what is his to say, and nothing else', async () => {
    const table = saying();
    // Without a stream nothing happens to those who may: what they say is empty, and addressed to nobody who acts on it.
    assert.deepEqual(await whoMay(Object.keys(table), (nats, subject) => nats.publish(subject)), table);
  });

  test('hears what is his to hear, and nothing else', async () => {
    const table = hearing();
    const listen = (nats, subject, refuse) => nats.subscribe(subject, { callback: (error) => { if (error) refuse(); } });
    assert.deepEqual(await whoMay(Object.keys(table), listen), table);
  });

  test('needs his password, and a certificate of our authority', async () => {
    await assert.rejects(house.connect(stack.natsUrl, 'edge', { pass: 'another' }), /Authorization Violation/);
    await assert.rejects(house.connect(stack.natsUrl, 'edge', { user: 'nobody' }), /Authorization Violation/);
    const strange = { caFile: house.path('ca.pem'), certFile: house.path('stranger.pem'), keyFile: house.path('stranger.key') };
    await assert.rejects(house.connect(stack.natsUrl, 'edge', { tls: strange }));
    await assert.rejects(house.connect(stack.natsUrl, 'edge', { tls: { caFile: house.path('ca.pem') } }));
  });
});

/** All that the consumer `name` still has for that user: the subjects of the events. */
async function consumed(user, name = user) {
  const consumer = await jetstream(as(user), { apiPrefix: prefix, checkAPI: false }).consumers.get(stream, name);
  const subjects = [];
  for (let more = (await consumer.info()).num_pending; more > 0;) {
    const event = await consumer.next({ expires: 3000 });
    subjects.push(event.subject);
    assert.equal(await event.ackAck(), true);
    more = event.info.pending;
  }
  return subjects;
}

/** Asks JetStream; gives its answer. */
async function ask(user, subject, payload = {}) {
  return (await as(user).request(`${prefix}.${subject}`, JSON.stringify(payload), { timeout: 2000 })).json();
}

const consumerOf = (name, filter) => ({
  stream_name: stream, config: { name, durable_name: name, filter_subject: filter, ack_policy: 'explicit', deliver_policy: 'all' },
});

describe('a backend', () => {
  before(async () => {
    for (const user of ['reader', 'group-reader', 'bot']) connections.set(user, await house.connect(stack.natsUrl, user));
  });

  test('that may read everything reads it, from the stream and live', async () => {
    const manager = await jetstreamManager(as('reader'), { apiPrefix: prefix, checkAPI: false });
    await manager.consumers.add(stream, { durable_name: 'reader', filter_subject: 'tincan.event.>', ack_policy: 'explicit' });
    const { state } = await manager.streams.info(stream);
    const subjects = await consumed('reader');
    assert.equal(subjects.length, state.messages);
    assert.ok(subjects.some((subject) => subject.includes(group.id)) && subjects.some((subject) => subject.includes(other.id)));
    assert.ok((await manager.streams.getMessage(stream, { seq: 1 })).subject.startsWith('tincan.event.'));
    const live = as('reader').subscribe('tincan.event.>', { max: 1 });
    await as('reader').flush();
    await anna.ask('group/edit', { group_id: other.id, name: 'Others' });
    for await (const event of live) assert.equal(event.subject, `tincan.event.group.${other.id}.${other.id}.group.edited`);
  });

  test('of one group reads that one, closed conversations too, and no other one by no way', async () => {
    const create = (filter) => `CONSUMER.CREATE.TINCAN_EVENTS.group-reader.${filter}`;
    const [mine, others] = [group, other].map(({ id }) => `tincan.event.*.${id}.>`);
    assert.equal((await ask('group-reader', create(mine), consumerOf('group-reader', mine))).error, undefined);
    const subjects = await consumed('group-reader');
    assert.ok(subjects.length > 5 && subjects.every((subject) => subject.split('.')[3] === group.id), subjects.join());
    assert.ok(subjects.some((subject) => subject.startsWith('tincan.event.closed.')));
    for (const filter of [others, 'tincan.event.>', undefined]) {
      assert.ok((await ask('group-reader', create(mine), consumerOf('group-reader', filter))).error, `${filter} in the payload`);
    }
    assert.ok((await ask('group-reader', create(mine), consumerOf('reader', mine))).error, 'another consumer in the payload');
    assert.deepEqual(await consumed('group-reader'), []);
  });

  test('that is a bot is answered as its user', async () => {
    const frame = { type: 'group/list', id: '1', data: { mine: true } };
    const answer = judged((await as('bot').request(`tincan.as.${bot.id}.group.list`, JSON.stringify(frame), { timeout: 6000 })).json());
    assert.deepEqual(answer.data.groups.map((each) => each.id), [group.id]);
  });

  test('has no answer sent to where it may not speak', async () => {
    const victims = [`tincan.event.user.${anna.id}.${uuid7()}.session.revoked`, `tincan.signal.group.${g}.${x}.conversation.type-start`];
    const { state: before } = await ask('reader', 'STREAM.INFO.TINCAN_EVENTS');
    for (const reply of victims) {
      as('reader').publish(`${prefix}.CONSUMER.INFO.TINCAN_EVENTS.reader`, '', { reply });
      as('reader').publish(`${prefix}.CONSUMER.MSG.NEXT.TINCAN_EVENTS.reader`, '{"batch":9,"no_wait":true}', { reply });
      as('bot').publish(`tincan.as.${bot.id}.group.list`, '{"type":"group/list","id":"1","data":{}}', { reply });
    }
    await Promise.all(['reader', 'bot'].map((user) => as(user).flush()));
    await as('bot').request(`tincan.as.${bot.id}.group.list`, '{"type":"group/list","id":"1","data":{}}', { timeout: 6000 });
    const { state } = await ask('reader', 'STREAM.INFO.TINCAN_EVENTS');
    assert.equal(state.last_seq, before.last_seq, 'nothing has become an event');
  });
});

describe('a program', () => {
  const nats = () => ({ TINCAN_NATS_URL: stack.natsUrl, ...house.signIn('edge'), ...house.presents('ca', 'client') });
  const tries = (settings, what) => new Program('edge', { ...nats(), ...settings }).says(what);
  const port = () => new URL(stack.natsUrl).port;

  test('reaches NATS over TLS, by the first of several servers that is there, and ends well', async () => {
    assert.equal(await tries({ TINCAN_NATS_URL: `nats://127.0.0.1:1,tls://localhost:${port()}` }, /event=nats_up/), 0);
  });

  test('says why it does not reach it', async () => {
    const plain = { TINCAN_NATS_URL: process.env.TINCAN_NATS_URL, TINCAN_NATS_USER: '', TINCAN_NATS_CERT: '', TINCAN_NATS_KEY: '' };
    await Promise.all([
      tries(house.presents('other-ca', 'client'), /event=nats_away reason=".*SSL handshake error.*issuer/),
      tries({ TINCAN_NATS_URL: `nats://127.1:${port()}` }, /event=nats_away reason=".*hostname mismatch/),
      tries(house.presents('ca', 'stranger'), /event=nats_away reason="/),
      tries({ TINCAN_NATS_CERT: '', TINCAN_NATS_KEY: '' }, /event=nats_away reason="/),
      tries({ TINCAN_NATS_PASSWORD: 'wrong' }, /event=nats_away reason=".*Authorization Violation/),
      tries(plain, /event=nats_away reason=".*Secure Connection not available/), // a server without TLS is not the one that is meant
    ]);
  });

  test('ends at once when a file is not what it should be, and says which', async () => {
    const ends = async (settings, what) => {
      const program = new Program('edge', { ...nats(), ...settings });
      assert.equal(await program.ended, 1);
      assert.match(program.said, what);
    };
    await ends({ TINCAN_NATS_CA: '/nowhere' }, /event=nats_failed what=TINCAN_NATS_CA/);
    await ends({ TINCAN_NATS_KEY: '' }, /event=nats_failed what=TINCAN_NATS_CERT/);
  });
});

describe('PostgreSQL over TLS', () => {
  const sql = (statement) => execFileSync('psql', ['-XqtA', '-v', 'ON_ERROR_STOP=1', '-d', stack.databaseUrl, '-c', statement], { encoding: 'utf8' }).trim();
  const settings = (url, user) => ({ TINCAN_NATS_URL: stack.natsUrl, ...house.signIn(user), ...house.presents('ca', 'client'), TINCAN_DATABASE_URL: url });
  const secured = (name, authority = 'ca', host = 'localhost') => {
    const url = stack.addresses[name].replace('127.0.0.1', host);
    return `${url}?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=${house.path(`${authority}.pem`)}`;
  };
  const migrate = (...how) => stack.migrate(settings(secured('TINCAN_DATABASE_URL', ...how), 'migrate'));

  test('is refused while the server has none', async () => {
    const { code, said } = await migrate();
    assert.equal(code, 1);
    assert.match(said, /server does not support SSL/);
  });

  test('is what sslmode=verify-full asks for: of our authority, under its name', async () => {
    for (const [file, name] of [['server.pem', 'server.crt'], ['server.key', 'server.key']]) {
      sql(`COPY (SELECT unnest(string_to_array('${readFileSync(house.path(file), 'utf8')}', E'\\n'))) TO PROGRAM 'umask 077; cat >${name}'`);
    }
    sql('ALTER SYSTEM SET ssl = on');
    sql('SELECT pg_reload_conf()');
    await until(() => sql('SHOW ssl') === 'on', 'PostgreSQL to speak TLS');
    assert.match((await migrate()).said, /event=up_to_date/);
    assert.match((await migrate('other-ca')).said, /certificate verify failed/);
    assert.match((await migrate('ca', 'elsewhere.test')).said, /does not match host name/);
  });

  test('serves the services', async () => {
    const auth = (authority) => new Program('auth', settings(secured('TINCAN_DATABASE_URL_AUTH', authority), 'auth'));
    const encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND usename = 'tincan_auth'";
    assert.equal(sql(encrypted), '0');
    const process = auth('ca');
    await until(() => sql(encrypted) === '1', 'the service to be there');
    assert.equal(await process.says(/event=nats_up/), 0);
    await auth('other-ca').says(/event=database_lost .*certificate verify failed/);
  });
});
