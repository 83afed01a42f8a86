// A cluster of three NATS servers, of which one after another dies and comes back. On a stack of its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect as connectNats } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { allMessages, connect, groupOf, people, persist, register, talk, until, use, uuid7 } from './support.js';
import { storedEvents } from './events.js';
import { ownStack } from './stack.js';

const servers = ['nats', 'nats-2', 'nats-3'];
let stack;
before(async () => {
  stack = await ownStack(
    { TINCAN_REGISTRATIONS_PER_MINUTE: '100000', TINCAN_REQUESTS_PER_S: '10000', TINCAN_REQUESTS_BURST: '10000' },
    ['--nats', '3', '--edge', '2', '--message', '2']);
  use(stack.url);
});
after(() => stack?.down());

/** What JetStream says of the stream; undefined while the cluster has no leader for it. */
async function streamInfo() {
  const nats = await connectNats({ servers: stack.natsUrl.split(',') });
  try {
    return await (await jetstreamManager(nats, { checkAPI: false, timeout: 1000 })).streams.info('TINCAN_EVENTS');
  } catch {
    return undefined;
  } finally {
    await nats.close();
  }
}

/** While it elects its leader anew, JetStream tells nothing. */
function electing(error) {
  if (error.name !== 'JetStreamApiError') throw error;
  return [];
}

const isWhole = async () => {
  const { leader, replicas = [] } = (await streamInfo())?.cluster ?? {};
  return Boolean(leader) && replicas.length === 2 && replicas.every((each) => each.current);
};

test('the stream is kept by all three', async () => {
  await until(isWhole, 'three replicas', 20_000);
  assert.equal((await streamInfo()).config.num_replicas, 3);
});

test('whichever server dies, nothing acknowledged is lost, on either edge, and each event is in the stream once', async () => {
  const [anna] = await people('anna');
  const ben = await connect(await register('ben'), { at: stack.secondUrl });
  const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
  const acknowledged = [];
  let going = true;
  const posting = (async () => {
    for (let i = 0; going; i += 1) {
      const data = { conversation_id: room.id, body: `${i}`, nonce: uuid7() };
      acknowledged.push((await persist(i % 2 ? anna : ben, 'message/create', data, 30_000)).message);
    }
  })();
  const tenMore = (when) => {
    const before = acknowledged.length;
    return until(() => acknowledged.length > before + 10, `messages ${when}`, 30_000);
  };
  for (const name of servers) {
    await tenMore('while all three are there');
    const server = await stack.strike([name]);
    await tenMore(`without ${name}`);
    await server.back(name);
    await until(isWhole, `${name} to have caught up`, 30_000);
  }
  going = false;
  await posting;

  const inOrder = acknowledged.map((_, i) => i + 1);
  const all = await allMessages(ben, room);
  assert.deepEqual(all.map((m) => [m.seq, m.body]), acknowledged.map((m) => [m.seq, m.body]));
  assert.deepEqual(all.map((m) => m.seq), inOrder);
  await until(async () => {
    const subject = `tincan.event.*.*.${room.id}.message.created`;
    const events = await storedEvents(stack.natsUrl.split(','), subject, 2 * acknowledged.length).catch(electing);
    const revs = events.map((event) => event.data.message.rev).sort((a, b) => a - b);
    assert.equal(new Set(revs).size, revs.length, 'none is there twice');
    return revs.length === acknowledged.length;
  }, 'every event in the stream', 20_000);
});
