// Every operation, asked by everybody there can be, of everything that he may or may not see: the cells of
// tests/e2e/rights-table.js against the whole stack.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { operations } from './contract.js';
import { RawSocket, Wire, frame, upgradeRequest } from './raw.js';
import { anyone, conversations, groups } from './rights-table.js';
import { cast, furnishedHouse, house, nowhere, room, saying, stateOf } from './rights-world.js';
import { assertError, call, connect, logIn, textOf, upgrade, url, word } from './support.js';

let people;
let houses;
before(async () => {
  people = await cast();
  houses = await Promise.all(Object.keys(groups).map((visibility) => furnishedHouse(people, visibility)));
});

// What each row asks, of a place and by whom.
const group = (more) => (place, asker) => ({ group_id: place.group, ...more?.(asker) });
const edit = (participants, more) => (place, asker) =>
  ({ conversation_id: place.conversation, participants: participants(asker), ...more });
const said = (more) => (place) => ({ conversation_id: place.conversation, ...more });
const message = (more) => (place) => ({ conversation_id: place.conversation, seq: place.seq, ...more });

const data = {
  'group/list': (place) => ({ query: place.name }),
  'group/list, mine': (place) => ({ query: place.name, mine: true }),
  'group/view': group(),
  'group/view, members': group(() => ({ members: true })),
  'group/view, requests': group(() => ({ requests: true })),
  'group/join': group(),
  'group/leave': group(),
  'group/remove': group(),
  'group/edit, describe': group(() => ({ description: 'described' })),
  'group/edit, hide': group(() => ({ visibility: 'hidden' })),
  'group/edit, add the outsider': group(() => ({ members: { add: [people.outsider.id] } })),
  'group/edit, remove the member': group(() => ({ members: { remove: [people.member.id] } })),
  'group/edit, accept the requester': group(() => ({ requests: { accept: [people.requester.id] } })),
  'group/edit, refuse the requester': group(() => ({ requests: { refuse: [people.requester.id] } })),
  'group/edit, hand over to the member': group(() => ({ owner_id: people.member.id })),
  'group/edit, hand over to the asker': group((asker) => ({ owner_id: asker.id })),
  'conversation/create': group(() => ({ name: 'New' })),
  'conversation/create, closed': group(() => ({ name: 'New', participant_ids: [people.member.id] })),
  'conversation/list': group(),
  'conversation/edit, name': said({ name: 'Renamed' }),
  'conversation/edit, add': edit(() => ({ add: [people.member.id] })),
  'conversation/edit, remove another': edit((asker) =>
    ({ remove: [(asker === people.listed ? people.author : people.listed).id] })),
  'conversation/edit, go': edit((asker) => ({ remove: [asker.id] })),
  'conversation/edit, name and go': edit((asker) => ({ remove: [asker.id] }), { name: 'Renamed' }),
  'conversation/remove': said(),
  'conversation/type-start': said(),
  'conversation/type-end': said(),
  'message/create': said({ body: 'another' }),
  'message/edit': message({ body: 'otherwise' }),
  'message/edit, of none': said({ seq: 99, body: 'otherwise' }),
  'message/remove': message(),
  'message/remove, of none': said({ seq: 99 }),
  'message/list': said(),
  'message/heads': (place) => ({ conversation_ids: [place.conversation] }),
  'message/sync': (place) => ({ after: { [place.conversation]: 0 } }),
};

// What a row that is done needs for itself, since it changes it for the others; rows that are not here only read.
const spoils = (row) => {
  if (/^group\/(join|leave|remove|edit)/.test(row)) return (place) => house(people, place.visibility);
  if (/^conversation\/(edit|remove)/.test(row)) return (place) => room(people, place, place.kind);
  if (/^message\/(edit|remove)/.test(row)) return (place) => saying(people, place);
  if (/create$|create,|type-/.test(row)) return (place) => place;
  return undefined;
};

