// Who types is told to those who take part, and to nobody else; nobody is told of his own typing, or of any that was
// not. A signal has no time of its own: it is as old as the typist's start may make it.
import { gather } from '../story.js';
import { outsideOf } from './outside.js';

const types = new Set(['conversation/type-start', 'conversation/type-end']);
// Of a reader that was slow, behind an edge that stood still; an end may come 6 s after its start.
const lateMs = { 'conversation/type-start': 20_000, 'conversation/type-end': 28_000 };
const skewMs = 50; // of the journal, which notes a frame when it is read

export function* checkTyping({ story, database, outages }) {
  const outside = outsideOf(story, database, outages);
  const starts = gather(story.asks.filter(({ type }) => type === 'conversation/type-start'), ({ user, data }) => `${user} ${data.conversation_id}`);
  for (const event of story.events.filter(({ type }) => types.has(type))) {
    const { conversation_id: conversation, user_id: typist } = event.data;
    if (!outside.knows(conversation)) continue;
    const causes = (starts.get(`${typist} ${conversation}`) ?? [])
      .filter(({ t }) => t <= event.t + skewMs && t > event.t - lateMs[event.type]).map(({ t }) => t);
    if (typist === event.user) yield { what: 'a client was told of its own user\'s typing', event };
    else if (causes.length === 0) yield { what: 'a client was told of typing that was not', event };
    else {
      const was = outside.conversation(event.user, conversation).find(({ limit, to }) => causes.every((t) => t > limit) && event.t < to);
      if (was) yield { what: 'a client outside was told who types', event, causes, outside: was };
    }
  }
}
