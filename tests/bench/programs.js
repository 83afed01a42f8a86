// The programs that a measurement starts: the load client, and floors. Whoever does measured work says `ready` on
// standard error, waits for a line, works, and prints one JSON object; servers print {"port": N} and serve until SIGTERM.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onClientCore, onServerCore } from './cpu.js';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const build = process.env.TINCAN_BUILD ?? join(root, 'build');
const program = (name) => join(build, 'tests/bench', name);

export const pairs = (options) => Object.entries(options).map(([name, value]) => `${name}=${value}`);

/** Starts a program; `said` are the lines of its standard error that are not meant for us. */
function start(prefix, command, args, env = {}) {
  const [first, ...rest] = [...prefix, command, ...args];
  const child = spawn(first, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const running = { child, out: '', said: '', ended: once(child, 'close') };
  child.stdout.on('data', (data) => { running.out += data; });
  running.ready = new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line === 'ready') resolve();
      else running.said += `${line}\n`;
    });
    running.ended.then(() => reject(new Error(`${command} ended: ${running.out}${running.said}`)), reject);
  });
  running.ready.catch(() => {});
  return running;
}

async function finish(running, name) {
  const [code] = await running.ended;
  const result = running.out ? JSON.parse(running.out) : {};
  if (code !== 0 || result.error) throw new Error(`${name}: ${result.error ?? running.said}`);
  return result;
}

/** Runs a program that waits for its go; `read()` is called right before its work and right after it. */
async function measured(running, name, read) {
  try {
    await running.ready;
    const before = read();
    running.child.stdin.write('go\n');
    const result = await finish(running, name);
    return { ...result, before, after: read() };
  } finally {
    running.child.kill('SIGKILL');
  }
}

/** The load client: what it has seen, with what `read` gave before and after. */
export const runClient = (work, options, read) =>
  measured(start(onClientCore(cpus().length), program('bench-client'), [work, ...pairs({ ...options, hold: 1 })]), work, read);

/** A floor that works by itself, on the servers' core. */
export const runFloor = (name, args, env, read) =>
  measured(start(onServerCore, program(`floors/floor-${name}`), args, env), name, read);

/** A client that stays until it is told to go. */
export async function openClient(options) {
  const running = start(onClientCore(cpus().length), program('bench-client'), ['idle', ...pairs({ ...options, hold: 1 })]);
  await running.ready;
  return {
    async go() {
      running.child.stdin.write('go\n');
      return finish(running, 'idle');
    },
  };
}

/** A floor that serves, until `stop` is called: its port and pid. */
export async function startServer(name, args) {
  const running = start(onServerCore, program(`floors/floor-${name}`), args);
  while (!running.out.includes('\n')) {
    await Promise.race([once(running.child.stdout, 'data'), running.ended]);
    if (running.child.exitCode !== null) throw new Error(`floor-${name}: ${running.said}`);
  }
  return {
    port: JSON.parse(running.out).port,
    pid: running.child.pid,
    async stop() {
      running.child.kill('SIGTERM');
      await running.ended;
    },
  };
}
