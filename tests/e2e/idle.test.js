// Silence: the server's pings, and the end of who does not answer them. These tests take a minute, together.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, register, within } from './support.js';
import { Wire } from './raw.js';

describe('a connection on which nothing happens', { concurrency: true }, () => {
  test('is pinged after 25 s, and stays as long as it answers', async () => {
    const client = await connect(await register());
    const began = performance.now();
    await within(client.ping(), 'the first ping', 40_000);
    const first = performance.now() - began;
    assert.ok(first > 20_000 && first < 40_000, `pinged after ${first} ms`);
    await within(client.ping(), 'the second ping', 40_000);
    await client.fence();
  });

  test('is closed with 4000 after 60 s when it answers nothing', async () => {
    const client = await connect(await register(), { autoPong: false });
    const began = performance.now();
    const { code } = await client.closed(80_000);
    const lasted = performance.now() - began;
    assert.equal(code, 4000);
    assert.ok(client.pings >= 1, 'it was pinged');
    assert.ok(lasted > 55_000 && lasted < 80_000, `closed after ${lasted} ms`);
  });

  test('stays when any frame comes, if only a pong that nobody asked for', async () => {
    const client = await connect(await register(), { autoPong: false });
    const sounds = setInterval(() => client.pong(), 10_000).unref();
    const silent = await connect(await register(), { autoPong: false });
    await silent.closed(80_000);
    clearInterval(sounds);
    await client.fence();
  });

  test('before its request is whole is 408, and the connection ends', async () => {
    const [begun, silent] = [await Wire.open(), await Wire.open()];
    begun.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
    await Promise.all([begun.end(40_000), silent.end(40_000)]);
    assert.equal((await begun.response()).status, 408);
  });

  // Else a byte now and then would hold a connection for ever.
  test('but for a byte now and then, before its head or its body is whole, is 408 all the same', async () => {
    const head = 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const [slowHead, slowBody] = [await Wire.open(), await Wire.open()];
    const began = performance.now();
    slowHead.write(`${head}X: `);
    slowBody.write(`${head}Content-Length: 1000\r\n\r\n`);
    const drops = setInterval(() => [slowHead, slowBody].forEach((wire) => wire.write('x')), 500).unref();
    assert.deepEqual([(await slowHead.response({ ms: 20_000 })).status, (await slowBody.response({ ms: 20_000 })).status], [408, 408]);
    clearInterval(drops);
    const lasted = performance.now() - began;
    assert.ok(lasted > 8000 && lasted < 20_000, `after ${lasted} ms`);
  });
});
