// A group that was removed takes its members, requests and conversations with it, and those their messages; one that
// nobody removed is there.
import { gather, outcome } from '../story.js';

function* leftovers(group, database) {
  const conversations = database.conversations.filter((c) => c.group === group);
  const ids = new Set(conversations.map((c) => c.id));
  const left = {
    conversations: conversations.filter((c) => !c.removed).length,
    messages: database.messages.filter((row) => ids.has(row.conversation)).length,
    members: database.members.filter((row) => row.group === group).length,
    requests: database.requests.filter((row) => row.group === group).length,
  };
  for (const [name, count] of Object.entries(left)) {
    if (count > 0) yield { what: `a removed group has left its ${name}`, group, count };
  }
}

export function* checkRemoved({ story, database }) {
  const asks = gather(story.asks.filter(({ type }) => type === 'group/remove'), ({ data }) => data.group_id);
  const there = new Set(database.groups);
  for (const group of story.groups) {
    const how = (asks.get(group) ?? []).map(outcome);
    if (there.has(group) && how.includes('done')) yield { what: 'a removed group is still there', group };
    if (!there.has(group) && !how.some((each) => each !== 'refused')) yield { what: 'a group is gone that nobody removed', group };
    if (!there.has(group)) yield* leftovers(group, database);
  }
}

/** The evidence without the messages of removed conversations: there is nothing left to compare them with. */
export function withoutRemoved({ story, database, record, ...rest }) {
  const removed = new Set(database.conversations.filter((c) => c.removed).map((c) => c.id));
  const stays = (conversation) => !removed.has(conversation);
  return {
    ...rest,
    story: { ...story, asks: story.asks.filter(({ data }) => stays(data?.conversation_id)) },
    record: record.filter(({ payload }) => stays(payload.data?.message?.conversation_id)),
    database: {
      ...database,
      heads: database.heads.filter((head) => stays(head.conversation)),
      messages: database.messages.filter((row) => stays(row.conversation)),
    },
  };
}
