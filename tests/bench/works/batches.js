import { create } from '../creating.js';

export default {
  title: 'What batches save: durable creates by how many are under way, 200 conversations of 10',
  unit: 'µs of CPU a create, all processes',
  plot: 'messages under way',
  cases: [1, 10, 50, 200].map((sending) => ({
    label: `${sending} under way`, x: sending, judged: false,
    load: { rooms: 200, members: 10, senders: 1, window: 1, sending },
  })).concat({ label: '2000 under way', x: 2000, judged: false, load: { rooms: 200, members: 10, senders: 0, window: 1 } }),
  round: (bench, { load }) => create(bench, load, { floor: false }),
};
