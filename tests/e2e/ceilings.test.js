// What an edge lets in and keeps: edges of their own with small ceilings, beside the stack's.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call, connect, groupOf, people, post, register, talk, until, use, url } from './support.js';
import { besiege } from '../siege/hostile.js';
import { Wire } from './raw.js';
import { ownEdge } from './edge.js';

const MiB = 1024 * 1024;
const balancer = '127.0.1.2';
const common = { TINCAN_CONNECTIONS_ALL: '1000', TINCAN_CONNECTIONS_ADDRESS: '1000', TINCAN_ADDRESS_PER_S: '100000',
  TINCAN_ADDRESS_BURST: '100000', TINCAN_PROXY_FROM: `${balancer}/32` };
const healthz = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';

/** An edge of these tests' own, which they speak with from here on. */
function edgeWith(settings) {
  const held = {};
  let base;
  before(async () => {
    held.edge = await ownEdge({ ...common, ...settings });
    base = url();
    use(held.edge.url);
    let n = 0; // an address may not ask often
    await until(async () => (await call('GET', '/readyz', { from: `127.0.8.${n += 1}` })).status === 200, 'the edge to be ready');
  });
  after(async () => {
    use(base);
    await held.edge?.down();
  });
  return held;
}

/** What the edge shows; undefined while it lets nobody in. */
async function metric(name) {
  const { status, text } = await call('GET', '/metrics', { from: '127.0.9.9' });
  if (status === 503) return undefined;
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  assert.ok(line, `${name} is shown`);
  return Number(line.slice(name.length));
}

const refusals = (why) => metric(`tincan_edge_refused_total{why="${why}"}`);

/** Asks on a connection of its own: the wire, and the answer. */
async function come(from, before = '') {
  const wire = await Wire.open(from);
  return { wire, answer: await wire.write(before).write(healthz).response() };
}

async function refused(coming, status, code) {
  const { wire, answer } = await coming;
  const { error } = JSON.parse(answer.text);
  assert.deepEqual([answer.status, error.code], [status, code]);
  assert.ok(error.retry_after_ms > 0);
  await wire.end();
  return error.retry_after_ms;
}

const leave = async (wires) => {
  for (const { wire } of wires) wire.socket.destroy();
  await until(async () => await metric('tincan_edge_connections') === 1, 'all to be gone');
};

describe('connections', () => {
  const held = edgeWith({ TINCAN_CONNECTIONS_ALL: '8', TINCAN_CONNECTIONS_ADDRESS: '3' });
  const bySpeaker = (client) => Buffer.concat([
    Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex'), Buffer.from([...client.split('.').map(Number), 127, 0, 0, 1, 1, 2, 3, 4]),
  ]);

  test('from an address: the third is let in, one more is 429, and one that has gone makes room', async () => {
    const three = await Promise.all([1, 2, 3].map(() => come('127.0.2.1')));
    assert.deepEqual(three.map(({ answer }) => answer.status), [200, 200, 200]);
    await refused(come('127.0.2.1'), 429, 'rate_limited');
    const other = await come('127.0.2.2');
    assert.equal(other.answer.status, 200);
    three.pop().wire.socket.destroy();
    await until(async () => {
      const again = await come('127.0.2.1');
      if (again.answer.status === 200) three.push(again);
      return again.answer.status === 200;
    }, 'room for another');
    assert.ok(await refusals('address_connections') > 0);
    await until(() => / event=refused why=address_connections who=127\.0\.2\.1 times=1\b/.test(held.edge.said), 'a line that says so');
    await leave([...three, other]);
  });

  test('by a load balancer count for the client that it names', async () => {
    const three = await Promise.all([1, 2, 3].map(() => come(balancer, bySpeaker('198.51.100.7'))));
    assert.deepEqual(three.map(({ answer }) => answer.status), [200, 200, 200]);
    await refused(come(balancer, bySpeaker('198.51.100.7')), 429, 'rate_limited');
    const other = await come(balancer, bySpeaker('198.51.100.8'));
    assert.equal(other.answer.status, 200);
    await leave([...three, other]);
  });

  test('in all: the eighth is let in, and one more is 503', async () => {
    const eight = [];
    await until(async () => { // those who have just gone may still count
      const another = await come(`127.0.3.${eight.length + 1}`);
      if (another.answer.status === 200) eight.push(another);
      return eight.length === 8;
    }, 'eight to be let in');
    await refused(come('127.0.3.9'), 503, 'unavailable');
    await leave(eight);
    assert.ok(await refusals('connections') > 0);
  });
});

describe('an address', () => {
  edgeWith({ TINCAN_ADDRESS_PER_S: '2', TINCAN_ADDRESS_BURST: '12' });

  test('comes and asks so often: then it is 429, until retry_after_ms has passed', async () => {
    const { wire, answer } = await come('127.0.4.1');
    assert.equal(answer.status, 200);
    let asked = 1;
    for (; asked < 100 && (await wire.write(healthz).response()).status === 200; asked += 1);
    assert.ok(asked >= 11 && asked <= 13, `${asked} were let through`);
    await wire.end();
    const ms = await refused(come('127.0.4.1'), 429, 'rate_limited');
    assert.equal((await come('127.0.4.2')).answer.status, 200, 'nobody else is concerned');
    await new Promise((resolve) => { setTimeout(resolve, ms); });
    assert.equal((await come('127.0.4.1')).answer.status, 200);
  });
});

describe('what is kept for all together', () => {
  const ceiling = 8 * MiB;
  const held = edgeWith({
    TINCAN_CLIENTS_BYTES: `${ceiling}`,
    ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=1`, // or it would keep what the edge does not
  });

  test('stays below its ceiling under 400 connections that mean harm, and a client that means well is served', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const users = await Promise.all(Array.from({ length: 13 }, () => register()));
    const group = await groupOf(anna, [ben], { member_ids: [ben, ...users].map((user) => user.id) });
    const room = await talk(group, anna, [ben]);
    for (let i = 0; i < 4; i += 1) await post(anna, room, '😀'.repeat(8000), [ben]);
    const resident = await metric('process_resident_memory_bytes');
    const siege = await besiege({ url: held.edge.url, tokens: users.map((user) => user.token), room: room.id, count: 400 });
    assert.equal(siege.letIn(), 400);
    await until(async () => await refusals('bytes') >= 100, 'the greediest to be shut out');
    for (let i = 0; i < 20; i += 1) {
      await post(anna, room, 'still here', [ben]);
      assert.ok(await metric('tincan_edge_client_bytes') <= ceiling + MiB); // and what a turn of its loop may bring
    }
    const grown = await metric('process_resident_memory_bytes') - resident;
    assert.ok(grown < 2 * ceiling + 400 * 64 * 1024, `it grew by ${Math.round(grown / MiB)} MiB`);
    siege.end();
    await until(async () => await metric('tincan_edge_client_bytes') < MiB, 'all of it to be given back');
    await connect(users[0]);
  });
});
