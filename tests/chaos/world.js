// Where the load plays: groups of some of the clients, each with conversations open to all of it and a closed one;
// some are removed in the midst of it, and to private ones others ask to be let in.
import { word } from '../e2e/support.js';

const groups = 10;
const members = 30;
const listed = 8;
const passing = 5;
const passengers = 10;
const doors = 5;
const knockers = 6;

/** What a group's owner asks for until it is granted; before anything dies. */
async function make(owner, type, data) {
  const answer = await owner.persist(type, data, Date.now() + 30_000);
  if (!answer?.data) throw new Error(`${type} failed: ${JSON.stringify(answer)}`);
  return answer.data;
}

async function makePlace(owner, people) {
  const ids = people.map((client) => client.user.id);
  const { group } = await make(owner, 'group/create', { name: word('Chaos '), member_ids: ids });
  const conversation = async (data) =>
    (await make(owner, 'conversation/create', { group_id: group.id, name: 'Talk', ...data })).conversation.id;
  const open = [await conversation({}), await conversation({})];
  const closed = await conversation({ participant_ids: ids.slice(0, listed) });
  return { group: group.id, owner, people, open, closed, conversations: [...open, closed] };
}

/** A private group of its owner alone, with one conversation. */
async function makeDoor(owner, people) {
  const { group } = await make(owner, 'group/create', { name: word('Door '), visibility: 'private' });
  const { conversation } = await make(owner, 'conversation/create', { group_id: group.id, name: 'Behind it' });
  return { group: group.id, owner, people, conversations: [conversation.id] };
}

/** Places with clients of their own choosing; a user's second connection takes part in what the user does. */
export async function makeWorld(clients, random) {
  const users = clients.filter((client) => !client.isSecond);
  const some = (count, size, kind) => Promise.all(random.shuffled(users).slice(0, count).map((owner) =>
    kind(owner, random.shuffled(users.filter((client) => client !== owner)).slice(0, size))));
  const world = {
    places: await some(groups, members, makePlace),
    passing: await some(passing, passengers, makePlace),
    doors: await some(doors, knockers, makeDoor),
  };
  const all = Object.values(world).flat();
  return { ...world, groups: all.map(({ group }) => group), conversations: all.flatMap(({ conversations }) => conversations) };
}
