// Stacks: one of a test file's own, brought up by ./dev with other settings, and the processes of any.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileText, until, within } from './waiting.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

// `./dev up -d` of a cold stack takes seconds; the bound is for a slow machine.
const upMs = 90_000;

function dev(args, env) {
  const done = new Promise((resolve, reject) => {
    execFile(join(root, 'dev'), args, { cwd: root, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`./dev ${args.join(' ')}: ${error.message}\n${stdout}\n${stderr}`));
      else resolve(stdout);
    });
  });
  return within(done, `./dev ${args.join(' ')}`, upMs);
}

/** Stacks that are up: an interrupted test file takes its own down too. */
const running = new Set();
process.on('exit', () => {
  for (const { env } of running) execFileSync(join(root, 'dev'), ['reset'], { cwd: root, env, stdio: 'ignore' });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

function readEnv(text) {
  const lines = text.split('\n').map((line) => /^(?:export )?(\w+)=(.*)$/.exec(line)).filter(Boolean);
  return Object.fromEntries(lines.map(([, name, value]) => [name, value.replace(/^(['"])(.*)\1$/, '$2')]));
}

/** A running stack: its addresses, and its processes by name (`edge`, `message`, `nats`, …). */
export class Stack {
  constructor(run, env) {
    this.run = run;
    this.env = env;
    /** All of them, as ./dev has written them down. */
    this.addresses = readEnv(fileText(join(run, 'env')) ?? '');
    this.url = this.addresses.TINCAN_URL;
    this.natsUrl = this.addresses.TINCAN_NATS_URL;
    this.databaseUrl = this.addresses.TINCAN_DATABASE_URL;
  }

  /** The address of the second edge, which listens on the next port. */
  get secondUrl() {
    const { hostname, port } = new URL(this.url);
    return `http://${hostname}:${Number(port) + 1}`;
  }

  /** What a process has said so far. */
  log(name) { return fileText(join(this.run, 'logs', name)) ?? ''; }

  names() { return readdirSync(join(this.run, 'pids')); }

  pid(name) {
    const text = fileText(join(this.run, 'pids', name));
    return text === undefined ? undefined : Number(text.trim()) || undefined;
  }

  /** Sends `signal` to every process of that name, `message-2` as well as `message`; gives their pids. */
  signal(name, signal) {
    const of = this.names().filter((each) => each.replace(/-\d+$/, '') === name);
    return of.map((each) => {
      const pid = this.pid(each);
      process.kill(pid, signal);
      return { name: each, pid };
    });
  }

  /** Replaces all processes of TinCan, one after the other. */
  restart() { return dev(['restart'], this.env); }

  /** Kills every process of that name, and comes back when others run in their place. */
  async kill(name, signal = 'SIGKILL') {
    const killed = this.signal(name, signal);
    await this.replaced(killed);
  }

  /** Has a process end as its supervisor does, and keeps it away until `back`. */
  async away(name) {
    const supervise = (command) => execFileSync('sv', [command, join(this.run, 'sv', name)], { stdio: 'ignore' });
    const old = this.pid(name);
    supervise('down');
    await until(() => !existsSync(`/proc/${old}`), `${name} to end`, 15_000);
    return {
      back: async () => {
        supervise('up');
        await this.replaced([{ name, pid: old }]);
      },
    };
  }

  /** Kills processes (-9) all at once, and keeps each away until `back(name)`, which resolves when another runs. */
  async strike(names) {
    const directory = (name) => join(this.run, 'sv', name);
    for (const name of names) execFileSync('sv', ['once', directory(name)], { stdio: 'ignore' });
    const killed = new Map(names.map((name) => [name, { name, pid: this.pid(name) }]));
    for (const { pid } of killed.values()) process.kill(pid, 'SIGKILL');
    await until(() => names.every((name) => !existsSync(`/proc/${killed.get(name).pid}`)), `${names} to be dead`);
    return {
      back: async (name) => {
        rmSync(join(directory(name), 'starts'), { force: true }); // nobody is late for having died often
        execFileSync('sv', ['up', directory(name)], { stdio: 'ignore' });
        await this.replaced([killed.get(name)]);
      },
    };
  }

  /** Runs tincan-migrate: its exit code, and what it said. */
  migrate(settings = {}) {
    const env = {
      ...process.env, TINCAN_MIGRATIONS_DIR: join(root, 'migrations'), TINCAN_LOG_LEVEL: 'info',
      TINCAN_NATS_URL: this.natsUrl, TINCAN_DATABASE_URL: this.databaseUrl, ...settings,
    };
    const program = join(process.env.TINCAN_BUILD ?? join(root, 'build'), 'migrate/tincan-migrate');
    return new Promise((resolve) => {
      execFile(program, { env }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, said: stderr }));
    });
  }

  /** The CPU time that a process has used so far, in ms. */
  cpuMs(name) {
    const [user, system] = fileText(`/proc/${this.pid(name)}/stat`).replace(/^.*\) /, '').split(' ').slice(11, 13);
    return (Number(user) + Number(system)) * 10;
  }

  replaced(killed) {
    const fresh = ({ name, pid }) => this.pid(name) !== undefined && this.pid(name) !== pid;
    return until(() => killed.every(fresh), `${killed.map((k) => k.name)} to be started again`, 20_000);
  }

  /** Stops it and removes its data; fails if a process of it ended in a way that nobody asked for. What matches
   *  `forgiven` was asked for. */
  async down(forgiven = /^$/) {
    await dev(['down'], this.env);
    const crashes = (fileText(join(this.run, 'crashes')) ?? '').split('\n').filter((line) => !forgiven.test(line)).join('\n');
    await dev(['reset'], this.env);
    running.delete(this);
    rmSync(this.run, { recursive: true, force: true });
    if (crashes) throw new Error(crashes);
  }
}

/** Clients stay until the end of most tests: an edge that has to go does not take its time then, unless a test says so. */
function withHastyEdges(settings, own) {
  if ('TINCAN_DRAIN_MS' in settings) return own;
  const edges = ['edge', 'edge-2'].map((name) => [name, { TINCAN_DRAIN_MS: '0', ...own[name] }]);
  return { ...own, ...Object.fromEntries(edges) };
}

/** Brings up a stack with these settings; `args` go to `./dev up -d`, and `own` has further settings of processes by
 *  name. Its owner calls `down`. */
export async function ownStack(settings = {}, args = [], own = {}) {
  const run = mkdtempSync(join(tmpdir(), 'tincan-e2e-'));
  chmodSync(run, 0o755);
  mkdirSync(join(run, 'env.d'));
  for (const [name, values] of Object.entries(withHastyEdges(settings, own))) {
    const lines = Object.entries(values).map(([variable, value]) => `${variable}='${value}'\n`);
    writeFileSync(join(run, 'env.d', name), lines.join(''));
  }
  const { TINCAN_URL, TINCAN_NATS_URL, TINCAN_DATABASE_URL, NODE_TEST_CONTEXT, ...inherited } = process.env;
  const env = { ...inherited, ...settings, TINCAN_RUN: run, TINCAN_HTTP_PORT: '0' };
  try {
    await dev(['up', '-d', ...args], env);
  } catch (error) {
    await dev(['reset'], env).catch(() => {});
    rmSync(run, { recursive: true, force: true });
    throw error;
  }
  const stack = new Stack(run, env);
  running.add(stack);
  return stack;
}
