// Registering, logging in and out, and what a token opens.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertError, call, connect, heard, logIn, people, register, upgrade, url, word } from './support.js';

const signUp = (json) => call('POST', '/auth/register', { json });
const signIn = (json) => call('POST', '/auth/login', { json });
const name = () => word('user_');
const password = 'correct horse';

describe('registering', () => {
  test('answers 201 with the user, a token and when it expires', async () => {
    const username = name();
    const { status, body } = await signUp({ username, password, display_name: 'Ann Other' });
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(body).sort(), ['expires_at', 'token', 'user']);
    assert.deepEqual(Object.keys(body.user).sort(), ['created_at', 'display_name', 'id', 'username']);
    assert.equal(body.user.username, username);
    assert.equal(body.user.display_name, 'Ann Other');
    assert.match(body.token, /^[A-Za-z0-9_-]{43}$/, '256 bits in base64url');
    const days = (new Date(body.expires_at) - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days < 30.1, `it lives ${days} days`);
  });

  test('shows the user name where no display name was given', async () => {
    const username = name();
    assert.equal((await signUp({ username, password })).body.user.display_name, username);
    assert.equal((await signUp({ username: name(), password, display_name: null })).status, 201);
  });

  test('folds the upper case of a user name', async () => {
    const username = name();
    const { body } = await signUp({ username: username.toUpperCase(), password });
    assert.equal(body.user.username, username);
    assert.equal((await signIn({ username: username.toUpperCase(), password })).status, 200);
  });

  test('refuses a taken user name with 409, in whatever case', async () => {
    const username = name();
    await signUp({ username, password });
    assertError(await signUp({ username, password: 'another one' }), 409, 'conflict');
    assertError(await signUp({ username: username.toUpperCase(), password }), 409, 'conflict');
  });

  test('gives one of two who register a name at once the name, the other 409', async () => {
    const username = name();
    const both = await Promise.all([signUp({ username, password }), signUp({ username, password })]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
  });

  test('takes user names of 3 to 32 characters of a-z 0-9 _ . - only', async () => {
    for (const username of ['ab', 'a'.repeat(33), 'with space', 'über_all', 'semi;colon', '', 7, null, '@name_x']) {
      const error = assertError(await signUp({ username, password }), 400, 'invalid_field');
      assert.equal(error.field, 'username', JSON.stringify(username));
    }
    assertError(await signUp({ password }), 400, 'invalid_field');
    assert.equal((await signUp({ username: word('a.b-c_').padEnd(32, '0').slice(0, 32), password })).status, 201);
  });

  test('takes passwords of 8 to 256 bytes only', async () => {
    for (const bad of ['seven77', 'x'.repeat(257), 'ü'.repeat(129), '', 12345678, null, undefined]) {
      const error = assertError(await signUp({ username: name(), password: bad }), 400, 'invalid_field');
      assert.equal(error.field, 'password', JSON.stringify(bad));
    }
    for (const good of ['eight888', 'x'.repeat(256), 'ü'.repeat(4), 'with\ttab\nand line']) {
      const username = name();
      assert.equal((await signUp({ username, password: good })).status, 201, JSON.stringify(good));
      assert.equal((await signIn({ username, password: good })).status, 200);
      assert.equal((await signIn({ username, password: `${good.slice(0, -1)}#` })).status, 401);
    }
  });

  test('takes display names of 1 to 80 characters without control characters or white space around', async () => {
    const bad = ['', ' leading', 'trailing ', 'x'.repeat(81), 'line\nbreak', 'tab\tin', '\u0085', 'c1\u009fx', '\u3000x', 5];
    for (const display_name of bad) {
      const error = assertError(await signUp({ username: name(), password, display_name }), 400, 'invalid_field');
      assert.equal(error.field, 'display_name', JSON.stringify(display_name));
    }
    const longest = '😀'.repeat(80);
    const { body } = await signUp({ username: name(), password, display_name: longest });
    assert.equal(body.user.display_name, longest);
  });

  test('refuses U+0000 and lone surrogates anywhere, as a bad request', async () => {
    for (const bad of ['a\u0000b', 'a\ud800b']) {
      assertError(await signUp({ username: name(), password, display_name: bad }), 400, 'bad_request');
      assertError(await signUp({ username: name(), password: `secret${bad}` }), 400, 'bad_request');
    }
  });
});

describe('logging in', () => {
  test('answers 200 with the user, another token and when it expires', async () => {
    const user = await register();
    const { status, body } = await signIn({ username: user.username, password: user.password });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body).sort(), ['expires_at', 'token', 'user']);
    assert.equal(body.user.id, user.id);
    assert.notEqual(body.token, user.token);
  });

  test('answers a wrong user name and a wrong password alike: 401', async () => {
    const user = await register();
    const wrongPassword = await signIn({ username: user.username, password: 'not the one' });
    const wrongName = await signIn({ username: name(), password: 'not the one' });
    assertError(wrongPassword, 401, 'unauthenticated');
    assert.equal(wrongName.status, 401);
    assert.equal(wrongName.text, wrongPassword.text);
  });

  test('takes the same time for a wrong user name as for a wrong password', async () => {
    const timed = async (username) => {
      const start = performance.now();
      await signIn({ username, password: 'not the one' });
      return performance.now() - start;
    };
    const { username } = await register();
    // The quickest of several: what else the machine does only ever adds.
    const [known, unknown] = [[], []];
    for (let i = 0; i < 9; i += 1) {
      known.push(await timed(username));
      unknown.push(await timed(name()));
    }
    const ratio = Math.min(...known) / Math.min(...unknown);
    assert.ok(ratio > 0.5 && ratio < 2, `a known name takes ${ratio} times as long`);
  });

  test('refuses malformed fields with 400', async () => {
    for (const json of [{}, { username: 'someone' }, { password }, { username: 5, password }, { username: [], password }]) {
      assertError(await signIn(json), 400, 'invalid_field');
    }
  });
});

