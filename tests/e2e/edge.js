// Edges of a test's own, beside those of the stack that it uses: other settings, and an end when the test says so.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until, within } from './waiting.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const program = join(process.env.TINCAN_BUILD ?? join(root, 'build'), 'edge/tincan-edge');

/** A running tincan-edge, which unless told otherwise takes no time for its end: `url`, `counter` (what its metrics show), `said` (its log so far), `signal`, and `down`, which wants it to end well. */
export async function ownEdge(settings = {}) {
  const child = spawn(program, [], {
    env: { ...process.env, TINCAN_HTTP_PORT: '0', TINCAN_DRAIN_MS: '0', ...settings }, stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const edge = { said: '', pid: child.pid, signal: (name) => child.kill(name) };
  child.stderr.on('data', (text) => { edge.said += text; });
  const ended = new Promise((resolve) => { child.once('exit', (code, signal) => resolve({ code, signal })); });
  edge.down = async () => {
    child.kill('SIGTERM');
    assert.deepEqual(await within(ended, 'an edge to end', 15_000), { code: 0, signal: null }, edge.said);
  };
  edge.ended = (ms) => within(ended, 'an edge to end', ms);
  edge.counter = async (name) => {
    const [, shown] = /event=showing url=(\S+)/.exec(edge.said);
    const text = await (await fetch(`${shown}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  const listening = () => /event=listening url=(\S+)/.exec(edge.said)?.[1];
  edge.url = await Promise.race([until(listening, 'an edge to listen'), ended.then(() => undefined)]);
  return edge;
}
