// The people of tests/e2e/rights-table.js, and what they stand in those relations to: groups ("houses") with their
// conversations ("rooms").
import assert from 'node:assert/strict';
import { connect, register, until, uuid7, word } from './support.js';
import { askers } from './rights-table.js';

// Each of a person's connections has a rate limit of its own; together they bear his whole column.
const connectionsEach = 2;

class Person {
  #next = 0;

  constructor(clients) { this.clients = clients; }

  get id() { return this.clients[0].id; }

  /** The one who hears what is waited for. */
  get first() { return this.clients[0]; }

  /** His connections in turn. */
  get client() {
    this.#next = (this.#next + 1) % this.clients.length;
    return this.clients[this.#next];
  }

  ask(type, data) { return this.client.ask(type, data); }
}

/** Somebody for each column, by its name. */
export async function cast() {
  const all = askers.map(async (name) => {
    const user = await register(name);
    const clients = Array.from({ length: connectionsEach }, () => connect(user));
    return [name, new Person(await Promise.all(clients))];
  });
  return Object.fromEntries(await Promise.all(all));
}

const ids = (people, ...names) => names.map((name) => people[name].id);

/** A group in which everybody is what his name says but `removed`, who is a member still. */
async function foundHouse(people, visibility) {
  const { owner, requester, author } = people;
  const name = word('House ');
  const member_ids = ids(people, 'removed', 'member', 'dropped', 'listed', 'author', 'maker');
  const { group } = await owner.ask('group/create', { name, visibility: 'private', member_ids });
  const group_id = group.id;
  await author.first.event('group/joined', (d) => d.group.id === group_id);
  await requester.ask('group/join', { group_id });
  if (visibility !== 'private') await owner.ask('group/edit', { group_id, visibility });
  return { group: group_id, name, visibility };
}

const removeFromHouse = (people, { group }) =>
  people.owner.ask('group/edit', { group_id: group, members: { remove: [people.removed.id] } });

/** A group in which everybody is what his name says; nobody talks there yet. */
export async function house(people, visibility) {
  const founded = await foundHouse(people, visibility);
  await removeFromHouse(people, founded);
  return founded;
}

const participants = {
  'of the whole group': undefined,
  'closed, without the group\'s owner': ['dropped', 'listed', 'author'],
  'closed, with the group\'s owner': ['dropped', 'listed', 'author', 'owner'],
  'closed, and left by its maker': ['dropped', 'listed', 'author'],
};

async function openRoom(people, { group }, kind, more = []) {
  const closed = participants[kind] && { participant_ids: ids(people, ...participants[kind], ...more) };
  const { conversation } = await people.maker.ask('conversation/create', { group_id: group, name: 'Room', ...closed });
  return conversation.id;
}

const editRoom = ({ maker }, conversation_id, edit) => maker.ask('conversation/edit', { conversation_id, participants: edit });

async function settleRoom(people, kind, id) {
  if (participants[kind]) await editRoom(people, id, { remove: [people.dropped.id] });
  if (kind === 'closed, and left by its maker') await editRoom(people, id, { remove: [people.maker.id] });
}

/** A conversation of that kind in which everybody is what his name says; nobody has said anything. */
export async function room(people, home, kind) {
  const conversation = await openRoom(people, home, kind);
  await settleRoom(people, kind, conversation);
  return { ...home, conversation, kind };
}

/** Something that the author says in a room. */
export async function saying(people, place) {
  const { message } = await people.author.ask('message/create', { conversation_id: place.conversation, body: 'hello' });
  return { ...place, seq: message.seq };
}

/** A group with a room of each kind, where those who are out of them now were once and have spoken, and which the
 *  services know of: `{home, rooms}`. */
export async function furnishedHouse(people, visibility) {
  const home = await foundHouse(people, visibility);
  const rooms = await Promise.all(Object.keys(participants).map(async (kind) => {
    const conversation = await openRoom(people, home, kind, ['removed']);
    const witnesses = [people.author.first, people.listed.first]; // who will hear others type
    await Promise.all(witnesses.map((each) => each.event('conversation/created', (d) => d.conversation.id === conversation)));
    const speakers = [people.dropped, people.removed];
    for (const speaker of speakers) await speaker.ask('message/create', { conversation_id: conversation, body: 'bye' });
    await settleRoom(people, kind, conversation);
    return saying(people, { ...home, conversation, kind });
  }));
  await removeFromHouse(people, home);
  await Promise.all(rooms.map((each) => shut(people, each)));
  return { home, rooms };
}

/** Comes back when those who were in a room and are not any more are refused there. */
async function shut({ removed, dropped, maker }, { conversation, kind }) {
  const refused = async (person) => (await person.client.request('message/list', { conversation_id: conversation })).error;
  const out = [removed, ...(participants[kind] ? [dropped] : []), ...(kind.includes('left by') ? [maker] : [])];
  for (const person of out) await until(() => refused(person), `${person.first.name} to be refused`, 2000);
}

/** All that there is to know of a furnished house, so that a change shows. */
export async function stateOf({ owner, author }, { home, rooms }) {
  const group_id = home.group;
  const requests = home.visibility === 'hidden' ? [] : [owner.ask('group/view', { group_id, requests: true })];
  const after = Object.fromEntries(rooms.map(({ conversation }) => [conversation, 0]));
  const [members, list, sync, ...rest] = await Promise.all([
    owner.ask('group/view', { group_id, members: true }), owner.ask('conversation/list', { group_id }),
    author.ask('message/sync', { after }), ...requests,
  ]);
  const byId = (one, other) => (one.conversation_id < other.conversation_id ? -1 : 1);
  assert.equal(sync.conversations.length, rooms.length);
  return [members, list, sync.conversations.sort(byId), ...rest];
}

/** The same place, but that its group or conversation is nothing's. */
export const nowhere = (place) => (place.conversation === undefined
  ? { ...place, group: uuid7(), name: word('None ') } : { ...place, conversation: uuid7() });
