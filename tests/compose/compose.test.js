// compose/ as an operator gets it, up and scaled as it comes: one port, two edges behind it, nobody privileged, and
// everything works again whichever container is killed. compose/test.sh brings it up and takes it down.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Client, Conversation } from '../../edge/web/tincan.js';
import { call, connect, groupOf, post, register, talk, until, word } from '../e2e/support.js';
import { compose, containers, docker, inspect, kill, metric, runIn } from './containers.js';

const SOON = 60_000; // on a slow machine, with Docker's own pauses before it starts a container again
const names = ['anna', 'ben', 'carl', 'dora'];
const users = {};
const views = [];
let room;

const ready = () => call('GET', '/readyz').then(({ status }) => status === 200, () => false);

/** A conversation as a client that stays shows it. */
async function viewOf(user) {
  const client = new Client(process.env.TINCAN_URL, user.token, { WebSocket, backoffMs: [50, 500] });
  await client.connect();
  const view = new Conversation(client, room.id);
  await view.open();
  views.push({ view, client });
}

before(async () => {
  await until(ready, 'GET /readyz to be 200', SOON);
  for (const name of names) users[name] = await register(name);
  const maker = await connect(users.anna);
  const group = await groupOf(maker, [], { member_ids: names.slice(1).map((name) => users[name].id) });
  room = await talk(group, maker);
  await maker.close();
  for (const name of ['anna', 'ben']) await viewOf(users[name]);
});

after(() => {
  for (const { view, client } of views) { view.close(); client.close(); }
});

/** Two more connect, so that every edge has somebody, and all hear what the first one says. */
async function conversationAcross(edges) {
  const open = [];
  try {
    for (const name of ['carl', 'dora']) open.push(await connect(users[name]));
    const served = await Promise.all((await containers('edge')).map(({ id }) => metric(id, 9100, 'tincan_edge_users')));
    assert.equal(served.filter((count) => count > 0).length, edges, `users on the edges: ${served}`);
    const { id } = await post(open[0], room, word('across '), [open[1]]);
    await Promise.all(views.map(({ view }) => until(() => view.messages.some((m) => m.id === id), `message ${id}`)));
  } finally {
    await Promise.all(open.map((each) => each.close().catch(() => {})));
  }
}

/** As soon as it works; what failed last, if it does not within time. */
async function worksAcross(edges) {
  let last;
  const attempt = () => conversationAcross(edges).then(() => true, (error) => { last = error; });
  await until(attempt, () => `a conversation across ${edges} edges; last ${last?.stack}`, SOON);
}

test('a message goes from a client on one edge to a client on the other', () => worksAcross(2));

test('a client may come by TLS', async () => {
  const { TINCAN_HTTPS_PORT: port, TINCAN_CERTIFICATES: certificates } = process.env;
  const ca = readFileSync(join(certificates, 'chat.pem'));
  const client = await connect(users.carl, { at: `https://127.0.0.1:${port}`, ca });
  await client.fence();
  await client.close();
});

test('limits by address count clients, and not HAProxy', async () => {
  const json = (i) => `{"username":"u${i}_${word('')}","password":"long enough"}`;
  const asks = Array.from({ length: 24 }, (_, i) => json(i)).map((body) => `ask '${body}'`).join('\n');
  const answers = await runIn('outer', `ask() {
    exec 3<>/dev/tcp/haproxy/8080
    printf 'POST /auth/register HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n' >&3
    printf 'Content-Type: application/json\\r\\nContent-Length: %s\\r\\n\\r\\n%s' "\${#1}" "$1" >&3
    head -1 <&3
  }
  ${asks}`);
  assert.match(answers, / 201 [^]* 429 /); // at most 10 a minute on an edge
  assert.equal((await register('another')).username.slice(0, 7), 'another');
});

test('Prometheus has figures of every process of ours, and of HAProxy', async () => {
  const wanted = ['auth', 'conversation', 'edge', 'edge', 'group', 'haproxy', 'message', 'prometheus'];
  let seen;
  const look = async () => {
    const answer = await fetch(`http://127.0.0.1:${process.env.PROMETHEUS_PORT}/api/v1/query?query=up%3D%3D1`);
    seen = (await answer.json()).data.result.map(({ metric: { job, service } }) => service ?? job).sort();
    return String(seen) === String(wanted);
  };
  await until(look, () => `figures of ${wanted}, not ${seen}`, SOON);
});

test('no process is privileged, and none can write to its image', async () => {
  for (const { id, service } of await containers()) {
    const uids = (await docker('top', id, '-eo', 'pid,uid')).split('\n').slice(1).map((line) => Number(line.trim().split(/ +/)[1]));
    assert.ok(uids.length > 0 && uids.every((uid) => uid > 0), `${service} runs as ${uids}`);
    const { HostConfig: { ReadonlyRootfs: readOnly, CapDrop: dropped, CapAdd: added, SecurityOpt: options } } = await inspect(id);
    assert.deepEqual([readOnly, dropped, added ?? [], options], [true, ['ALL'], [], ['no-new-privileges:true']], service);
  }
});

test('whichever container is killed comes back, and nothing is lost or doubled', async (t) => {
  const sent = [];
  for (const { id, service } of await containers()) {
    const says = () => views.map(({ view }) => view.send(word(`${service} `)));
    sent.push(...says());
    const killed = await kill(id);
    const at = Date.now();
    sent.push(...says());
    await until(killed.backAgain, `${service} to be healthy again`, SOON);
    await worksAcross(2);
    t.diagnostic(`${service}: all works ${Date.now() - at} ms after it was killed`);
  }
  const messages = await Promise.all(sent);
  const [one, two] = views.map(({ view }) => view);
  await until(() => one.rev === two.rev && one.messages.length === one.rev, () => `both to have all: ${one.rev}, ${two.rev}`);
  assert.deepEqual(one.messages.map((m) => m.id), two.messages.map((m) => m.id));
  assert.equal(new Set(messages.map((m) => m.id)).size, messages.length);
  for (const { id } of messages) assert.equal(one.messages.filter((m) => m.id === id).length, 1, id);
});

test('one more edge, or one more of a service, takes its share by --scale alone', async () => {
  await compose('up', '-d', '--no-recreate', '--scale', 'edge=3', '--scale', 'message=2');
  await worksAcross(3);
  await compose('up', '-d', '--no-recreate');
  await worksAcross(2);
});

test('nobody says on NATS what is not his to say', async () => {
  const lines = (await compose('logs', '--no-color')).split('\n');
  assert.deepEqual(lines.filter((line) => /nats_error|Violation/.test(line)), []);
  assert.ok(lines.some((line) => /Server is ready/.test(line)), 'the log of NATS is there');
});
