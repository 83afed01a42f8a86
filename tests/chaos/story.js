// A round as its histories tell it: who asked what when, which answer came, and what each client saw.

const uncertain = new Set(['unavailable', 'internal', 'rate_limited']);

/** How an ask ended: `done`, `refused` (with a definite error), or `unknown`: it may have been done. */
export function outcome(ask) {
  if (!ask.answer) return 'unknown';
  const { error } = ask.answer;
  if (!error) return 'done';
  return uncertain.has(error.code) ? 'unknown' : 'refused';
}

/**
 * `{seed, groups, users, asks, events, answers, faults}` of a history's lines. `users[c]` is the user of client `c`;
 * an ask is `{c, user, t, type, data, answer?, answeredAt?}`, an event `{c, user, t, type, data, error?}`; `faults` are what
 * no client should ever meet: a second answer, a refused token.
 */
export function tell(lines) {
  const story = { seed: undefined, groups: [], users: [], asks: [], events: [], faults: [] };
  const open = new Map();
  for (const line of lines) {
    if (line.over) break; // what follows is clearing up
    if (line.round) Object.assign(story, line.round);
    else if (line.client) story.users[line.c] = line.client.user;
    else if (line.out) note(story, open, line);
    else if (line.in) hear(story, open, line);
    else if (line.fault) story.faults.push(line);
  }
  return story;
}

function note(story, open, { t, c, out }) {
  const ask = { c, user: story.users[c], t, type: out.type, data: out.data };
  story.asks.push(ask);
  open.set(`${c} ${out.id}`, ask);
}

function hear(story, open, { t, c, in: frame }) {
  if (frame.re === undefined) {
    story.events.push({ c, user: story.users[c], t, data: {}, ...frame });
    return;
  }
  const ask = open.get(`${c} ${frame.re}`);
  if (!ask || ask.answer) story.faults.push({ t, c, fault: 'an answer to nothing, or a second one', frame });
  else Object.assign(ask, { answer: frame, answeredAt: t });
}

/** The asks of `type` that were done. */
export const done = (story, type) => story.asks.filter((ask) => ask.type === type && outcome(ask) === 'done');

/** Groups a list under the key of each item. */
export function gather(list, key) {
  const groups = new Map();
  for (const item of list) {
    const k = key(item);
    if (groups.has(k)) groups.get(k).push(item);
    else groups.set(k, [item]);
  }
  return groups;
}
