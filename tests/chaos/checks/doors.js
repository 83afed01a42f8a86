// Requests to join a private group: when all is over each asker is where the last answers have put him, and each
// request, acceptance and refusal that was answered was told to him, and none more often than it was asked for.
import { gather, outcome } from '../story.js';

// An ask is void after 5 s; a process stopped in the midst of it may be 5 s late.
const lateMs = 11_000;

// What each kind of ask makes of where the asker is.
const effects = {
  join: { none: 'requested' },
  accept: { requested: 'member' },
  refuse: { requested: 'none' },
  leave: { requested: 'none', member: 'none' },
};

/** Every ask about a private group: `{kind, key, t, outcome, conflict}`, the key being its asker and the group. */
function asksAtDoors(story) {
  const isDoor = new Set(story.asks.filter(({ type, data }) => type === 'group/create' && data.visibility === 'private')
    .map(({ answer }) => answer?.data?.group.id));
  const asks = [];
  const put = (kind, user, ask) => asks.push({
    kind, key: `${user} ${ask.data.group_id}`, t: ask.t, outcome: outcome(ask), conflict: ask.answer?.error?.code === 'conflict',
  });
  for (const ask of story.asks.filter(({ data }) => isDoor.has(data?.group_id))) {
    if (ask.type === 'group/join') put('join', ask.user, ask);
    if (ask.type === 'group/leave') put('leave', ask.user, ask);
    for (const kind of ['accept', 'refuse']) for (const user of ask.data.requests?.[kind] ?? []) put(kind, user, ask);
  }
  return gather(asks, ({ key }) => key);
}

/** Where somebody may be after an ask that was done, was refused, or may yet be done. */
function after(places, { kind, outcome: how, conflict }) {
  const effect = effects[kind];
  if (how === 'unknown') return new Set([...places, ...[...places].map((place) => effect[place] ?? place)]);
  if (how === 'done') return new Set(Object.values(effect));
  return conflict ? new Set([...places].filter((place) => !(place in effect))) : places;
}

function endsOf(asks) {
  let places = new Set(['none']);
  const open = [];
  for (const ask of asks) {
    places = after(places, ask);
    for (const late of open.filter(({ t }) => ask.t < t + lateMs)) places = after(places, late);
    if (ask.outcome === 'unknown') open.push(ask);
  }
  return places;
}

function* ends(asks, { members, requests }) {
  const isMember = new Set(members.map((row) => `${row.user} ${row.group}`));
  const isAsking = new Set(requests.map((row) => `${row.user} ${row.group}`));
  for (const [key, list] of asks) {
    const place = isMember.has(key) ? 'member' : isAsking.has(key) ? 'requested' : 'none';
    const possible = [...endsOf(list)];
    if (!possible.includes(place)) yield { what: 'who asked to join is not where the answers put him', key, place, possible, last: list.slice(-4) };
  }
}

const told = { join: 'join-requested', accept: 'joined', refuse: 'join-failed' };

function* tellings(asks, record) {
  const events = gather(record, ({ subject }) => subject);
  for (const [key, list] of asks) {
    const [user, group] = key.split(' ');
    for (const [kind, verb] of Object.entries(told)) {
      const here = list.filter((ask) => ask.kind === kind);
      const count = new Set((events.get(`tincan.event.user.${user}.${group}.group.${verb}`) ?? []).map(({ msgId }) => msgId)).size;
      const done = here.filter((ask) => ask.outcome === 'done').length;
      if (count < done) yield { what: `a ${kind} at a private group was not told`, key, count, done };
      if (count > here.length) yield { what: `a ${kind} at a private group was told more often than it was asked`, key, count, asked: here.length };
    }
  }
}

export function* checkDoors({ story, database, record }) {
  const asks = asksAtDoors(story);
  yield* ends(asks, database);
  yield* tellings(asks, record);
}
