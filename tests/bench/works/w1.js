import { create } from '../creating.js';

const rooms = (count) => ({ rooms: count, members: 10, senders: 0, window: 1 });

export default {
  title: 'Durable creates: conversations of 10, each member has one message under way',
  unit: 'µs of CPU a create, all processes',
  floor: 'the statement in batches as they occurred, the event kept by JetStream, a request over NATS, and nine bare '
    + 'deliveries, each measured alone',
  target: 1.3,
  plot: 'conversations',
  cases: [
    { label: '200 conversations, 2000 senders', x: 200, load: rooms(200) },
    ...[10, 50, 1000].map((count) => ({
      label: `${count} conversations, ${count * 10} senders`, x: count, judged: false, floor: false, load: rooms(count),
    })),
  ],
  round: (bench, { load, floor }) => create(bench, load, { floor }),
};
