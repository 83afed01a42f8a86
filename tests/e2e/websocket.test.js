// The WebSocket itself: its start, RFC 6455 to the letter, pace, and clients that do not read.
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { operations } from './contract.js';
import { metricsOf } from './inside.js';
import { connect, groupOf, people, post, quiet, register, talk } from './support.js';
import { RawSocket, frame, opcodes } from './raw.js';
import { until } from './waiting.js';

describe('session/ready', () => {
  test('comes first, and says who one is, the session, the limits, the level and the time', async () => {
    const user = await register();
    const client = await connect(user);
    assert.equal(client.frames[0].type, 'session/ready');
    const { user: me, session, limits, level, server_time } = client.ready;
    const { password, token, expires_at, ...known } = user;
    assert.deepEqual(me, known);
    assert.ok(Math.abs(new Date(session.expires_at) - new Date(expires_at)) < 60_000);
    assert.ok(Math.abs(Date.now() - new Date(server_time)) < 60_000);
    assert.equal(level, 1);
    const { login_failures_address, registrations_per_minute, ...rest } = limits;
    assert.deepEqual(rest, {
      frame_bytes: 131072, name: 80, description: 1000, body: 8000, list_items: 1000, participants: 1000, page: 200,
      big_group: 5000, groups: 1000, conversations: 10000, connections: 32, requests_per_s: 50, requests_burst: 100,
      in_flight: 64, typing_per_s: 2, unsent_bytes: 1048576, login_failures_name_address: 10, login_failures_name: 100,
    });
  });

  test('names the same session on every connection of it', async () => {
    const user = await register();
    const [one, two] = await Promise.all([connect(user), connect(user)]);
    assert.equal(one.ready.session.id, two.ready.session.id);
  });

  test('comes when live events flow already: who reads after it misses nothing', async () => {
    const [anna] = await people('anna');
    const ben = await register('ben');
    const room = await talk(await groupOf(anna, [await connect(ben)]), anna);
    for (let round = 0; round < 5; round += 1) {
      const posting = Promise.all(Array.from({ length: 15 }, () => post(anna, room)));
      const client = await connect(ben);
      const { messages } = await client.ask('message/list', { conversation_id: room.id, limit: 200 });
      await posting;
      await client.fence();
      const seen = new Set(messages.map((m) => m.seq));
      for (const { type, data } of client.unclaimed) if (type === 'message/created') seen.add(data.message.seq);
      const all = Array.from({ length: (round + 1) * 15 }, (_, i) => i + 1);
      assert.deepEqual([...seen].sort((a, b) => a - b), all);
    }
  });
});

