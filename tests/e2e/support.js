// What every end-to-end test stands on: the stack under test, users, connections, groups and conversations.
import assert from 'node:assert/strict';
import http from 'node:http';
import { randomBytes } from 'node:crypto';
import { Client, upgrade } from './client.js';
import { complaintsAboutAnswer } from './http-contract.js';
import { until, within } from './waiting.js';

export { Client, heard, quiet, received, textOf, upgrade } from './client.js';
export { until, within } from './waiting.js';

let base = process.env.TINCAN_URL;

/** Where the stack under test is: `TINCAN_URL`, unless a file has brought up its own. */
export function url() {
  assert.ok(base, 'TINCAN_URL must say where the stack under test is');
  return base;
}

/** Everything after this speaks to the stack at `address`. */
export function use(address) { base = address; }

/** A word that no other test has: for names. */
export const word = (prefix = 'w') => prefix + randomBytes(6).toString('hex');

/** A UUIDv7 of the given time, as a client makes it for a nonce. */
export function uuid7(time = Date.now()) {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(time, 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** One HTTP request. `json` is sent as a JSON body, `body` as it is. Gives `{status, headers, text, body}`, which is as
 *  docs/openapi.yaml says. */
export async function call(method, path, options) {
  const answer = await exchange(method, path, options);
  const bodiless = method === 'HEAD' || answer.status === 304;
  if (!bodiless) assert.deepEqual(complaintsAboutAnswer(method, path.split('?')[0], answer), []);
  return answer;
}

function exchange(method, path, { json, body, token, headers = {}, from, at = url() } = {}) {
  const payload = json === undefined ? body : JSON.stringify(json);
  const all = { ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers };
  if (token !== undefined) all.Authorization = `Bearer ${token}`;
  if (payload !== undefined && !('Transfer-Encoding' in all)) all['Content-Length'] ??= Buffer.byteLength(payload);
  const answered = new Promise((resolve, reject) => {
    const request = http.request(new URL(path, at), { method, headers: all, agent: false, localAddress: from });
    request.on('error', reject);
    request.on('response', (response) => resolve(whole(response)));
    request.end(payload);
  });
  return within(answered, `the answer to ${method} ${path}`);
}

async function whole(response) {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const isJson = /^application\/json\b/.test(response.headers['content-type'] ?? '');
  return { status: response.statusCode, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

/** Asserts that an HTTP answer is the error `code` under `status`. */
export function assertError(answer, status, code) {
  assert.equal(answer.status, status, `${answer.status} ${answer.text}`);
  assert.equal(answer.body?.error?.code, code, answer.text);
  assert.equal(typeof answer.body.error.message, 'string');
  return answer.body.error;
}

/** Registers somebody: `{id, username, password, display_name, created_at, token}`. */
export async function register(label = 'someone', { from, at } = {}) {
  const json = { username: `${label}_${randomBytes(5).toString('hex')}`, password: word('secret-') };
  const { status, body, text } = await call('POST', '/auth/register', { json, from, at });
  assert.equal(status, 201, text);
  return { ...body.user, password: json.password, token: body.token, expires_at: body.expires_at };
}

/** Another session of a registered user: its token. */
export async function logIn(user, options = {}) {
  const json = { username: user.username, password: user.password };
  const { status, body, text } = await call('POST', '/auth/login', { json, ...options });
  assert.equal(status, 200, text);
  return body.token;
}

/** A connection of the user that has had its session/ready (found in `ready`). */
export async function connect(user, { token = user.token, at = url(), ...options } = {}) {
  const client = await upgrade(at, { token, user, ...options });
  assert.ok(client instanceof Client, `the upgrade was refused: ${client.status} ${client.text}`);
  client.ready = (await client.event('session/ready')).data;
  return client;
}

/** New users, each with one connection. */
export const people = (...labels) => Promise.all(labels.map(async (label) => connect(await register(label))));

/** A group of `owner` and those `members`, who have all heard of it. */
export async function groupOf(owner, members = [], data = {}) {
  const ids = members.map((member) => member.id);
  const { group } = await owner.ask('group/create', { name: word('Group '), member_ids: ids, ...data });
  await Promise.all(members.map((member) => member.event('group/joined', (d) => d.group.id === group.id)));
  return group;
}

/** A conversation in the group of all its members; `others`, those but its maker, have heard of it. */
export async function talk(group, maker, others = [], data = {}) {
  const { conversation } = await maker.ask('conversation/create', { group_id: group.id, name: 'Talk', ...data });
  await Promise.all(others.map((o) => o.event('conversation/created', (d) => d.conversation.id === conversation.id)));
  return conversation;
}

/** A closed conversation of its maker and `others`. */
export const closedTalk = (group, maker, others = [], data = {}) =>
  talk(group, maker, others, { participant_ids: others.map((other) => other.id), ...data });

/** Asks until it succeeds; on the way it may only fail as `unavailable`, which says when to try again. */
export async function persist(client, type, data, ms = 20_000) {
  return until(async () => {
    const frame = await client.request(type, data, 6500);
    if (frame.error) {
      assert.equal(frame.error.code, 'unavailable', JSON.stringify(frame));
      assert.ok(frame.error.retry_after_ms > 0);
      await new Promise((resolve) => { setTimeout(resolve, Math.min(frame.error.retry_after_ms, 500)); });
    }
    return frame.data;
  }, `${type} to succeed`, ms);
}

/** Every message of a conversation, oldest first. */
export async function allMessages(client, room) {
  const all = [];
  for (let more = true; more;) {
    const page = await client.ask('message/list', { conversation_id: room.id, after: all.at(-1)?.seq ?? 0, limit: 200 });
    all.push(...page.messages);
    ({ more } = page);
  }
  return all;
}

/** Posts `body` and gives the message; `hearers` have had the event. */
export async function post(author, conversation, body = 'hello', hearers = []) {
  const { message } = await author.ask('message/create', { conversation_id: conversation.id, body });
  await Promise.all(hearers.map((h) => h.event('message/created', (d) => d.message.id === message.id)));
  return message;
}

/** Every item of a paginated list: asks with each cursor until there is none. */
export async function allPages(client, type, data, items) {
  const all = [];
  let pages = 0;
  for (let cursor; pages === 0 || cursor !== undefined; pages += 1) {
    const page = await client.ask(type, { ...data, cursor });
    all.push(...page[items]);
    cursor = page.cursor;
    assert.ok(pages < 100, `${type} never ends`);
  }
  return { all, pages };
}
