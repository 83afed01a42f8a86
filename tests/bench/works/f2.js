import { fanOut } from '../posting.js';

export default {
  title: 'Fan-out of one conversation, one message under way: nothing to batch',
  unit: 'µs of CPU a delivery',
  floor: 'a bare epoll server, one send a delivery',
  target: 1.15,
  cases: [
    { label: '1000 members', load: { rooms: 1, members: 1000, senders: 1, window: 1, pace: 'delivered' } },
  ],
  round: (bench, { load }) => fanOut(bench, load, { mode: 'single' }),
};
