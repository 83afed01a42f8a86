// A TinCan of our own to be measured: all of its processes on one core, PostgreSQL and NATS among them.
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ownStack } from '../e2e/stack.js';
import { until } from '../e2e/waiting.js';
import { cpuNs, pin } from './cpu.js';
import { seed } from './seed.js';

/** What would stand in the load's way. */
const settings = {
  TINCAN_REQUESTS_PER_S: '1000000',
  TINCAN_REQUESTS_BURST: '1000000',
  TINCAN_LOGIN_FAILURES_NAME_ADDRESS: '1000000',
  TINCAN_LOGIN_FAILURES_NAME: '1000000',
  TINCAN_LOGIN_FAILURES_ADDRESS: '1000000',
  TINCAN_REGISTRATIONS_PER_MINUTE: '1000000',
  TINCAN_CONNECTIONS_ADDRESS: '1000000',
  TINCAN_ADDRESS_PER_S: '1000000',
  TINCAN_ADDRESS_BURST: '1000000',
  TINCAN_ACCEPTS_PER_S: '1000000',
};

/** At rest is who takes less than this part of a core for so long. */
const [atRest, restMs] = [0.05, 250];

const kindOf = (name) => name.replace(/-\d+$/, '');

class MeasuredStack {
  constructor(stack, edges) {
    this.stack = stack;
    this.worlds = new Map();
    const port = Number(new URL(stack.url).port);
    this.ports = Array.from({ length: edges }, (_, n) => port + n);
    this.pin();
  }

  get databaseUrl() { return this.stack.databaseUrl; }

  /** What programs need to find PostgreSQL and NATS. */
  get env() { return this.stack.addresses; }

  pids() { return this.stack.names().map((name) => this.stack.pid(name)); }

  pin() { pin(this.pids()); }

  /** Nanoseconds of CPU so far of each kind of process: `edge`, `message`, `postgres`, `nats`, … */
  cpu() {
    const used = {};
    for (const name of this.stack.names()) used[kindOf(name)] = (used[kindOf(name)] ?? 0) + cpuNs([this.stack.pid(name)]);
    return used;
  }

  /** Waits until nobody works any more: what a floor has left behind to vacuum or delete is not what comes next. */
  async rest() {
    const total = () => Object.values(this.cpu()).reduce((sum, ns) => sum + ns, 0);
    let before = total();
    const isAtRest = async () => {
      await pause(restMs);
      const used = total() - before;
      before += used;
      return used < atRest * restMs * 1e6;
    };
    await until(isAtRest, 'servers to come to rest', 60_000);
  }

  /** The number of a world like this; it is made when it is asked for the first time. */
  world(description) {
    const key = JSON.stringify(description);
    if (!this.worlds.has(key)) {
      this.worlds.set(key, this.worlds.size + 1);
      seed(this.databaseUrl, { world: this.worlds.size, ...description });
    }
    return this.worlds.get(key);
  }

  /** What a statement of the database's owner gives. */
  ask(sql) { return execFileSync('psql', ['-qXtAv', 'ON_ERROR_STOP=1', '-c', sql, this.databaseUrl], { encoding: 'utf8' }).trim(); }

  /** Another edge in place of the one that has served so far: nothing is left of what it did. */
  async freshEdge() {
    await this.stack.kill('edge', 'SIGTERM');
    this.pin();
    await until(async () => (await fetch(`${this.stack.url}/readyz`).catch(() => ({}))).ok, 'the edge to be ready', 20_000);
  }

  /** A service that was not given the time to answer all that had queued up ends with 1: that is no crash. */
  down() { return this.stack.down(/ended with status 1,/); }
}

/** What the n-th of them serves (docs/operations.md, partitions). */
const subjects = (n) => [
  `tincan.rpc.message.*.${n}.*`, `tincan.as.*.message.*.${n}.*`, 'tincan.rpc.message.heads', 'tincan.rpc.message.sync',
  'tincan.as.*.message.heads', 'tincan.as.*.message.sync',
].join();

/** Two partitions of conversations, or none; the configuration is that of the end-to-end test. */
function partitioned(partitions) {
  if (partitions === 1) return { env: settings, own: {} };
  const TINCAN_NATS_CONFIG = fileURLToPath(new URL('../e2e/partitions.conf', import.meta.url));
  const own = { message: { TINCAN_SUBJECTS: subjects(0) }, 'message-2': { TINCAN_SUBJECTS: subjects(1) } };
  return { env: { ...settings, TINCAN_NATS_CONFIG }, own };
}

export async function openStack({ edges = 1, partitions = 1 } = {}) {
  const { env, own } = partitioned(partitions);
  const stack = await ownStack(env, ['--edge', String(edges), '--message', String(partitions)], own);
  return new MeasuredStack(stack, edges);
}
