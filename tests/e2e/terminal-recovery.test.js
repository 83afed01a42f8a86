// `tincan` while processes die: what is sent is there once, what is followed is shown once. On a stack of its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { groupOf, people, post, talk, use } from './support.js';
import { ownStack } from './stack.js';
import { Home } from './terminal.js';

let stack;
let home;
let scene;
before(async () => {
  stack = await ownStack({ TINCAN_REGISTRATIONS_PER_MINUTE: '100000' });
  use(stack.url);
  home = new Home();
  const [anna, ben] = await people('anna', 'ben');
  const group = await groupOf(anna, [ben]);
  const room = await talk(group, anna, [ben]);
  scene = { anna, ben, room, path: `${group.name}/${room.name}` };
  const { code, err } = await home.run(['login', anna.user.username], { input: anna.user.password });
  assert.equal(code, 0, err);
});
after(async () => {
  home?.forget();
  await stack?.down();
});

test('lines that are sent while edge and service are killed are there once and in order, and tail -f shows them so', async () => {
  const sent = Array.from({ length: 60 }, (_, i) => `line ${i}`);
  await post(scene.ben, scene.room, 'before');
  const following = home.start(['tail', scene.path, '-f', '--json']);
  await following.said('before');
  const sending = home.start(['send', scene.path, '--lines']);
  const shown = () => following.lines().map((line) => JSON.parse(line).body);
  for (let from = 0; from < 60; from += 20) {
    sending.input.write(sent.slice(from, from + 20).map((line) => `${line}\n`).join(''));
    await following.said(`"line ${from + 10}"`, 30_000);
    await Promise.all([stack.kill('edge'), stack.kill('message')]);
  }
  sending.input.end();
  assert.equal((await sending.end(40_000)).code, 0);
  await following.said('"line 59"', 30_000);
  assert.deepEqual(shown(), ['before', ...sent]);
  await following.stop();
});

test('a message is sent as soon as there is a server, or given up in time', async () => {
  const edge = await stack.away('edge');
  const soon = await home.run(['send', scene.path, 'too late', '--timeout', '1']);
  assert.equal(soon.code, 5, soon.err);
  const waiting = home.start(['send', scene.path, 'at last']);
  await waiting.complained('trying again');
  await edge.back();
  assert.equal((await waiting.end()).code, 0);
  const { out } = await home.run(['tail', scene.path, '-n', '1']);
  assert.match(out, /: at last\n$/);
});
