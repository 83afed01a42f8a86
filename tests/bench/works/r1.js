import { setTimeout as pause } from 'node:timers/promises';
import { idleWorld, tincanIdlers } from '../idling.js';
import { cpuNs } from '../cpu.js';
import { runClient, startServer } from '../programs.js';

const opening = 500;

/** Transactions so far: each statement outside of a transaction is one. */
const transactions = (stack) =>
  Number(stack.ask('SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()'));

async function bare() {
  const server = await startServer('fanout', ['single']);
  try {
    const options = { protocol: 'bare', ports: server.port, ...idleWorld, opening };
    return await runClient('storm', options, () => cpuNs([server.pid]));
  } finally {
    await server.stop();
  }
}

export default {
  title: 'A storm: 10,000 clients are lost at once, come back, and sync five conversations each',
  unit: 's until the last one is in step',
  floor: 'as many bare handshakes',
  target: 4,
  rounds: 3,
  cases: [{ label: '10000 clients' }],
  async round(bench) {
    await pause(2000); // what PostgreSQL counts is a second old
    const stack = bench.stack;
    const before = transactions(stack);
    const seen = await runClient('storm', { ...tincanIdlers(bench), opening }, () => stack.cpu());
    await pause(2000);
    const statements = transactions(stack) - before;
    return {
      tincan: seen.seconds,
      floor: (await bare()).seconds,
      also: {
        'statements for 50 clients': (statements / 2 / idleWorld.users) * 50,
        'p50 of a client, s': seen.back_us.p50 / 1e6,
        'clients/s': idleWorld.users / seen.seconds,
        ...Object.fromEntries(Object.keys(seen.after).map((kind) => [
          `${kind}, µs a client`, (seen.after[kind] - seen.before[kind]) / 1000 / idleWorld.users])),
      },
    };
  },
};
