// What a client does, one thing after another: it types, writes, edits, removes, repeats itself, reads slowly, goes and comes
// back, and tries what it has no right to.
import { setTimeout as pause } from 'node:timers/promises';
import { uuid7 } from '../e2e/support.js';

// Mean, between two acts of one client.
const meanMs = 1200;

function place(client, world) {
  const known = [...client.known];
  return known.length === 0 ? client.random.pick(world.conversations) : client.random.pick(known);
}

function draft(client, world) {
  client.drafts = (client.drafts ?? 0) + 1;
  const body = `client ${client.c} writes ${client.drafts}${' and so on'.repeat(client.random.below(4))}`;
  return { conversation_id: place(client, world), body, nonce: uuid7() };
}

async function post(client, world, until) {
  const data = draft(client, world);
  const answer = await client.persist('message/create', data, until);
  if (answer?.data && client.random.chance(0.1)) await client.persist('message/create', data, until);
}

/** The same message twice at once, as an impatient client does. */
async function postTwice(client, world, until) {
  const data = draft(client, world);
  await Promise.all([client.persist('message/create', data, until), client.persist('message/create', data, until)]);
}

function ownMessage(client) {
  const own = [...client.own.values()].slice(-30).filter((message) => !message.removed_at);
  return own.length > 0 ? client.random.pick(own) : undefined;
}

async function edit(client, world, until) {
  const message = ownMessage(client);
  if (!message) return;
  client.drafts = (client.drafts ?? 0) + 1;
  const { conversation_id: conversation, seq, rev } = message;
  const body = `client ${client.c} edits ${client.drafts}`;
  await client.persist('message/edit', { conversation_id: conversation, seq, body, if_rev: rev }, until);
}

async function remove(client, world, until) {
  const message = ownMessage(client);
  if (!message) return;
  const { conversation_id: conversation, seq } = message;
  await client.persist('message/remove', { conversation_id: conversation, seq }, until);
}

/** Asks for what it may well have no right to. */
async function pry(client, world) {
  const conversation = client.random.pick(world.conversations);
  const [type, data] = client.random.pick([
    ['message/create', { body: `client ${client.c} intrudes`, nonce: uuid7() }],
    ['message/list', { limit: 5 }],
  ]);
  await client.ask(type, { conversation_id: conversation, ...data });
  await client.ask('message/sync', { after: { [client.random.pick(world.conversations)]: 0 }, limit: 5 });
}

/** Types for a while, and posts, or stops, or leaves it to the server to end it. */
async function type(client, world, until) {
  const data = { conversation_id: place(client, world) };
  client.say('conversation/type-start', data);
  await pause(client.random.between(50, 1500));
  if (client.random.chance(0.4)) client.say('conversation/type-end', data);
  else if (client.random.chance(0.5)) await client.persist('message/create', { ...draft(client, world), ...data }, until);
}

const acts = [
  [55, post], [4, postTwice], [14, edit], [7, remove], [6, pry], [8, type],
  [5, (client) => client.sync()],
  [3, (client) => client.dawdle(client.random.between(500, 4000))],
  [3, (client) => client.hangUp()],
];
const weights = acts.reduce((sum, [weight]) => sum + weight, 0);

function choose(random) {
  let left = random.below(weights);
  return acts.find(([weight]) => (left -= weight) < 0)[1];
}

/** Acts until `quitting()`; what is begun is brought to its end, by `end()` at the latest. */
export async function live(client, world, quitting, end) {
  await pause(client.random.between(0, 2 * meanMs));
  while (!quitting()) {
    await choose(client.random)(client, world, end());
    await pause(client.random.between(0, 2 * meanMs));
  }
}
