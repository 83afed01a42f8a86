import { create } from '../creating.js';
import { fanOut } from '../posting.js';

const rooms = { rooms: 1000, members: 10, senders: 1, window: 1, pace: 'delivered' };
const creates = { rooms: 200, members: 10, senders: 0, window: 1 };

/** The cost with two processes, and with one. */
const compare = async (bench, cost) => {
  const [two, one] = [await cost(bench.two), await cost(bench.stack)];
  return { tincan: two.tincan, floor: one.tincan, also: two.also };
};

export default {
  title: 'Two processes in place of one, on the same core',
  unit: 'µs of CPU (of the edges a delivery, as F3; of all processes a create, as W1)',
  floor: 'one process',
  target: 1.1,
  cases: [
    { label: 'two edges, 10000 connections', cost: (bench, stack) => fanOut(bench, rooms, { whose: ['edge'], stack }) },
    { label: 'two partitions', cost: (bench, stack) => create(bench, creates, { stack, floor: false }) },
  ],
  async prepare(bench) {
    bench.two = await bench.stackOf({ edges: 2, partitions: 2 });
  },
  round: (bench, { cost }) => compare(bench, (stack) => cost(bench, stack)),
};
