// `tincan` in terminals and pipes: what it prints, keeps, and ends with.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { connect as dial } from 'node:net';
import { createServer } from 'node:tls';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { call, connect, groupOf, people, post, register, talk, url, uuid7, word } from './support.js';
import { Home } from './terminal.js';

const homes = [];
after(() => homes.forEach((home) => home.forget()));

function newHome() {
  homes.push(new Home());
  return homes.at(-1);
}
const home = newHome();

/** A home of somebody who is logged in. */
async function homeOf(user) {
  const own = newHome();
  const { code, err } = await own.run(['login', user.username], { input: `${user.password}\n` });
  assert.equal(code, 0, err);
  return own;
}

/** Runs it, and it must succeed in silence; gives the lines. */
async function lines(own, args, options) {
  const { code, out, err } = await own.run(args, options);
  assert.deepEqual({ code, err }, { code: 0, err: '' });
  return out.split('\n').slice(0, -1);
}

async function refused(own, args, code, complaint, options) {
  const result = await own.run(args, options);
  assert.equal(result.code, code, result.err);
  assert.match(result.err, complaint);
  assert.equal(result.out, '');
}

/** Does something many times, by several people, so that none of them does it too often. */
const inTurns = (count, act, ...who) => Promise.all(who.map(async (each, turn) => {
  for (let i = turn; i < count; i += who.length) await act(each, i);
}));

describe('a session', () => {
  const folder = () => join(home.path, '.local/state/tincan');
  const name = word('u_');

  test('begins with register, and its token is readable by its owner alone', async () => {
    const [json] = await lines(home, ['register', name, '--display-name', 'Some One', '--json'], { input: 'long enough\n' });
    const { username, display_name } = JSON.parse(json);
    assert.deepEqual({ username, display_name }, { username: name, display_name: 'Some One' });
    const [file] = readdirSync(folder());
    assert.equal(file, new URL(url()).host.replace(':', '_'));
    assert.equal(statSync(join(folder(), file)).mode & 0o777, 0o600);
    assert.equal(statSync(folder()).mode & 0o777, 0o700);
    const client = await connect({ username: name, token: readFileSync(join(folder(), file), 'utf8') });
    assert.equal(client.ready.user.display_name, 'Some One');
  });

  test('ends with logout', async () => {
    const [file] = readdirSync(folder());
    const token = readFileSync(join(folder(), file), 'utf8');
    assert.deepEqual(await lines(home, ['logout']), []);
    assert.deepEqual(readdirSync(folder()), []);
    assert.equal((await call('POST', '/auth/logout', { token })).status, 401);
    await refused(home, ['groups'], 3, /^tincan: 127\.0\.0\.1:\d+: nobody is logged in there/);
  });

  test('begins again with login, of which $XDG_STATE_HOME says where it is kept', async () => {
    const state = join(home.path, 'state');
    assert.deepEqual(await lines(home, ['login', name], { input: 'long enough', env: { XDG_STATE_HOME: state } }), []);
    assert.equal(readdirSync(join(state, 'tincan')).length, 1);
    assert.deepEqual(readdirSync(folder()), []);
  });

  test('does not begin with a wrong password, a taken name, or none', async () => {
    await refused(home, ['login', name], 3, /^tincan: the user name or the password is wrong \(unauthenticated\)\n$/, { input: 'wrong' });
    await refused(home, ['register', name], 1, /^tincan: username: .* \(conflict\)\n$/, { input: 'long enough' });
    await refused(home, ['register', 'x'], 1, /^tincan: username: .* \(invalid_field\)\n$/, { input: 'long enough' });
    await refused(home, ['register', word('u_')], 1, /^tincan: password: .* \(invalid_field\)\n$/, { input: 'short' });
    await refused(home, ['login', name], 2, /^tincan: password: is to come on standard input\n$/);
  });

  test('that has ended elsewhere is over here too, and can be forgotten', async () => {
    const user = await register();
    const own = await homeOf(user);
    const [file] = readdirSync(join(own.path, '.local/state/tincan'));
    const path = join(own.path, '.local/state/tincan', file);
    await call('POST', '/auth/logout', { token: readFileSync(path, 'utf8') });
    await refused(own, ['groups'], 3, /\(unauthenticated\)/);
    assert.deepEqual(await lines(own, ['logout']), []);
    writeFileSync(path, 'with\r\nX-Header: smuggled');
    await refused(own, ['groups'], 3, /\(unauthenticated\)/);
  });

  test('asks for the password on a terminal, and does not show it', async () => {
    const terminal = home.start(['register', word('u_')], { terminal: true });
    await terminal.said('Password: ');
    terminal.input.write('long enough\n');
    await terminal.said('Once more: ');
    terminal.input.write('long enough\n');
    const { code, out } = await terminal.end();
    assert.equal(code, 0, out);
    assert.doesNotMatch(out, /long enough/);
  });
});