describe('a token', () => {
  test('opens /ws from the Authorization header', async () => {
    const user = await register();
    const client = await connect(user);
    assert.equal(client.protocol, 'tincan.v1');
    assert.equal(client.ready.user.id, user.id);
  });

  test('opens /ws as a second subprotocol, and the server answers the first alone', async () => {
    const user = await register();
    const client = await connect(user, { token: undefined, protocols: ['tincan.v1', `tincan.token.${user.token}`] });
    assert.equal(client.protocol, 'tincan.v1');
    assert.equal(client.ready.user.id, user.id);
  });

  test('in the header wins over one in a subprotocol', async () => {
    const [user, other] = await Promise.all([register(), register()]);
    const client = await connect(user, { protocols: ['tincan.v1', `tincan.token.${other.token}`] });
    assert.equal(client.ready.user.id, user.id);
    const refused = await upgrade(url(), {
      token: 'wrong', protocols: ['tincan.v1', `tincan.token.${other.token}`],
    });
    assertError(refused, 401, 'unauthenticated');
  });

  test('missing or bad in the header is 401 before the upgrade', async () => {
    const { token } = await register();
    for (const headers of [
      {}, { Authorization: 'Bearer ' }, { Authorization: 'Bearer x' }, { Authorization: `Basic ${token}` },
      { Authorization: token }, { Authorization: `Bearer ${'A'.repeat(43)}` }, { Authorization: `Bearer ${token}x` },
    ]) {
      assertError(await upgrade(url(), { headers }), 401, 'unauthenticated');
    }
  });

  test('bad as a subprotocol is an upgrade and then close 4501', async () => {
    for (const bad of ['A'.repeat(43), 'x', `${(await register()).token}x`]) {
      const client = await upgrade(url(), { protocols: ['tincan.v1', `tincan.token.${bad}`] });
      assert.equal((await client.closed()).code, 4501, bad);
      assert.deepEqual(client.frames, []);
    }
  });

  test('in the URL opens nothing', async () => {
    const { token } = await register();
    for (const query of [`token=${token}`, `access_token=${token}`]) {
      const answer = await call('GET', `/ws?${query}`, {
        headers: {
          Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol': 'tincan.v1',
        },
      });
      assert.equal(answer.status, 401);
    }
  });
});

describe('logging out over HTTP', () => {
  test('answers 204 and the token is worth nothing afterwards', async () => {
    const user = await register();
    const { status, text } = await call('POST', '/auth/logout', { token: user.token });
    assert.deepEqual([status, text], [204, '']);
    assertError(await upgrade(url(), { token: user.token }), 401, 'unauthenticated');
    assertError(await call('POST', '/auth/logout', { token: user.token }), 401, 'unauthenticated');
  });

  test('closes that session\'s WebSockets with 4501 and leaves other sessions alone', async () => {
    const user = await register();
    const [one, two] = await Promise.all([connect(user), connect(user)]);
    const other = await connect(user, { token: await logIn(user) });
    await call('POST', '/auth/logout', { token: user.token });
    assert.equal((await one.closed()).code, 4501);
    assert.equal((await two.closed()).code, 4501);
    await other.fence();
  });

  test('without or with a bad token is 401', async () => {
    assertError(await call('POST', '/auth/logout'), 401, 'unauthenticated');
    assertError(await call('POST', '/auth/logout', { token: 'nonsense' }), 401, 'unauthenticated');
  });
});

describe('auth/logout', () => {
  test('closes the asking connection with 1000, the session\'s others with 4501, and revokes the token', async () => {
    const user = await register();
    const [one, two] = await Promise.all([connect(user), connect(user)]);
    const other = await connect(user, { token: await logIn(user) });
    one.send({ type: 'auth/logout', id: 'bye', data: {} });
    assert.equal((await one.closed()).code, 1000);
    assert.equal((await two.closed()).code, 4501);
    assert.deepEqual(one.unclaimed, [], 'no answer but the close');
    await other.fence();
    assertError(await upgrade(url(), { token: user.token }), 401, 'unauthenticated');
  });

  test('is heard by nobody else', async () => {
    const [anna, ben] = await people('anna', 'ben');
    await ben.ask('group/create', { name: 'Us', member_ids: [anna.id] });
    await heard([anna], 'group/joined');
    anna.send({ type: 'auth/logout', id: 'bye', data: {} });
    await anna.closed();
    await ben.fence();
    assert.deepEqual(ben.unclaimed, []);
  });
});