const typeOf = (row) => row.split(',')[0];
const done = (outcome) => outcome === 'yes' || outcome === 'asks';
const refusals = { forb: 'forbidden', none: 'not_found', conf: 'conflict' };

// Whether a list that was asked for has it.
const shows = {
  'group/list': ({ groups: found }, place) => found.some(({ id }) => id === place.group),
  'conversation/list': ({ conversations: found }, place) => found.some(({ id }) => id === place.conversation),
  'message/heads': ({ heads }) => heads.length === 1,
  'message/sync': ({ conversations: found }) => found.length === 1 && !found[0].gone,
};

/** An answer in the words of the table. */
function outcomeOf(row, place, answer) {
  const type = typeOf(row);
  const refusal = Object.keys(refusals).find((word_) => refusals[word_] === answer.error?.code);
  if (type in shows && (place.conversation !== undefined || type === 'group/list')) {
    return answer.data && shows[type](answer.data, place) ? 'yes' : 'not';
  }
  if (refusal) return answer.type === operations[type].failure ? refusal : `${refusal} as ${answer.type}`;
  if (answer.error) return textOf(answer);
  if (answer.type === 'group/join-requested') return 'asks';
  return operations[type].answers.includes(answer.type) ? 'yes' : textOf(answer);
}

const blank = (answer, place) => [answer.re, place.group, place.conversation].filter(Boolean)
  .reduce((text, id) => text.replaceAll(id, '…'), textOf(answer));

/** What is wrong with a cell, or undefined. */
async function judge({ row, asker, outcome }, place) {
  const person = people[asker];
  const ask = (where) => person.client.request(typeOf(row), data[row](where, person));
  const at = `${place.visibility} group, ${place.kind ? `conversation ${place.kind}, ` : ''}${row}, by ${asker}`;
  const answer = await ask(place);
  const got = outcomeOf(row, place, answer);
  if (got !== outcome) return `${at}: ${got} instead of ${outcome}`;
  if (outcome !== 'none' && (outcome !== 'not' || answer.error || typeOf(row) === 'conversation/list')) return undefined;
  const nothing = nowhere(place);
  const [here, there] = [blank(answer, place), blank(await ask(nothing), nothing)];
  return here === there ? undefined : `${at}: ${here} instead of ${there}`;
}

/** One that types is heard; an end, once a start was. */
async function judgeTyping({ row, asker, outcome }, place) {
  if (!done(outcome)) return judge({ row, asker, outcome }, place);
  const { clients, id } = people[asker];
  const client = clients[row.endsWith('start') ? 0 : 1]; // typing belongs to a connection
  const witness = (asker === 'author' ? people.listed : people.author).first;
  const heard = (type) => witness.event(type, (d) => d.conversation_id === place.conversation && d.user_id === id);
  const types = ['conversation/type-start', 'conversation/type-end'].slice(0, row.endsWith('start') ? 1 : 2);
  for (const type of types) {
    client.send({ type, data: { conversation_id: place.conversation } });
    await heard(type);
  }
  return undefined;
}

const judgeAny = (cell, place) => (cell.row.includes('type-') ? judgeTyping : judge)(cell, place);

/** Every cell with its place: those that change nothing, and those that do. */
function cellsOf({ home, rooms }) {
  const all = [
    ...groups[home.visibility].map((cell) => [cell, home]),
    ...rooms.flatMap((each) => conversations[each.kind].map((cell) => [cell, each])),
  ];
  const changes = ([{ row, outcome }]) => done(outcome) && spoils(row) !== undefined;
  return { calm: all.filter((each) => !changes(each)), changing: all.filter(changes) };
}

// As much at once as keeps the services busy, and lets none of them wait a second for another.
const atOnce = 24;

/** Asserts that `judgeOne` finds nothing wrong with any of the cells. */
async function allRight(cells, judgeOne) {
  const left = [...cells];
  const wrong = [];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left.length > 0) wrong.push(await judgeOne(...left.shift()));
  }));
  assert.deepEqual(wrong.filter(Boolean), []);
}

