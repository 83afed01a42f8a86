// One round: the load plays, the schedule kills, the recorder listens; then all comes to rest and is judged.
import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call, until, use } from '../e2e/support.js';
import { ownStack } from '../e2e/stack.js';
import { check, evidenceIn } from './checker.js';
import { readDatabase, unfollowed, untold } from './database.js';
import { Journal } from './journal.js';
import { Meddler } from './meddler.js';
import { randomFrom } from './random.js';
import { Recorder } from './record.js';
import { Schedule, planOf } from './schedule.js';

const clients = 200;
// Who is asked to end while what it waits for is stopped gives up draining, and says so by its status.
const cutShort = /^$| ended with status 1, signal 0 /;
const settings = {
  TINCAN_REGISTRATIONS_PER_MINUTE: '100000', TINCAN_DRAIN_MS: '1000', TINCAN_ADDRESS_PER_S: '10000', TINCAN_ADDRESS_BURST: '10000',
};
const processes = ['edge', 'auth', 'group', 'conversation', 'message'].flatMap((kind) => [`--${kind}`, '2']);

/** The load's process; `ask(command, data)` gives what it says. */
class Load {
  #child = fork(fileURLToPath(new URL('load.js', import.meta.url)), { execArgv: [] });
  #asked = new Map();
  #counter = 0;

  constructor() {
    this.#child.on('message', ({ id, result, error }) => {
      if (error) this.#asked.get(id).reject(new Error(`the load failed: ${error}`));
      else this.#asked.get(id).resolve(result);
      this.#asked.delete(id);
    });
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#asked.values()) reject(new Error(`the load ended: ${code ?? signal}`));
    });
  }

  ask(command, data = {}) {
    this.#counter += 1;
    const id = this.#counter;
    const answer = new Promise((resolve, reject) => { this.#asked.set(id, { resolve, reject }); });
    this.#child.send({ id, command, ...data });
    return answer;
  }

  end() {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** A stack with two of everything, and the clients that will play on it. Its owner calls `close`. */
export class Arena {
  static async open() {
    const stack = await ownStack(settings, processes);
    use(stack.url);
    const arena = new Arena(stack);
    try {
      await arena.load.ask('enrol', { count: clients, addresses: arena.urls });
    } catch (error) {
      await arena.close();
      throw error;
    }
    return arena;
  }

  /** `calm`: nothing is killed, and no event is said at the wrong time. */
  calm = false;

  constructor(stack) {
    this.stack = stack;
    this.urls = [stack.url, stack.secondUrl];
    this.load = new Load();
  }

  /** Plays a round of `ms` under `seed`, leaves what was seen in `directory`, and gives the checker's verdict. */
  async play(seed, ms, directory) {
    mkdirSync(directory, { recursive: true });
    const journals = ['record', 'schedule'].map((name) => new Journal(join(directory, `${name}.jsonl`)));
    const recorder = new Recorder(this.stack.natsUrl, journals[0], `chaos-${seed}`);
    await recorder.create();
    await recorder.start();
    try {
      await this.#record(seed, ms, directory, new Schedule(this.stack, journals[1], recorder), recorder);
    } finally {
      await recorder.stop();
    }
    await Promise.all(journals.map((journal) => journal.close()));
    return check(await evidenceIn(directory));
  }

  async #record(seed, ms, directory, schedule, recorder) {
    const { groups } = await this.load.ask('begin', { seed, ms, directory });
    await this.#strike(seed, ms, schedule);
    await this.#rest(recorder, groups);
    const database = await readDatabase(this.stack.databaseUrl, groups);
    writeFileSync(join(directory, 'database.json'), JSON.stringify(database));
    await recorder.remove();
    await this.load.ask('clear');
  }

  async #strike(seed, ms, schedule) {
    if (this.calm) {
      await pause(ms);
      return;
    }
    const meddler = new Meddler(randomFrom(seed + 1));
    await meddler.start(this.stack.natsUrl);
    await schedule.perform(planOf(seed, ms)).finally(() => meddler.stop());
    schedule.note({ act: 'meddle', times: meddler.said });
  }

  /** Until every process answers, nobody has anything under way, and the record has come to its end. */
  async #rest(recorder, groups) {
    for (const at of this.urls) await until(() => isReady(at), `${at} to be ready`, 20_000);
    await this.load.ask('hush');
    await this.load.ask('settle');
    // Should it not come to its end, the checker says what is missing.
    await until(() => this.#isDone(recorder, groups), 'everything that follows', 30_000).catch(() => {});
  }

  async #isDone(recorder, groups) {
    const { databaseUrl } = this.stack;
    return (await untold(databaseUrl)) === 0 && (await recorder.behind()) === 0 && (await unfollowed(databaseUrl, groups)) === 0;
  }

  /** What the processes say, while they run. */
  get logs() { return join(this.stack.run, 'logs'); }

  async close() {
    this.load.end();
    await this.stack.down(cutShort);
  }
}

const isReady = (at) => call('GET', '/readyz', { at }).then(({ status }) => status === 200, () => false);
