// The checker is checked, further: typing, removed groups, and requests to join.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  afterRemoval, anna, assertCaught, began, ben, broken, door, doors, eve, group, groupOf, hears, inOrder, iso, leaks, removed,
  room, typing,
} from './made-up.js';

const tells = (c, type, after = 5) => ({ script }) =>
  script.in(c, { type: `conversation/type-${type}`, data: { conversation_id: room, user_id: anna } }, script.now + after);
const annaTypes = ({ script }) => script.ask(0, 'conversation/type-start', { conversation_id: room });

describe('typing', () => {
  test('that a member hears of, and its end, is none', () => {
    assert.deepEqual([...broken(inOrder(annaTypes, tells(1, 'start'), tells(1, 'end', 6100)))], []);
  });
  test('told to the typist\'s own connection is caught', () => {
    assertCaught(inOrder(annaTypes, tells(0, 'start')), typing, /own user's/);
  });
  test('that nobody did is caught', () => {
    assertCaught(tells(1, 'start'), typing, /typing that was not/);
    assertCaught(inOrder(annaTypes, tells(1, 'end', 30_000)), typing, /typing that was not/);
  });
  test('told to one outside is caught', () => {
    assertCaught(inOrder(annaTypes, tells(2, 'start')), typing, /outside was told who types/);
  });
  test('told to one removed more than 2 s before is caught, sooner or begun before is none', () => {
    const after = (seconds) => afterRemoval(seconds, inOrder(annaTypes, tells(1, 'start')));
    assertCaught(after(2.5), typing, /outside was told who types/);
    assert.equal(broken(after(1.5)).get(typing), undefined);
    assert.equal(broken(inOrder(annaTypes, afterRemoval(2.5, tells(1, 'end')))).get(typing), undefined);
  });
});

/** Anna removes the group, and everything goes with it. */
function raze({ script, database }) {
  script.now += 1000;
  script.ask(0, 'group/remove', { group_id: group }, 'group/removed', { data: { group_id: group } });
  Object.assign(database, { groups: [], messages: [], members: [], participants: [] });
  for (const conversation of database.conversations) conversation.removed = true;
}

describe('a removed group', () => {
  test('with which all has gone is as it should be', () => assert.deepEqual([...broken(raze)], []));
  test('that is still there is caught', () => {
    assertCaught(inOrder(raze, ({ database }) => database.groups.push(group)), removed, /still there/);
  });
  test('that nobody removed is caught', () => {
    assertCaught(({ database }) => { database.groups = []; }, removed, /nobody removed/);
  });
  test('that has left a conversation is caught', () => {
    assertCaught(inOrder(raze, ({ database }) => { database.conversations[1].removed = false; }), removed, /left its conversations/);
  });
  for (const name of ['messages', 'members', 'requests']) {
    test(`that has left its ${name} is caught`, () => {
      const leave = ({ database }) => database[name].push({ conversation: room, group, user: ben });
      assertCaught(inOrder(raze, leave), removed, new RegExp(`left its ${name}`));
    });
  }
  test('from which a member hears 2.5 s later is caught', () => {
    const late = (evidence) => {
      evidence.script.now += 2500;
      hears(evidence, evidence.script.now);
    };
    assertCaught(inOrder(raze, late), leaks, /outside saw message\/created/);
  });
});

const evesAccount = { id: eve, username: 'eve', display_name: 'Eve', created_at: iso(began) };
const doorOf = (role) => ({ ...groupOf(1), id: door, visibility: 'private', role });

/** Something that Eve is told about the door. */
const toldAtDoor = ({ record, script }, verb, number = record.length) => record.push({
  t: script.now, at: number, subject: `tincan.event.user.${eve}.${door}.group.${verb}`, msgId: `door.${number}`,
  payload: { type: `group/${verb}`, data: { group_id: door } },
});

/** Eve asks to be let in, and `kind` is done with her request. */
const atDoor = (kind) => (evidence) => {
  const { script, database } = evidence;
  script.ask(0, 'group/create', { name: 'Door', visibility: 'private' }, 'group/created', { data: { group: doorOf('owner') } });
  script.ask(2, 'group/join', { group_id: door }, 'group/join-requested', { data: { group: doorOf('requested'), user: evesAccount } });
  toldAtDoor(evidence, 'join-requested');
  script.ask(0, 'group/edit', { group_id: door, requests: { [kind]: [eve] } }, 'group/edited', { data: { group: doorOf('owner') } });
  toldAtDoor(evidence, kind === 'accept' ? 'joined' : 'join-failed');
  if (kind === 'accept') database.members.push({ group: door, user: eve });
};

describe('a request to join', () => {
  test('that was accepted or refused is as it should be', () => {
    for (const kind of ['accept', 'refuse']) assert.deepEqual([...broken(atDoor(kind))], []);
  });
  test('that was accepted and lost is caught', () => {
    assertCaught(inOrder(atDoor('accept'), ({ database }) => database.members.pop()), doors, /not where the answers put him/);
  });
  test('that was refused and stayed is caught', () => {
    assertCaught(inOrder(atDoor('refuse'), ({ database }) => database.requests.push({ group: door, user: eve })), doors, /not where/);
  });
  test('whose end is not known may be either', () => {
    const unknown = (evidence) => {
      atDoor('refuse')(evidence);
      evidence.script.ask(2, 'group/join', { group_id: door });
    };
    assert.deepEqual([...broken(unknown)], []);
    assert.deepEqual([...broken(inOrder(unknown, ({ database }) => database.requests.push({ group: door, user: eve })))], []);
    assertCaught(inOrder(unknown, ({ database }) => database.members.push({ group: door, user: eve })), doors, /not where/);
  });
  test('whose acceptance nobody was told of is caught', () => {
    assertCaught(inOrder(atDoor('accept'), ({ record }) => record.pop()), doors, /accept at a private group was not told/);
  });
  test('that was told of twice is caught, the same event again is none', () => {
    assertCaught(inOrder(atDoor('accept'), (evidence) => toldAtDoor(evidence, 'joined', 99)), doors, /more often than it was asked/);
    assert.deepEqual([...broken(inOrder(atDoor('accept'), ({ record }) => record.push(record.at(-1))))], []);
  });
});