describe('the command line', () => {
  test('that makes no sense is 2', async () => {
    const own = newHome();
    for (const args of [[], ['dance'], ['send'], ['groups', 'a', 'b'], ['groups', '--lines'], ['tail', 'x', '-n', '-1'],
      ['tail', 'x', '-n', 'many'], ['--nonsense'], ['--url', 'nowhere', 'groups'], ['--url', 'http://a/b', 'groups']]) {
      await refused(own, args, 2, /tincan: /);
    }
  });

  test('is told by --help', async () => {
    const [first] = await lines(home, ['--help']);
    assert.match(first, /^usage: tincan /);
  });

  test('names a server by --url before $TINCAN_URL; one that is not there is 5', async () => {
    await refused(home, ['login', 'x', '--url', 'http://127.0.0.1:1'], 5, /127\.0\.0\.1:1: Connection refused/, { input: 'x' });
    const own = await homeOf(await register());
    assert.deepEqual(await lines(own, ['groups', '--mine', '--url', url()], { at: 'http://127.0.0.1:1' }), []);
  });
});

describe('TLS', () => {
  const key = join(home.path, 'key.pem');
  const cert = join(home.path, 'cert.pem');
  let proxy;
  let port;

  before(async () => {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1',
      '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { stdio: 'ignore' });
    proxy = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
      const edge = dial(new URL(url()).port, '127.0.0.1');
      for (const each of [socket, edge]) each.on('error', () => edge.destroy());
      socket.pipe(edge).pipe(socket);
    });
    await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
    port = proxy.address().port;
  });
  after(() => proxy?.close());

  test('is spoken to https, with whom the certificate names', async () => {
    const user = await register();
    const own = newHome();
    const options = { at: `https://localhost:${port}`, env: { SSL_CERT_FILE: cert } };
    assert.deepEqual(await lines(own, ['login', user.username], { ...options, input: user.password }), []);
    assert.match((await lines(own, ['create', word('Group '), '--json'], options))[0], /^{"id":/);
  });

  test('is not, with anybody else: no password is sent', async () => {
    const at = `https://localhost:${port}`;
    await refused(home, ['login', 'somebody'], 1, /^tincan: localhost:\d+: self-signed certificate\n$/, { at, input: 'x' });
    const named = { at: `https://127.0.0.1:${port}`, env: { SSL_CERT_FILE: cert }, input: 'x' };
    await refused(home, ['login', 'somebody'], 1, /^tincan: 127\.0\.0\.1:\d+: .*mismatch\n$/, named);
  });
});

