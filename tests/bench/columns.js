// What a peer is measured by: each column group is one load on a server of its own, and gives numbers by name.
import { cpuNs, family, residentBytes } from './cpu.js';
import { openClient, runClient } from './programs.js';

const usPer = (ns, count) => ns / 1000 / count;
const ms = (us) => us / 1000;

const big = { rooms: 1, members: 1000, senders: 1 };
const small = { rooms: 200, members: 10, senders: 0 };
const idle = { rooms: 400, members: 10 };

const resident = (server) => server.pids.flatMap(family).reduce((sum, pid) => sum + residentBytes(pid), 0);

/** Every load has rooms of its own. */
let world = 0;

function clientOptions(peer, server, { rooms, members, ...load }) {
  world += 1;
  const own = server.options?.({ rooms, members }) ?? { world };
  return { protocol: peer.protocol, ports: server.port, rooms, members, users: rooms * members, ...own, ...load };
}

async function post(peer, server, load) {
  const seen = await runClient('posts', clientOptions(peer, server, load), () => cpuNs(server.pids));
  return { ...seen, cpuUs: usPer(seen.after - seen.before, seen.deliveries) };
}

/** The least that it holds while its garbage collector, if it has one, gets a chance. */
async function leastResident(server) {
  let least = Infinity;
  for (let look = 0; look < 4; look += 1) {
    least = Math.min(least, resident(server));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return least;
}

async function connections(peer, server) {
  const few = await openClient(clientOptions(peer, server, { rooms: 2, members: 10 }));
  await few.go(); // whatever is loaded and prepared when the first ones come
  const before = { bytes: resident(server), ns: cpuNs(server.pids) };
  const client = await openClient(clientOptions(peer, server, idle));
  const ns = cpuNs(server.pids) - before.ns;
  const bytes = (await leastResident(server)) - before.bytes;
  const { connections: count, joined_per_s: rate } = await client.go();
  return { kbConnection: bytes / 1000 / count, joinedPerS: rate, joinMs: usPer(ns, count) / 1000 };
}

async function fanOut(peer, server) {
  const seen = await post(peer, server, { ...big, window: 8, pace: 'delivered' });
  return { deliveriesPerS: seen.deliveries / seen.seconds, deliveryUs: seen.cpuUs };
}

async function latency(peer, server) {
  const { delivery_us: { p50, p99 } } = await post(peer, server, { ...big, rate: 20 });
  return { latencyP50Ms: ms(p50), latencyP99Ms: ms(p99) };
}

async function creates(peer, server) {
  const seen = await post(peer, server, { ...small, window: 1, pace: 'answered', nonce: 'fresh' });
  const { p50, p99 } = seen.answer_us;
  return { createsPerS: seen.messages / seen.seconds, createUs: seen.cpuUs, createP50Ms: ms(p50), createP99Ms: ms(p99) };
}

export const loads = { connections, fanOut, latency, creates };

export const columns = [
  ['deliveriesPerS', 'deliveries/s'], ['deliveryUs', 'µs of CPU each'],
  ['latencyP50Ms', 'p50, ms'], ['latencyP99Ms', 'p99, ms'],
  ['createsPerS', 'messages/s'], ['createUs', 'µs of CPU a delivery'], ['createP50Ms', 'p50, ms'], ['createP99Ms', 'p99, ms'],
  ['kbConnection', 'kB a connection'], ['joinedPerS', 'joined/s'], ['joinMs', 'ms of CPU each'],
];