describe('frames', () => {
  let user;
  let socket;
  before(async () => { user = await register(); });
  beforeEach(async () => { socket = await RawSocket.open(user.token); });
  afterEach(() => socket.socket.destroy());
  const ping = (id) => JSON.stringify({ type: 'ping', id });

  const closes = {
    'a binary frame': [1003, frame('binary', '{}')],
    'an empty binary frame': [1003, frame('binary', '')],
    'text that is not UTF-8': [1007, frame('text', Buffer.from([0x22, 0xff, 0x22]))],
    'an overlong form': [1007, frame('text', Buffer.from([0x22, 0xc0, 0x80, 0x22]))],
    'a surrogate in UTF-8': [1007, frame('text', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))],
    'a code point above U+10FFFF': [1007, frame('text', Buffer.from([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]))],
    'a character that is cut off': [1007, frame('text', Buffer.from([0x22, 0xe2, 0x82]))],
    'text over the frame limit': [1009, frame('text', 'x'.repeat(131_073))],
    'fragments that together are over the frame limit': [1009, Buffer.concat([
      frame('text', 'x'.repeat(131_072), { fin: false }), frame('continuation', 'x')])],
    'a frame that announces a gigabyte': [1009, Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4])],
    'a frame without a mask': [1002, frame('text', ping('x'), { masked: false })],
    'a reserved bit': [1002, frame('text', ping('x'), { rsv: 4 })],
    'a reserved opcode': [1002, frame('text', ping('x'), { opcode: 3 })],
    'a reserved control opcode': [1002, frame('text', '', { opcode: 11 })],
    'a ping in fragments': [1002, frame('ping', 'x', { fin: false })],
    'a ping of 126 bytes': [1002, frame('ping', 'x'.repeat(126))],
    'a continuation of nothing': [1002, frame('continuation', 'x')],
    'a text within fragments': [1002, Buffer.concat([frame('text', '{', { fin: false }), frame('text', ping('x'))])],
    'a close of one byte': [1002, frame('close', 'x')],
    'a close with a code that may not be sent': [1002, frame('close', Buffer.from([0x03, 0xed]))],
    'a close whose reason is not UTF-8': [1007, frame('close', Buffer.from([0x03, 0xe8, 0xff]))],
    'a close with 1000': [1000, frame('close', Buffer.from([0x03, 0xe8]))],
    'a close with a code of its own': [3000, frame('close', Buffer.from([0x0b, 0xb8]))],
  };
  for (const [what, [code, bytes]] of Object.entries(closes)) {
    test(`${what}: closed with ${code}, and the connection ends`, async () => {
      socket.write(bytes);
      assert.equal(await socket.closeCode(), code);
      if (code !== 1000) socket.write(frame('close', Buffer.from([code >> 8, code & 0xff])));
      await socket.end();
    });
  }

  test('an empty close is answered', async () => {
    socket.write(frame('close'));
    assert.ok([undefined, 1000].includes(await socket.closeCode()));
    await socket.end();
  });

  test('a text of just the limit is read', async () => {
    const text = ping('big');
    socket.write(frame('text', text.padEnd(131_072, ' ')));
    assert.deepEqual(await socket.json(), { type: 'pong', re: 'big' });
  });

  test('a text in fragments, with control frames between them, is one', async () => {
    const text = Buffer.from(JSON.stringify({ type: 'ping', id: 'frag-ü-😀' }));
    socket.write(frame('text', text.subarray(0, 1), { fin: false }));
    for (let i = 1; i < text.length; i += 1) {
      socket.write(frame('continuation', text.subarray(i, i + 1), { fin: false }));
      if (i === 5) socket.write(frame('ping', 'in between'));
    }
    socket.write(frame('continuation', ''));
    const pong = await socket.frame();
    assert.deepEqual([pong.opcode, pong.payload.toString()], [opcodes.pong, 'in between']);
    assert.deepEqual(await socket.json(), { type: 'pong', re: 'frag-ü-😀' });
  });

  test('a ping is answered with its payload, an unasked pong is nothing', async () => {
    for (const payload of ['', 'x', 'x'.repeat(125)]) {
      socket.write(Buffer.concat([frame('pong', 'unasked'), frame('ping', payload)]));
      const pong = await socket.frame();
      assert.deepEqual([pong.opcode, pong.payload.toString()], [opcodes.pong, payload]);
    }
  });

  test('many in one write, or one byte a write, are the same', async () => {
    socket.write(Buffer.concat(Array.from({ length: 20 }, (_, i) => frame('text', ping(`${i}`)))));
    for (let i = 0; i < 20; i += 1) assert.equal((await socket.json()).re, `${i}`);
    socket.socket.setNoDelay(true);
    for (const byte of frame('text', ping('slowly'))) {
      await new Promise((resolve) => socket.socket.write(Buffer.from([byte]), resolve));
    }
    assert.equal((await socket.json()).re, 'slowly');
  });

  test('after a close frame are not read', async () => {
    socket.write(Buffer.concat([frame('close', Buffer.from([0x03, 0xe8])), frame('text', ping('late'))]));
    const { opcode } = await socket.frame();
    assert.equal(opcode, opcodes.close);
  });
});

