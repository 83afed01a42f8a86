// The program `tincan`, as people and scripts call it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { url, within } from './support.js';
import { until } from './waiting.js';

const program = join(process.env.TINCAN_BUILD ?? 'build', 'cli/tincan');

/** Where tokens are kept: a folder of one person's own, until `forget`. */
export class Home {
  path = mkdtempSync(join(tmpdir(), 'tincan-home-'));
  #running = new Set();

  /** Starts the program. `said` waits for a line of its output, `end` for its end: `{code, out, err}`. */
  start(args, { env = {}, terminal = false, at = url() } = {}) {
    const all = { ...process.env, HOME: this.path, TINCAN_URL: at, TZ: 'UTC', ...env };
    const quoted = [program, ...args].map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(' ');
    const child = terminal ? spawn('script', ['-qec', quoted, '/dev/null'], { env: all }) : spawn(program, args, { env: all });
    const heard = { out: '', err: '' };
    this.#running.add(child);
    child.stdout.on('data', (bytes) => { heard.out += bytes; });
    child.stderr.on('data', (bytes) => { heard.err += bytes; });
    child.stdin.on('error', () => {}); // it may end before it has read everything
    const ended = new Promise((resolve) => { child.on('close', (code) => resolve({ code, ...heard })); });
    ended.then(() => this.#running.delete(child));
    return {
      input: child.stdin,
      lines: () => heard.out.split('\n').slice(0, -1),
      said: (what, ms) => until(() => heard.out.includes(what), () => `"${what}" in ${heard.out}${heard.err}`, ms),
      complained: (what) => until(() => heard.err.includes(what), () => `"${what}" in ${heard.err}`),
      end: (ms = 20_000) => within(ended, () => `tincan ${args.join(' ')} to end; it said ${heard.out}${heard.err}`, ms),
      stop: () => {
        child.kill();
        return ended;
      },
    };
  }

  /** Runs the program to its end. */
  run(args, { input = '', ...options } = {}) {
    const running = this.start(args, options);
    running.input.end(input);
    return running.end();
  }

  forget() {
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.path, { recursive: true, force: true });
  }
}