describe('the table', () => {
  test('has every operation', () => {
    const asked = [...Object.values(groups), ...Object.values(conversations)].flat().map(({ row }) => row);
    assert.deepEqual([...new Set(asked)].sort(), Object.keys(data).sort());
    assert.deepEqual([...new Set([...asked.map(typeOf), ...anyone])].sort(), Object.keys(operations).sort());
  });

  for (const [i, visibility] of Object.keys(groups).entries()) {
    test(`in a ${visibility} group: what is refused or only reads changes nothing`, async () => {
      const earlier = await stateOf(people, houses[i]);
      await allRight(cellsOf(houses[i]).calm, judgeAny);
      assert.deepEqual(await stateOf(people, houses[i]), earlier);
    });

    test(`in a ${visibility} group: what is done`, async () => {
      await allRight(cellsOf(houses[i]).changing, async (cell, place) => judgeAny(cell, await spoils(cell.row)(place)));
    });
  }
});

/** A frame for every row, of a place's owner or of nobody in particular. */
function framesFor({ home, rooms }) {
  const place = { ...home, ...rooms[0] };
  const rest = { 'group/create': { name: word() }, 'user/view': { user_ids: [people.owner.id] }, 'auth/logout': {} };
  const ask = (type, content) => JSON.stringify({ type, id: word(), data: content });
  return [...Object.keys(data).map((row) => ask(typeOf(row), data[row](place, people.owner))),
    ...Object.entries(rest).map(([type, content]) => ask(type, content))];
}

describe('who has no token', () => {
  test('is refused before the upgrade, and nothing is done of what he sends behind it', async () => {
    const earlier = await stateOf(people, houses[0]);
    await Promise.all(framesFor(houses[0]).map(async (text) => {
      const wire = await Wire.open();
      const first = await wire.write(Buffer.concat([Buffer.from(upgradeRequest(undefined)), frame('text', text)])).response();
      assert.equal(first.status, 401, first.text);
      const second = await wire.write('\r\n\r\n').response();
      assert.equal(second.status, 400, 'it is no request of HTTP either');
      await wire.end();
    }));
    assertError(await call('POST', '/auth/logout'), 401, 'unauthenticated');
    assert.deepEqual(await stateOf(people, houses[0]), earlier);
  });
});

describe('a session that has been logged out', () => {
  /** Another session of the group's owner, who may do nearly everything. */
  const session = () => logIn(people.owner.first.user);

  test('does nothing from then on', async () => {
    const earlier = await stateOf(people, houses[0]);
    const token = await session();
    const client = await connect(people.owner.first.user, { token });
    const frames = framesFor(houses[0]);
    assert.equal((await call('POST', '/auth/logout', { token })).status, 204);
    for (const text of frames) client.send(text);
    assert.equal((await client.closed()).code, 4501);
    assert.deepEqual(client.frames.filter(({ re }) => re !== undefined), []);
    assert.deepEqual(await stateOf(people, houses[0]), earlier);
    assertError(await upgrade(url(), { token }), 401, 'unauthenticated');
    assertError(await call('POST', '/auth/logout', { token }), 401, 'unauthenticated');
  });

  test('does nothing of what stands behind its own auth/logout', async () => {
    const earlier = await stateOf(people, houses[0]);
    const raw = await RawSocket.open(await session());
    const logout = JSON.stringify({ type: 'auth/logout', id: 'bye', data: {} });
    raw.write(Buffer.concat([logout, ...framesFor(houses[0])].map((text) => frame('text', text))));
    const { opcode, payload } = await raw.frame();
    assert.deepEqual([opcode, payload.readUInt16BE(0)], [8, 1000], 'no answer but the close');
    assert.deepEqual(await stateOf(people, houses[0]), earlier);
  });
});
