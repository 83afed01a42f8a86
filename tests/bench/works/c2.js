import { setTimeout as pause } from 'node:timers/promises';
import { idleWorld, tincanIdlers, whileIdle } from '../idling.js';

export default {
  title: 'CPU of the edge for 10,000 connections at rest, each with its pings',
  unit: 'µs of CPU a second and connection',
  target: 1,
  hastily: 1,
  cases: [{ label: '10000 connections' }],
  async round(bench) {
    const seconds = bench.quick ? 15 : 30;
    return whileIdle(tincanIdlers(bench), 27_000, async () => {
      const before = bench.stack.cpu();
      await pause(seconds * 1000);
      const after = bench.stack.cpu();
      const cost = (kind) => (after[kind] - before[kind]) / 1000 / seconds / idleWorld.users;
      return { tincan: cost('edge'), also: { 'nats, µs': cost('nats'), 'postgres, µs': cost('postgres') } };
    });
  },
};
