import { fanOut } from '../posting.js';

export default {
  title: 'Fan-out of one conversation, eight messages under way',
  unit: 'µs of CPU a delivery',
  floor: 'a bare epoll server that sends a ready-made frame, coalescing in the same way',
  target: 1.3,
  plot: 'members',
  cases: [100, 1000, 10_000].map((members) => ({
    label: `${members} members`, x: members, judged: members >= 1000,
    load: { rooms: 1, members, senders: 1, window: 8, pace: 'delivered' },
  })),
  round: (bench, { load }) => fanOut(bench, load, { mode: 'coalesce' }),
};
