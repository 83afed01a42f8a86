// The load, as a process of its own: at least 200 clients that keep their histories. Its parent says over IPC when
// to enrol, to play a round, to be quiet, to settle, and to clear up.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { register } from '../e2e/support.js';
import { Client } from './client.js';
import { Journal } from './journal.js';
import { live } from './acts.js';
import { randomFrom } from './random.js';
import { answerDoor, raze, staff } from './staff.js';
import { makeWorld } from './world.js';

const seconds = 8; // users with two connections
// Not answered by then, an ask is given up, and its fate is unknown.
const patienceMs = 30_000;

let urls;
const users = [];
let round;

async function enrol(count, addresses) {
  urls = addresses;
  const rest = Array.from({ length: count }, (_, i) => i);
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let i = rest.pop(); i !== undefined; i = rest.pop()) users[i] = await register('chaos', { at: urls[i % urls.length] });
  }));
}

function makeClients(seed, journal) {
  const all = [...users, ...users.slice(0, seconds)];
  return all.map((user, c) => {
    const client = new Client({ c, user, urls, random: randomFrom(seed * 1000 + c), journal });
    client.isSecond = c >= users.length;
    journal.write({ t: Date.now(), c, client: { user: user.id } });
    return client;
  });
}

async function begin(seed, ms, directory) {
  await mkdir(directory, { recursive: true });
  const journal = new Journal(join(directory, 'history.jsonl'));
  const clients = makeClients(seed, journal);
  for (const client of clients) client.start();
  await Promise.all(clients.map((client) => client.ready));
  const random = randomFrom(seed);
  const world = await makeWorld(clients, random);
  journal.write({ round: { seed, groups: world.groups } });
  round = { journal, clients, world, random, isQuiet: false };
  const quitting = () => round.isQuiet;
  const end = () => Date.now() + patienceMs;
  round.acting = Promise.all([
    ...clients.map((client) => live(client, world, quitting, end)),
    ...world.places.map((place) => staff(place, random, quitting, end)),
    ...world.passing.map((place) => raze(place, random, ms, end)),
    ...world.doors.map((door) => answerDoor(door, random, quitting, end)),
  ]);
  return { groups: world.groups };
}

/** No new acts; comes back when those under way have ended. */
async function hush() {
  round.isQuiet = true;
  await round.acting;
}

/** Every client looks around and syncs one last time. */
async function settle() {
  const until = Date.now() + patienceMs;
  await Promise.all(round.clients.map(async (client) => {
    if (await client.settle(until)) return;
    round.journal.write({ t: Date.now(), c: client.c, fault: 'a client could not sync in the end' });
  }));
}

/** Removes the groups and ends the round. */
async function clear() {
  const { clients, world, journal } = round;
  journal.write({ over: true });
  await Promise.all([...world.places, ...world.doors].map(({ owner, group }) => owner.persist('group/remove', { group_id: group }, Date.now() + 5000)));
  await Promise.all(clients.map((client) => client.stop()));
  await journal.close();
}

const commands = {
  enrol: ({ count, addresses }) => enrol(count, addresses),
  begin: ({ seed, ms, directory }) => begin(seed, ms, directory),
  hush, settle, clear,
};

process.on('message', async ({ id, command, ...data }) => {
  try {
    process.send({ id, result: (await commands[command](data)) ?? {} });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
});
process.on('disconnect', () => process.exit());