describe('pace', () => {
  const burst = (client, n) => { for (let i = 0; i < n; i += 1) client.send({ type: 'ping' }); };

  test('more than a burst of 100 frames, and 50 a second, is rate_limited', async () => {
    const [anna] = await people('anna');
    const began = performance.now();
    burst(anna, 150);
    const frames = [];
    for (let i = 0; i < 150; i += 1) frames.push(await anna.next('a pong or an error'));
    const refill = ((performance.now() - began) / 1000) * 50 + 1;
    const pongs = frames.filter((f) => f.type === 'pong').length;
    assert.ok(pongs >= 100 && pongs <= 100 + refill, `${pongs} were let through`);
    for (const { type, error } of frames.filter((f) => f.type !== 'pong')) {
      assert.deepEqual([type, error.code], ['error', 'rate_limited']);
      assert.ok(error.retry_after_ms > 0 && error.retry_after_ms <= 1000);
    }
  });

  test('is given again after retry_after_ms', async () => {
    const [anna] = await people('anna');
    burst(anna, 110);
    const { error } = await anna.event('error');
    await new Promise((resolve) => setTimeout(resolve, error.retry_after_ms));
    await anna.fence();
  });

  test('counts each connection by itself', async () => {
    const [anna] = await people('anna');
    const phone = await connect(anna.user);
    burst(anna, 120);
    await anna.event('error');
    burst(phone, 90);
    await phone.fence();
    assert.ok(phone.unclaimed.every((f) => f.type === 'pong'));
  });

  test('too fast, each request fails by its own failure', async () => {
    const user = await register();
    const types = Object.keys(operations).filter((type) => type !== 'auth/logout');
    const seen = new Set();
    // A token comes back each 20 ms, so now and then one request gets through: another try then.
    for (let round = 0; seen.size < types.length && round < 5; round += 1) {
      const client = await connect(user);
      burst(client, 120);
      const answers = await Promise.all(types.map((type) => client.request(type, {})));
      answers.forEach((answer, i) => {
        if (answer.error?.code !== 'rate_limited') return;
        assert.equal(answer.type, operations[types[i]].failure);
        assert.ok(answer.error.retry_after_ms > 0);
        seen.add(types[i]);
      });
      await client.close();
    }
    assert.deepEqual([...seen].sort(), types.sort());
  });

  test('limited more than 100 times in 10 s, the connection is closed with 4002', async () => {
    const [anna, ben] = await people('anna', 'ben');
    burst(anna, 400);
    assert.equal((await anna.closed()).code, 4002);
    await ben.fence();
    await (await connect(anna.user)).fence();
  });

  test('of 64 requests at once is held back, not refused', async () => {
    const [anna] = await people('anna');
    const all = await Promise.all(Array.from({ length: 95 }, () => anna.request('user/view', { user_ids: [anna.id] })));
    assert.ok(all.every((f) => f.data?.users.length === 1));
  });
});

describe('a client that does not read', () => {
  test('is closed with 4001 once its queue is full, and nobody else notices', async () => {
    const [anna, ben] = await people('anna', 'ben');
    const room = await talk(await groupOf(anna, [ben]), anna, [ben]);
    for (let i = 0; i < 8; i += 1) await post(anna, room, '😀'.repeat(8000), [ben]);
    const slow = await connect(ben.user);
    const slowCloses = async () => (await metricsOf('edge')).get('tincan_edge_slow_closes_total');
    const before = await slowCloses();
    slow.pause();
    // 95 pages of 256 KiB: more than the socket buffers on the way hold.
    for (let i = 0; i < 95; i += 1) slow.send({ type: 'message/list', id: `${i}`, data: { conversation_id: room.id } });
    await post(anna, room, 'unhindered', [ben]);
    await quiet(anna, ben);
    await until(async () => await slowCloses() > before, 'it to be seen as too slow', 15_000);
    slow.resume();
    assert.equal((await slow.closed(15_000)).code, 4001);
  });
});
