import { create } from '../creating.js';

export default {
  title: 'Durable creates in one hot conversation of 500, each member has one message under way',
  unit: 'µs of CPU a create, all processes',
  floor: 'as W1, but with 499 bare deliveries, as many coalesced as a batch held',
  target: 1.3,
  cases: [{ label: '500 senders', load: { rooms: 1, members: 500, senders: 0, window: 1 } }],
  round: (bench, { load }) => create(bench, load),
};