describe('groups and conversations', () => {
  let anna;
  let ben;
  before(async () => {
    [anna, ben] = await people('anna', 'ben');
    anna.home = await homeOf(anna.user);
    ben.home = await homeOf(ben.user);
  });

  test('are made, found, joined and left', async () => {
    const name = word('Group ');
    const [id] = await lines(anna.home, ['create', name]);
    const [talkId] = await lines(anna.home, ['create', `${name}/Talk`]);
    assert.deepEqual(await lines(ben.home, ['join', name]), ['joined']);
    const [json] = await lines(ben.home, ['groups', name, '--json']);
    const { group } = await ben.ask('group/view', { group_id: id });
    assert.deepEqual(JSON.parse(json), group);
    const mine = await lines(ben.home, ['groups', '--mine']);
    assert.deepEqual(mine, [`${id} member    public      2 ${name}`]);
    assert.deepEqual(await lines(ben.home, ['conversations', name]), [`${talkId} group        Talk`]);
    assert.deepEqual(await lines(ben.home, ['leave', id]), []);
    assert.deepEqual(await lines(ben.home, ['groups', '--mine']), []);
  });

  test('that are private are asked for, those that are hidden are not found', async () => {
    const [asked, hidden] = [word('Private '), word('Hidden ')];
    await lines(anna.home, ['create', asked, '--private']);
    await lines(anna.home, ['create', hidden, '--hidden']);
    assert.deepEqual(await lines(ben.home, ['join', asked]), ['asked: its owner decides']);
    await refused(ben.home, ['join', hidden], 4, /^tincan: Hidden \w+: there is no such group\n$/);
  });

  test('are listed page after page', async () => {
    const label = word('many');
    await inTurns(201, (who, i) => who.ask('group/create', { name: `${label} ${i}` }), ...await people('x', 'y', 'z'));
    assert.equal((await lines(ben.home, ['groups', label])).length, 201);
  });

  test('that share a name are named by their ids', async () => {
    const name = word('Twin ');
    await Promise.all([1, 2].map(() => groupOf(anna, [], { name })));
    await refused(anna.home, ['create', `${name}/Talk`], 4, /more than one group has this name/);
  });

  test('that are refused say which field', async () => {
    await refused(anna.home, ['create', ' x'], 1, /^tincan: name: .* \(invalid_field\)\n$/);
    const group = await groupOf(anna);
    await refused(ben.home, ['create', `${group.id}/Talk`], 1, /\(forbidden\)/);
    await refused(ben.home, ['join', uuid7()], 4, /\(not_found\)/);
  });
});

