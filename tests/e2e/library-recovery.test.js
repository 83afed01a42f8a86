// The client library while the processes of a stack of its own are killed: nothing is missing, nothing is there twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, Conversation } from '../../edge/web/tincan.js';
import { meddledLine } from './line.js';
import { connect, groupOf, register, talk, until, use, word } from './support.js';
import { ownStack } from './stack.js';

let stack;
let room;
const open = [];
before(async () => {
  stack = await ownStack({
    TINCAN_REGISTRATIONS_PER_MINUTE: '100000', TINCAN_REQUESTS_PER_S: '10000', TINCAN_REQUESTS_BURST: '10000',
  });
  use(stack.url);
});
after(async () => {
  for (const each of open) each.close();
  await stack?.down();
});

async function viewOf(user, line = meddledLine()) {
  const client = new Client(stack.url, user.token, { WebSocket: line.Socket, backoffMs: [50, 500] });
  await client.connect();
  const view = new Conversation(client, room.id);
  await view.open();
  open.push(view, client);
  return { client, view, line };
}

async function scene() {
  const [anna, ben] = await Promise.all([register('anna'), register('ben')]);
  const maker = await connect(await register('maker'));
  room = await talk(await groupOf(maker, [], { member_ids: [anna.id, ben.id] }), maker);
  return { maker, sides: await Promise.all([viewOf(anna), viewOf(ben)]) };
}

/** Whether all services have PostgreSQL and NATS: who had nothing to do while they were away may be a moment behind. */
async function isServed() {
  const someone = await connect(await register());
  await talk(await groupOf(someone), someone);
  await someone.close();
  return true;
}

const texts = (view) => view.messages.map((message) => `${message.seq} ${message.rev} ${message.body}`).join('\n');

test('both sides have everything once, in each author\'s order, whatever is killed', async () => {
  const { sides } = await scene();
  for (const name of ['edge', 'message', 'nats', 'postgres']) {
    const sent = sides.map(({ view }, side) => Array.from({ length: 20 }, (_, i) => view.send(`${name}-${side}-${i}`)));
    await sent[0][3];
    await stack.kill(name);
    const waited = await Promise.all(sides.map(({ view }, side) => view.send(`${name}-${side}-20`)));
    assert.ok(waited.every((message) => message.seq > 0));
  }
  await Promise.all(sides.map(({ view }) => until(() => view.pending.length === 0 && view.rev === 168, () => `rev 168, not ${view.rev}`, 30_000)));
  for (const { view } of sides) while (view.more) await view.older();
  const [one, two] = sides.map(({ view }) => view);
  assert.equal(texts(one), texts(two));
  assert.deepEqual(one.messages.map((message) => message.seq), Array.from({ length: 168 }, (_, i) => i + 1));
  for (const side of [0, 1]) {
    const said = one.messages.map((message) => message.body.split('-')).filter(([, from]) => from === String(side));
    assert.deepEqual(said.map(([, , i]) => Number(i)), Array.from({ length: 84 }, (_, i) => i % 21));
  }
});

test('who was away for more than a little begins anew, and has older messages when he asks', async () => {
  await until(() => isServed().catch(() => false), 'everybody to be back');
  const { maker, sides: [{ view, line, client }] } = await scene();
  let letIn = false;
  const hear = line.hear;
  line.hear = (frame, pass) => { if (letIn) pass(); };
  line.cut();
  await until(() => client.state === 'waiting' || client.state === 'connecting', 'the loss');
  const say = (body) => maker.ask('message/create', { conversation_id: room.id, body }, 30_000);
  for (let i = 0; i < 26; i += 1) await Promise.all(Array.from({ length: 50 }, () => say(word())));
  letIn = true;
  line.hear = hear;
  line.cut();
  await until(() => view.rev === 1300, () => `rev 1300, not ${view.rev}`, 20_000);
  assert.equal(view.messages.at(-1).seq, 1300);
  const held = view.messages.length;
  assert.ok(held < 1300 && view.more, `${held}`);
  assert.equal(view.messages[0].seq, 1300 - held + 1);
  await view.older();
  assert.equal(view.messages.length, held + 50);
});
