// What operators see: each process's own port.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { metricsOf, portOf, programs } from './inside.js';

const services = ['auth', 'group', 'conversation', 'message'];

describe('the port of a process', () => {
  test('shows that it lives, its numbers and nothing else', async () => {
    for (const name of programs()) {
      const at = portOf(name);
      assert.match(at, /^http:\/\/127\.0\.0\.1:/, 'to nobody else by default');
      assert.deepEqual(await (await fetch(`${at}/healthz`)).json(), { status: 'ok' });
      assert.equal((await metricsOf(name)).get('process_start_time_seconds') > 1.7e9, true);
      assert.equal((await fetch(`${at}/`)).status, 404);
      assert.equal((await fetch(`${at}/metrics?x=1`, { method: 'HEAD' })).status, 200);
      const post = await fetch(`${at}/metrics`, { method: 'POST' });
      assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
    }
  });

  test('of a service shows that it can work', async () => {
    for (const name of services) {
      const answer = await fetch(`${portOf(name)}/readyz`);
      assert.deepEqual([answer.status, await answer.json()], [200, { status: 'ok', checks: { nats: 'ok', database: 'ok' } }]);
    }
  });
});
