// What is to die, and when: a plan that follows from a seed alone, and what carries it out on a stack's processes.
import { setTimeout as pause } from 'node:timers/promises';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { randomFrom } from './random.js';
import { fileText, until } from '../e2e/waiting.js';

const kinds = ['edge', 'auth', 'group', 'conversation', 'message'];

const deck = [
  ...kinds.flatMap((kind) => [{ act: 'kill', kind }, { act: 'stop', kind }, { act: 'restart', kind }]),
  { act: 'kill', kind: 'message' }, { act: 'kill', kind: 'nats' }, { act: 'kill', kind: 'postgres' },
  { act: 'stop', kind: 'nats' }, { act: 'stop', kind: 'postgres' },
  { act: 'record' }, { act: 'record' },
];

// Between two acts, in the mean: there has to be time to get something done.
const paceMs = 1500;

/** What `./dev test` plays: a round of each seed, in which every card comes once; `./dev chaos` plays others, for longer. */
export const boundedMs = deck.length * paceMs;
export const boundedSeeds = [1, 204];

/** Every card of the deck comes before any comes again. */
function* cards(random) {
  for (;;) yield* random.shuffled(deck);
}

/**
 * The acts of a round of `ms`: `[{at, act, kind, which, ms?}]` by time. `which` (from 0) chooses among the
 * processes of a kind; `ms` is how long one is stopped, or the recorder stays away.
 */
export function plan(random, ms) {
  const next = cards(random);
  return Array.from({ length: Math.max(1, Math.round(ms / paceMs)) }, (_, i) => {
    const card = next.next().value;
    const lasts = card.act === 'stop' || card.act === 'record' ? { ms: Math.round(random.between(1000, 5000)) } : {};
    return { at: Math.min(ms - 1, Math.round((i + random.next()) * paceMs)), which: random.below(1000), ...card, ...lasts };
  });
}

/** The plan of the round under `seed`. */
export const planOf = (seed, ms) => plan(randomFrom(seed + 2), ms);

/** PostgreSQL works in processes that its postmaster starts. */
function children(parent) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => {
    const text = fileText(`/proc/${pid}/stat`) ?? '';
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]) === parent;
  });
}

/** Sends `signal` to processes of ours; one that has gone meanwhile is no matter. */
function send(pids, signal) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

function listens(address) {
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname);
    socket.on('error', () => resolve(false)).on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

// postmaster's SIGQUIT is what pg_ctl calls "immediate": as after a crash.
const killer = { postgres: 'SIGQUIT' };

export class Schedule {
  #stack;
  #journal;
  #recorder;
  #stopped = new Set();

  /** Does what a plan says to the processes of `stack`, and says so in the journal. */
  constructor(stack, journal, recorder) {
    this.#stack = stack;
    this.#journal = journal;
    this.#recorder = recorder;
  }

  /** Says something else in the journal. */
  note(line) { this.#journal.write(line); }

  /** Carries out the whole plan; ends when each process runs again. */
  async perform(acts) {
    const begin = Date.now();
    const under = [];
    for (const act of acts) {
      await pause(begin + act.at - Date.now());
      under.push(this.#perform(act));
    }
    await Promise.all(under);
  }

  #process({ kind, which }) {
    const names = this.#stack.names().filter((name) => name.replace(/-\d+$/, '') === kind).sort();
    const name = names[which % names.length];
    return { name, pid: this.#stack.pid(name) };
  }

  async #perform(act) {
    const from = Date.now();
    const name = act.act === 'record' ? await this.#leaveRecord(act.ms) : await this.#harm(act);
    if (name) this.#journal.write({ from, to: Date.now(), act: act.act, kind: act.kind, name });
  }

  async #leaveRecord(ms) {
    if (this.#stopped.has('record')) return undefined;
    this.#stopped.add('record');
    await this.#recorder.stop();
    await pause(ms);
    await this.#recorder.start();
    this.#stopped.delete('record');
    return 'record';
  }

  async #harm(act) {
    const { name, pid } = this.#process(act);
    if (pid === undefined || this.#stopped.has(name)) return undefined; // it is down or stopped already
    if (act.act === 'stop') await this.#stop(name, pid, act.ms);
    else await this.#end(act, name, pid);
    return name;
  }

  async #stop(name, pid, ms) {
    const pids = name === 'postgres' ? [pid, ...children(pid)] : [pid];
    this.#stopped.add(name);
    send(pids, 'SIGSTOP');
    await pause(ms);
    send(pids, 'SIGCONT');
    this.#stopped.delete(name);
  }

  async #end({ act, kind }, name, pid) {
    send([pid], act === 'restart' ? 'SIGTERM' : killer[kind] ?? 'SIGKILL');
    await this.#stack.replaced([{ name, pid }]);
    if (kind === 'nats') await until(() => listens(this.#stack.natsUrl), 'NATS to listen', 20_000);
  }
}
