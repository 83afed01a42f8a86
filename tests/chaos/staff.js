// Who may be where changes all the time: members leave, are removed and come back, are struck from the closed
// conversation and listed again; others ask to be let in; groups are removed. One member's changes follow one another,
// so that it is always clear what holds.
import { setTimeout as pause } from 'node:timers/promises';
import { uuid7 } from '../e2e/support.js';

// Each: what ends a right, and what gives it back.
const ways = [
  {
    out: ({ owner, group }, { user }, end) => owner.persist('group/edit', { group_id: group, members: { remove: [user.id] } }, end),
    back: ({ owner, group }, { user }, end) => owner.persist('group/edit', { group_id: group, members: { add: [user.id] } }, end),
  },
  {
    out: ({ group }, member, end) => member.persist('group/leave', { group_id: group }, end),
    back: ({ group }, member, end) => member.persist('group/join', { group_id: group }, end),
  },
  {
    out: ({ owner, closed }, { user }, end) =>
      owner.persist('conversation/edit', { conversation_id: closed, participants: { remove: [user.id] } }, end),
    back: (place, member, end) => list(place, member, end),
  },
];

const list = ({ owner, closed }, { user }, end) =>
  owner.persist('conversation/edit', { conversation_id: closed, participants: { add: [user.id] } }, end);

const isSo = (answer) => answer && (!answer.error || answer.error.code === 'conflict');

/** One who is out goes on as if he were in. */
async function tryOn({ conversations }, member, random, until) {
  while (Date.now() < until) {
    const id = random.pick(conversations);
    await random.pick([
      () => member.ask('message/create', { conversation_id: id, body: `client ${member.c} is still here`, nonce: uuid7() }),
      () => member.ask('message/list', { conversation_id: id, limit: 3 }),
      () => member.ask('message/sync', { after: { [id]: 0 }, limit: 3 }),
    ])();
    await pause(random.between(100, 600));
  }
}

async function cycle(place, member, random, end) {
  const { out, back } = random.pick(ways);
  if (!isSo(await out(place, member, end))) return;
  await tryOn(place, member, random, Date.now() + random.between(100, 6000));
  if (!isSo(await back(place, member, end))) return;
  if (random.chance(0.5)) await list(place, member, end);
}

/** Removes the group of `place` at some time before `ms` have passed. */
export async function raze({ owner, group }, random, ms, end) {
  await pause(random.between(0.2 * ms, 0.9 * ms));
  await owner.persist('group/remove', { group_id: group }, end());
}

/** Asks at a private group: is let in and leaves again, or is refused, or thinks better of it. */
async function knock({ owner, group }, asker, random, end) {
  if (!isSo(await asker.persist('group/join', { group_id: group }, end))) return;
  await pause(random.between(0, 1000));
  const answer = (kind) => owner.persist('group/edit', { group_id: group, requests: { [kind]: [asker.user.id] } }, end);
  const kind = random.pick(['accept', 'accept', 'refuse', 'leave']);
  if (kind === 'refuse') await answer(kind);
  if (kind === 'accept' && isSo(await answer(kind))) await pause(random.between(0, 4000));
  if (kind !== 'refuse') await asker.persist('group/leave', { group_id: group }, end);
}

/** One after another asks to be let in, until `quitting()`. */
export async function answerDoor(door, random, quitting, end) {
  while (!quitting()) {
    await knock(door, random.pick(door.people), random, end());
    await pause(random.between(100, 1000));
  }
}

/** Changes who is in `place` until `quitting()`; what is begun is brought to its end, by `end` at the latest. */
export async function staff(place, random, quitting, end) {
  const half = Math.ceil(place.people.length / 2);
  await Promise.all([place.people.slice(0, half), place.people.slice(half)].map(async (people) => {
    while (!quitting()) {
      await cycle(place, random.pick(people), random, end());
      await pause(random.between(100, 1000));
    }
  }));
}
