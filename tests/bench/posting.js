// Messages to rooms: what they cost TinCan, and what they cost a floor.
import { cpuNs } from './cpu.js';
import { runClient, startServer } from './programs.js';

export const usPer = (ns, count) => ns / 1000 / count;

function clientOptions(bench, { rooms, members, ...load }) {
  return { rooms, members, users: rooms * members, ms: bench.spanMs, warm_ms: bench.warmMs, ...load };
}

/** A load on the stack: what the client has seen, and `cpu`, the nanoseconds of each kind of process meanwhile. */
export async function postToTincan(bench, load, stack = bench.stack) {
  const world = stack.world({ rooms: load.rooms, members: load.members });
  const options = { protocol: 'tincan', ports: stack.ports.join(','), world, ...clientOptions(bench, load) };
  await stack.rest();
  const seen = await runClient('posts', options, () => stack.cpu());
  const cpu = Object.fromEntries(Object.keys(seen.after).map((kind) => [kind, seen.after[kind] - seen.before[kind]]));
  return { ...seen, cpu, allCpu: Object.values(cpu).reduce((sum, ns) => sum + ns, 0) };
}

/** The same load on a bare server, with frames as large as TinCan's: microseconds of CPU a delivery. */
export async function postToFloor(bench, mode, load, size) {
  const server = await startServer('fanout', [mode]);
  try {
    const options = { protocol: 'bare', ports: server.port, ...clientOptions(bench, load), size };
    const seen = await runClient('posts', options, () => cpuNs([server.pid]));
    return usPer(seen.after - seen.before, seen.deliveries);
  } finally {
    await server.stop();
  }
}

/** One round of fan-out. mode: of the floor, if there is one; whose: the kinds of processes that are judged, or all. */
export async function fanOut(bench, load, { mode, whose, stack = bench.stack }) {
  const seen = await postToTincan(bench, load, stack);
  const judged = whose ? whose.reduce((sum, kind) => sum + seen.cpu[kind], 0) : seen.allCpu;
  return {
    tincan: usPer(judged, seen.deliveries),
    floor: mode && (await postToFloor(bench, mode, load, Math.round(seen.bytes_a_delivery) - 4)),
    also: {
      'deliveries/s': seen.deliveries / seen.seconds,
      'edge, µs a delivery': usPer(seen.cpu.edge, seen.deliveries),
      'all processes, µs a delivery': usPer(seen.allCpu, seen.deliveries),
      'joined connections/s': seen.joined_per_s,
      'bytes a delivery': seen.bytes_a_delivery,
      'p50 of delivery, ms': seen.delivery_us.p50 / 1000,
    },
  };
}
