import { create } from '../creating.js';
import { fanOut } from '../posting.js';

const rooms = { rooms: 1000, members: 10, senders: 1, window: 1, pace: 'delivered' };
const creates = { rooms: 200, members: 10, senders: 0, window: 1 };

/** The cost with two processes, and with one. */
const compare = async (bench, { two, cost }) => {
  const [both, one] = [await cost(bench, await bench.stackOf(two)), await cost(bench, bench.stack)];
  return { tincan: both.tincan, floor: one.tincan, also: both.also };
};

export default {
  title: 'Two processes in place of one, on the same core',
  unit: 'µs of CPU (of the edges a delivery, as F3; of all processes a create, as W1)',
  floor: 'one process',
  target: 1.1,
  cases: [
    { label: 'two edges, 10000 connections', two: { edges: 2 }, cost: (bench, stack) => fanOut(bench, rooms, { whose: ['edge'], stack }) },
    { label: 'two partitions', two: { partitions: 2 }, cost: (bench, stack) => create(bench, creates, { stack, floor: false }) },
  ],
  round: compare,
};
