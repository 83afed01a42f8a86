// A TinCan of our own to be measured: all of its processes on one core, PostgreSQL and NATS among them.
import { ownStack } from '../e2e/stack.js';
import { until } from '../e2e/waiting.js';
import { cpuNs, pin } from './cpu.js';
import { seed } from './seed.js';

/** What would stand in the load's way. */
const settings = {
  TINCAN_REQUESTS_PER_S: '1000000',
  TINCAN_REQUESTS_BURST: '1000000',
  TINCAN_LOGIN_FAILURES_NAME: '1000000',
  TINCAN_LOGIN_FAILURES_ADDRESS: '1000000',
  TINCAN_REGISTRATIONS_PER_MINUTE: '1000000',
};

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

  pin() { pin(this.stack.names().map((name) => this.stack.pid(name))); }

  /** Nanoseconds of CPU so far of each kind of process: `edge`, `message`, `postgres`, `nats`, … */
  cpu() {
    const used = {};
    for (const name of this.stack.names()) used[kindOf(name)] = (used[kindOf(name)] ?? 0) + cpuNs([this.stack.pid(name)]);
    return used;
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

  /** Another edge in place of the one that has served so far: nothing is left of what it did. */
  async freshEdge() {
    await this.stack.kill('edge', 'SIGTERM');
    this.pin();
    await until(async () => (await fetch(`${this.stack.url}/readyz`).catch(() => ({}))).ok, 'the edge to be ready', 20_000);
  }

  down() { return this.stack.down(); }
}

export async function openStack({ edges = 1, messages = 1, config, own } = {}) {
  const env = config ? { ...settings, TINCAN_NATS_CONFIG: config } : settings;
  const stack = await ownStack(env, ['--edge', String(edges), '--message', String(messages)], own);
  return new MeasuredStack(stack, edges);
}
