// The line through what was seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flat, slopeOf } from './flat.js';

test('a slope is that of the nearest line', () => {
  assert.equal(slopeOf([[0, 5], [1, 5], [2, 5]]), 0);
  assert.equal(slopeOf([[1, 10], [2, 30], [3, 20], [4, 40]]), 8);
  assert.equal(slopeOf([[1, 10]]), 0);
});

test('who grows in the second half is seen to, and who was started again', () => {
  const pids = { self: process.pid };
  const flat = new Flat({ names: () => ['self'], pid: (name) => pids[name] });
  flat.look(0);
  flat.look(3_600_000);
  assert.match(flat.words(), /^self +\d+ KiB +-?\d+ KiB an hour; descriptors \d+ at first, \d+ at last$/);
  pids.self = process.ppid;
  flat.look(7_200_000);
  assert.match(flat.words(), /was started again$/);
});
