import { pairs, runClient, runFloor } from '../programs.js';

const worldOf = (bench) => ({ users: 100, rooms: bench.quick ? 500 : 5000, members: 2, messages: 1000 });

export default {
  title: 'Pages of 50 messages, of five million in 5,000 conversations (--quick: a tenth), for 100 clients: the newest, and the one before it',
  unit: 'pages a second',
  floor: 'the prepared statement alone, 16 under way on one connection',
  target: 0.6,
  atLeast: true,
  stack: { history: true },
  cases: [{ label: 'the newest', where: {} }, { label: 'the one before', where: { before: 951 } }],
  async round(bench, { where }) {
    const world = worldOf(bench);
    const number = bench.stack.world(world);
    const { users, rooms, members } = world;
    const options = { protocol: 'tincan', ports: bench.stack.ports[0], world: number, users, rooms, members, ...where };
    const seen = await runClient('asks', { ...options, ms: bench.spanMs, warm_ms: 2000 }, () => bench.stack.cpu());
    const alone = await runFloor('pages', [`world=${number}`, `rooms=${rooms}`, 'seconds=1', ...pairs(where)], bench.stack.env, () => 0);
    const cpu = Object.fromEntries(Object.keys(seen.after).map((kind) => [
      `${kind}, µs a page`, (seen.after[kind] - seen.before[kind]) / 1000 / seen.count]));
    return {
      tincan: seen.count / seen.seconds,
      floor: alone.count / alone.seconds,
      also: { 'p50, ms': seen.answer_us.p50 / 1000, 'p99, ms': seen.answer_us.p99 / 1000, ...cpu },
    };
  },
};
