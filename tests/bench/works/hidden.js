import { randomUUID } from 'node:crypto';
import { connect, groupOf, register, talk, use } from '../../e2e/support.js';
import { median } from '../figures.js';

const many = 40;

/** Hidden groups with a conversation each, and an outsider who asks. */
async function hide(bench) {
  use(bench.stack.stack.url);
  const [owner, outsider] = await Promise.all([register('owner'), register('outsider')].map(async (user) => connect(await user)));
  const hidden = [];
  for (let i = 0; i < many; i += 1) {
    const group = await groupOf(owner, [], { visibility: 'hidden' });
    hidden.push({ group_id: group.id, conversation_id: (await talk(group, owner)).id });
  }
  const nothing = hidden.map(() => ({ group_id: randomUUID(), conversation_id: randomUUID() }));
  return { outsider, hidden, nothing };
}

async function time(outsider, type, data) {
  const began = performance.now();
  const { error } = await outsider.request(type, data);
  if (error?.code !== 'not_found') throw new Error(`${type}: ${JSON.stringify(error)}`);
  return performance.now() - began;
}

const about = (type, key, more = {}) => ({ label: type, type, dataOf: (ids) => ({ [key]: ids[key], ...more }) });

export default {
  title: 'Whether the time of an answer tells that something hidden is there',
  unit: 'ms until not_found, of what is hidden',
  floor: 'the same request, of an id of nothing',
  target: 1.1,
  hastily: 1,
  cases: [
    about('group/view', 'group_id'),
    about('group/join', 'group_id'),
    about('group/edit', 'group_id', { name: 'Mine' }),
    about('conversation/list', 'group_id'),
    about('conversation/edit', 'conversation_id', { name: 'Mine' }),
    about('message/list', 'conversation_id'),
    about('message/create', 'conversation_id', { body: 'Anybody here?' }),
  ],
  async prepare(bench) { bench.hidden = await hide(bench); },
  async round(bench, { type, dataOf }) {
    const { outsider, hidden, nothing } = bench.hidden;
    const times = { hidden: [], nothing: [] };
    for (let i = 0; i < (bench.quick ? 1 : 10) * many; i += 1) {
      const both = [['hidden', hidden], ['nothing', nothing]];
      for (const [kind, ids] of i % 2 ? both : both.reverse()) times[kind].push(await time(outsider, type, dataOf(ids[i % many])));
    }
    return { tincan: median(times.hidden), floor: median(times.nothing) };
  },
};
