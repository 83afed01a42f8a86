// The benchmark's load client, on a small scale: what it counts is so, and what is not as it should be ends it.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { seed } from '../bench/seed.js';
import { url } from './support.js';

const build = process.env.TINCAN_BUILD ?? fileURLToPath(new URL('../../build', import.meta.url));
const world = { world: 900, rooms: 3, members: 5 };

/** Runs it: its exit code, and the one object that it prints. */
function load(options) {
  const all = { ports: new URL(url()).port, users: 15, ...world, senders: 0, rate: 100, ms: 400, warm_ms: 100, ...options };
  const args = ['posts', ...Object.entries(all).map(([name, value]) => `${name}=${value}`)];
  return new Promise((resolve) => {
    execFile(join(build, 'tests/bench/bench-client'), args, (error, stdout) => {
      resolve({ code: error?.code ?? 0, seen: JSON.parse(stdout) });
    });
  });
}

describe('the load client', () => {
  before(() => {
    execFileSync('flock', [join(build, '.lock'), 'ninja', '-C', build, 'tests/bench/bench-client']);
    seed(process.env.TINCAN_DATABASE_URL, world);
  });

  test('sees each message delivered to each member of its room, once', async () => {
    const { code, seen } = await load({ nonce: 'fresh' });
    assert.equal(code, 0, JSON.stringify(seen));
    assert.ok(seen.messages > 0);
    assert.equal(seen.deliveries, seen.messages * world.members);
    assert.equal(seen.connections, world.rooms * world.members);
    assert.ok(seen.delivery_us.p50 > 0 && seen.delivery_us.p50 <= seen.delivery_us.max, JSON.stringify(seen));
  });

  test('has no figures when somebody was not let in', async () => {
    const { code, seen } = await load({ world: 901 });
    assert.equal(code, 1);
    assert.match(seen.error, /upgrade was refused: HTTP\/1\.1 401/);
  });

  test('has no figures when a message was refused', async () => {
    const { code, seen } = await load({ rooms: 5, members: 3 });
    assert.equal(code, 1);
    assert.match(seen.error, /message\/create-failed/);
  });
});
