// The fourth promise: no client saw a conversation it took no part in, at any time; one who was removed posted and
// saw nothing from 2 s later on. What counts is when a thing happened: it may have reached a slow reader later.
import { gather, outcome } from '../story.js';
import { outsideOf } from './outside.js';

const happened = {
  'message/created': (message) => message.created_at,
  'message/edited': (message) => message.edited_at,
  'message/removed': (message) => message.removed_at,
};
const timeOf = (type, message) => Date.parse(happened[type](message) ?? message.removed_at ?? message.created_at);

/** The interval that `from` … `to` lies in, past its limit. */
const within = (intervals, from, to) => intervals.find((each) => from > each.limit && to < each.to);

function* messageEvents(story, outside) {
  for (const event of story.events) {
    if (!happened[event.type]) continue;
    const { message } = event.data;
    if (!outside.knows(message.conversation_id)) continue;
    const at = timeOf(event.type, message);
    const was = within(outside.conversation(event.user, message.conversation_id), at, Math.max(at, event.t));
    if (was) yield { what: `a client outside saw ${event.type}`, event, at, outside: was };
  }
}

/** Which conversations an answer shows anything of. */
function shown({ type, data, answer }) {
  const content = answer.data;
  switch (type) {
    case 'message/list': return [data.conversation_id];
    case 'message/heads': return content.heads.map((head) => head.conversation_id);
    case 'message/sync': return content.conversations.filter((c) => !c.gone).map((c) => c.conversation_id);
    case 'conversation/list': return content.conversations.filter((c) => c.participant_ids).map((c) => c.id);
    default: return [];
  }
}

function* reads(story, outside, owns) {
  for (const ask of story.asks) {
    if (outcome(ask) !== 'done') continue;
    for (const conversation of shown(ask)) {
      if (!outside.knows(conversation) || (ask.type === 'conversation/list' && owns(ask))) continue;
      const was = within(outside.conversation(ask.user, conversation), ask.t, ask.answeredAt);
      if (was) yield { what: `a client outside was answered ${ask.type}`, conversation, ask, outside: was };
    }
  }
}

function* posts(story, outside) {
  for (const ask of story.asks) {
    if (outcome(ask) !== 'done' || !happened[ask.answer.type] || ask.answer.data.duplicate) continue;
    const { message } = ask.answer.data;
    if (!outside.knows(message.conversation_id)) continue;
    const at = timeOf(ask.answer.type, message);
    const was = within(outside.conversation(ask.user, message.conversation_id), at, at);
    if (was) yield { what: `a client outside did ${ask.type}`, ask, at, outside: was };
  }
}

// Without a time of their own; the stream tells when they were told.
const tellings = {
  'conversation/created': ({ conversation }) => ({ conversation: conversation.id }),
  'conversation/edited': ({ conversation }) => ({ conversation: conversation.id }),
  'group/edited': ({ group }) => ({ group: group.id }),
  'group/joined': ({ group, user }, me) => (user.id === me ? {} : { group: group.id }),
  'group/left': ({ group_id: group, user }, me) => (user.id === me ? {} : { group }),
};

function* otherEvents(story, record, outside, ours) {
  const told = gather(record, ({ payload }) => JSON.stringify([payload.type, payload.data]));
  for (const event of story.events) {
    const { conversation, group } = tellings[event.type]?.(event.data, event.user) ?? {};
    if (!ours.has(group) && !outside.knows(conversation)) continue;
    const times = (told.get(JSON.stringify([event.type, event.data])) ?? []).map((e) => e.t).filter((t) => t <= event.t + 50);
    if (times.length === 0) continue;
    const at = Math.max(...times);
    const intervals = group ? outside.group(event.user, group) : outside.conversation(event.user, conversation);
    const was = within(intervals, at, event.t);
    if (was) yield { what: `a client outside saw ${event.type}`, event, at, outside: was };
  }
}

/** Whether the asker made the group that is asked about: its owner sees closed conversations in the list. */
function ownership(story) {
  const owners = new Set(story.asks.filter((ask) => ask.type === 'group/create' && ask.answer?.data)
    .map((ask) => `${ask.user} ${ask.answer.data.group.id}`));
  return ({ user, data }) => owners.has(`${user} ${data.group_id}`);
}

export function* checkLeaks({ story, database, record, outages }) {
  const outside = outsideOf(story, database, outages);
  yield* messageEvents(story, outside);
  yield* reads(story, outside, ownership(story));
  yield* posts(story, outside);
  yield* otherEvents(story, record, outside, new Set(story.groups));
}