describe('messages', () => {
  async function scene() {
    const [anna, ben] = await people('anna', 'ben');
    const group = await groupOf(anna, [ben]);
    const room = await talk(group, anna, [ben]);
    return { anna, ben, room, path: `${group.name}/${room.name}`, own: await homeOf(anna.user) };
  }
  const bodies = async ({ ben, room }) => {
    const { messages } = await ben.ask('message/list', { conversation_id: room.id, limit: 200 });
    return messages.map((message) => message.body);
  };

  test('are sent from the command line or from a pipe, byte for byte', async () => {
    const s = await scene();
    const poem = 'roses\n\tare \u{1F339}\n\n';
    assert.deepEqual(await lines(s.own, ['send', s.path, 'hello there']), []);
    assert.deepEqual(await lines(s.own, ['send', s.path], { input: 'from a pipe\n' }), []);
    const [json] = await lines(s.own, ['send', s.room.id, '--json'], { input: poem });
    assert.deepEqual(await bodies(s), ['hello there', 'from a pipe', poem.slice(0, -1)]);
    assert.equal(JSON.parse(json).seq, 3);
  });

  test('are sent a line each with --lines', async () => {
    const s = await scene();
    await lines(s.own, ['send', s.path, '--lines'], { input: 'one\n\ntwo\nthree' });
    assert.deepEqual(await bodies(s), ['one', 'two', 'three']);
  });

  test('that are none are refused, and nothing is sent', async () => {
    const s = await scene();
    await refused(s.own, ['send', s.path], 1, /^tincan: body: .* \(invalid_field\)\n$/);
    await refused(s.own, ['send', s.path], 1, /^tincan: body: /, { input: 'a\0b' });
    await refused(s.own, ['send', s.path], 1, /^tincan: body: /, { input: Buffer.from([0x61, 0xff]) });
    await refused(s.own, ['send', s.path], 1, /^tincan: body: is too long/, { input: 'x'.repeat(9000) });
    await refused(s.own, ['send', s.path], 1, /^tincan: body: is too long/, { input: 'x'.repeat(200_000) });
    await refused(s.own, ['send', `${s.path}s`, 'x'], 4, /there is no such conversation/);
    await refused(s.own, ['send', 'Talk', 'x'], 2, /must be GROUP\/CONVERSATION/);
    assert.deepEqual(await bodies(s), []);
  });

  test('are shown by tail, with who said them and when', async () => {
    const s = await scene();
    for (let i = 1; i <= 3; i += 1) await post(s.ben, s.room, `number ${i}`);
    await s.ben.ask('message/edit', { conversation_id: s.room.id, seq: 2, body: 'number two' });
    await s.ben.ask('message/remove', { conversation_id: s.room.id, seq: 3 });
    const shown = await lines(s.own, ['tail', s.path, '-n', '2']);
    const name = s.ben.user.username;
    assert.match(shown[0], new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d ${name}: number two \\(edited\\)$`));
    assert.match(shown[1], new RegExp(`${name}: \\(removed\\)$`));
    const [json] = await lines(s.own, ['tail', s.path, '-n', '1', '--json']);
    const { messages } = await s.ben.ask('message/list', { conversation_id: s.room.id, limit: 1 });
    assert.deepEqual(JSON.parse(json), messages[0]);
  });

  test('are shown by tail page after page, oldest first', async () => {
    const s = await scene();
    await inTurns(205, (who, i) => post(who, s.room, `${i}`), s.anna, s.ben);
    const all = await lines(s.own, ['tail', s.path, '-n', '203', '--json']);
    assert.deepEqual(all.map((line) => JSON.parse(line).seq), Array.from({ length: 203 }, (_, i) => i + 3));
  });

  test('cannot reach the terminal with control characters', async () => {
    const s = await scene();
    await post(s.ben, s.room, 'red: \u001b[31m, one\r\n\u009b2J');
    const [first, second] = await lines(s.own, ['tail', s.path]);
    assert.ok(first.endsWith(': red: ^[[31m, one^M'), first);
    assert.equal(second, '    ?2J');
  });

  test('are followed by tail -f: new ones, edits and removals', async () => {
    const s = await scene();
    const { seq } = await post(s.ben, s.room, 'first');
    const following = s.own.start(['tail', s.path, '-f', '--json']);
    await following.said('"first"');
    await s.ben.ask('message/edit', { conversation_id: s.room.id, seq, body: 'better' });
    await s.ben.ask('message/remove', { conversation_id: s.room.id, seq });
    await following.said('removed_at');
    const changes = following.lines().map((line) => JSON.parse(line));
    assert.deepEqual(changes.map(({ rev, body }) => ({ rev, body })), [
      { rev: 1, body: 'first' }, { rev: 2, body: 'better' }, { rev: 3, body: undefined },
    ]);
    await s.anna.ask('conversation/remove', { conversation_id: s.room.id });
    const { code, err } = await following.end();
    assert.equal(code, 4, err);
    assert.match(err, /the conversation is gone/);
  });

  test('are read and written by chat in a pipe, until the input ends', async () => {
    const s = await scene();
    await post(s.ben, s.room, 'are you there?');
    const chat = s.own.start(['chat', s.path]);
    await chat.said('are you there?');
    chat.input.write('yes\n');
    await s.ben.event('message/created', (d) => d.message.body === 'yes');
    await post(s.ben, s.room, 'good');
    await chat.said(': good');
    chat.input.end('bye');
    const { code, out } = await chat.end();
    assert.equal(code, 0);
    assert.deepEqual(out.split('\n').map((line) => line.split(': ')[1]), ['are you there?', 'yes', 'good', 'bye', undefined]);
    assert.deepEqual(await bodies(s), ['are you there?', 'yes', 'good', 'bye']);
  });

  test('are typed on a terminal while others talk', async () => {
    const s = await scene();
    const chat = s.own.start(['chat', s.path], { terminal: true });
    await chat.said('> ');
    chat.input.write('half');
    await chat.said('> half');
    await post(s.ben, s.room, 'interrupting');
    await chat.said('interrupting\r\n\r\u001b[K> half');
    chat.input.write('x\u007f a line\r');
    await s.ben.event('message/created', (d) => d.message.body === 'half a line');
    chat.input.write(`${'y'.repeat(8001)}\r`);
    await chat.said('tincan: body: is too long');
    chat.input.write('\u0003');
    assert.equal((await chat.end()).code, 0);
    assert.deepEqual(await bodies(s), ['interrupting', 'half a line']);
  });
});
