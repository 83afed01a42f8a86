import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { idleWorld, tincanIdlers } from '../idling.js';
import { cpuNs } from '../cpu.js';
import { runClient, startServer } from '../programs.js';

const opening = 500;
/** What services remember of who may what must not be that of the round before. */
const rememberedMs = 11_000;

/** Has PostgreSQL log its statements from now on, or no longer. */
function logStatements(stack, which) {
  stack.ask(`ALTER SYSTEM SET log_statement = '${which}'`);
  stack.ask('ALTER SYSTEM SET log_parameter_max_length = 0');
  stack.ask('SELECT pg_reload_conf()');
}

/** Services' statements that have been logged so far, but those that they make each second whatever happens. */
function statements(stack) {
  const executed = readFileSync(join(stack.stack.run, 'logs/postgres'), 'utf8').match(/ execute \w+:/g) ?? [];
  return executed.filter((line) => !/outbox|orphans/.test(line)).length;
}

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
  hastily: 1,
  cases: [{ label: '10000 clients' }],
  async round(bench) {
    const { stack } = bench;
    await pause(rememberedMs);
    const seen = await runClient('storm', { ...tincanIdlers(bench), opening }, () => {
      logStatements(stack, 'all');
      return { cpu: stack.cpu(), statements: statements(stack) };
    });
    logStatements(stack, 'none');
    return {
      tincan: seen.seconds,
      floor: (await bare()).seconds,
      also: {
        'statements for 50 clients': ((seen.after.statements - seen.before.statements) / idleWorld.users) * 50,
        'p50 of a client, s': seen.back_us.p50 / 1e6,
        'clients/s': idleWorld.users / seen.seconds,
        ...Object.fromEntries(Object.keys(seen.after.cpu).map((kind) => [
          `${kind}, µs a client`, (seen.after.cpu[kind] - seen.before.cpu[kind]) / 1000 / idleWorld.users])),
      },
    };
  },
};
