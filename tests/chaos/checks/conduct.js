// Beyond the four promises: whatever dies, no valid token is refused, nothing is `internal`, no request has two
// answers, and every server message is as the protocol says.
import { complaintsAbout } from '../../e2e/contract.js';

export function* checkConduct({ story }) {
  for (const { fault, ...evidence } of story.faults) yield { what: fault, ...evidence };
  for (const ask of story.asks) {
    if (ask.answer?.error?.code === 'internal') yield { what: 'an answer was internal', ask };
  }
  const events = story.events.filter(({ type }) => type !== 'session/resync').map(({ c, user, t, ...frame }) => frame);
  const answers = story.asks.filter((ask) => ask.answer).map((ask) => ask.answer);
  for (const frame of [...events, ...answers]) {
    const complaints = complaintsAbout(frame);
    if (complaints.length > 0) yield { what: 'a frame is not as the protocol says', complaints, frame };
  }
}
