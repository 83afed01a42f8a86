// A bounded round of each seed: what the checker finds is the tests' verdict.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inWords, promises } from './checker.js';
import { Arena } from './round.js';
import { boundedMs, boundedSeeds } from './schedule.js';

const kept = mkdtempSync(join(tmpdir(), 'tincan-chaos-'));
const broken = new Set(); // seeds

describe('under fire', () => {
  let arena;
  before(async () => { arena = await Arena.open(); });
  after(async () => {
    if (!arena) return;
    if (broken.size > 0) cpSync(arena.logs, join(kept, 'logs'), { recursive: true });
    else rmSync(kept, { recursive: true });
    await arena.close();
  });

  for (const seed of boundedSeeds) {
    describe(`seed ${seed}`, () => {
      let verdict;
      const directory = join(kept, `${seed}`);
      before(async () => {
        broken.add(seed); // should it break off
        verdict = await arena.play(seed, boundedMs, directory);
        broken.delete(seed);
      });

      for (const promise of Object.keys(promises)) {
        test(promise, () => {
          const words = inWords(seed, verdict.filter((each) => each.promise === promise));
          if (words) broken.add(seed);
          assert.equal(words, '', `the evidence is in ${directory}\n${words}`);
        });
      }
    });
  }
});
