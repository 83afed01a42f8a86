import { fanOut } from '../posting.js';

export default {
  title: 'Many small conversations of 10, each with one message under way',
  unit: 'µs of CPU of the edge a delivery',
  floor: 'a bare epoll server, one send a delivery',
  target: 1.5,
  plot: 'connections',
  cases: [1000, 4000, 10_000].map((connections) => ({
    label: `${connections} connections`, x: connections, judged: connections === 10_000,
    load: { rooms: connections / 10, members: 10, senders: 1, window: 1, pace: 'delivered' },
  })),
  round: (bench, { load }) => fanOut(bench, load, { mode: 'single', whose: ['edge'] }),
};
