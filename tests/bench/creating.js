// Messages that are stored: what one costs TinCan, and what its parts cost by themselves.
import { postToFloor, postToTincan, usPer } from './posting.js';
import { runFloor } from './programs.js';

const sampledBatches = 200;

/** The sizes of the batches in which the last messages were written, in their order. */
function batchSizes(stack) {
  return stack.ask(`SELECT coalesce(string_agg(n::text, ','), '1') FROM (SELECT cardinality(seqs) AS n FROM msg.outbox
    WHERE verb = 'created' ORDER BY created_at DESC LIMIT ${sampledBatches}) AS last`);
}

/** Rounds of creates; `floor: false` leaves out the parts. */
export async function create(bench, load, { stack = bench.stack, floor = true } = {}) {
  const seen = await postToTincan(bench, { nonce: 'fresh', ...load }, stack);
  const sizes = batchSizes(stack);
  const parts = floor ? await partsOf(bench, load, seen, sizes, stack) : {};
  const costs = Object.values(parts);
  return {
    tincan: usPer(seen.allCpu, seen.messages),
    floor: floor ? costs.reduce((sum, us) => sum + us, 0) : undefined,
    also: {
      'creates/s': seen.messages / seen.seconds,
      'deliveries/s': seen.deliveries / seen.seconds,
      'messages a batch': mean(sizes),
      'p50 of delivery, ms': seen.delivery_us.p50 / 1000,
      'p99 of delivery, ms': seen.delivery_us.p99 / 1000,
      ...shares(seen),
      ...Object.fromEntries(Object.entries(parts).map(([name, us]) => [`floor: ${name}, µs`, us])),
    },
  };
}

const mean = (sizes) => sizes.split(',').reduce((sum, size, _, all) => sum + Number(size) / all.length, 0);

/** What each kind of process takes of a create. */
const shares = (seen) => Object.fromEntries(['edge', 'message', 'postgres', 'nats'].map((kind) => [
  `${kind}, µs`, usPer(seen.cpu[kind], seen.messages)]));

async function part(stack, kinds, name, args) {
  const read = () => {
    const used = stack.cpu();
    return kinds.reduce((sum, kind) => sum + used[kind], 0);
  };
  const seen = await runFloor(name, args, stack.env, read);
  return usPer(seen.after - seen.before + seen.cpu_seconds * 1e9, seen.count);
}

/**
 * What the statement alone costs. Nobody publishes what it has stored: the service would, from 5 s on, in the midst of
 * what is measured next. Its ids end as no others do.
 */
async function statement(stack, args) {
  const cost = await part(stack, ['postgres'], 'post', args);
  stack.ask("DELETE FROM msg.outbox WHERE id::text LIKE '%00000000'");
  return cost;
}

/** In a hot conversation what one batch has stored reaches a member together: the floor has as many to send at once. */
function bareDelivery(bench, load, frame, sizes) {
  if (load.rooms === 1) return postToFloor(bench, 'coalesce', { ...load, senders: Math.round(mean(sizes)) }, frame);
  return postToFloor(bench, 'single', { ...load, senders: 1, pace: 'delivered' }, frame);
}

/** Each by itself, at the sizes of batches that have occurred. */
async function partsOf(bench, load, seen, sizes, stack) {
  const body = load.size ?? 300;
  const frame = Math.round(seen.bytes_a_delivery) - 4;
  return {
    statement: await statement(stack, [`sizes=${sizes}`, `rooms=${load.rooms}`, `body=${body}`, 'seconds=1']),
    'event kept': await part(stack, ['nats'], 'stream', [`batches=${sizes}`, `bytes=${frame}`, 'seconds=1']),
    request: await part(stack, ['nats'], 'request', [`batches=${sizes}`, `bytes=${frame}`, 'seconds=1']),
    deliveries: (load.members - 1) * (await bareDelivery(bench, load, frame, sizes)),
  };
}

