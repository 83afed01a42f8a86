// A bounded round: what the checker finds is the tests' verdict.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inWords, promises } from './checker.js';
import { Arena } from './round.js';
import { boundedMs, boundedSeed } from './schedule.js';

const kept = mkdtempSync(join(tmpdir(), 'tincan-chaos-'));
let isBroken = false;

describe('under fire', () => {
  let arena;
  before(async () => { arena = await Arena.open(); });
  after(async () => {
    if (!arena) return;
    if (isBroken) cpSync(arena.logs, join(kept, 'logs'), { recursive: true });
    else rmSync(kept, { recursive: true });
    await arena.close();
  });

  describe(`seed ${boundedSeed}`, () => {
    let verdict;
    const directory = join(kept, `${boundedSeed}`);
    before(async () => {
      isBroken = true; // should it break off
      verdict = await arena.play(boundedSeed, boundedMs, directory);
      isBroken = false;
    });

    for (const promise of Object.keys(promises)) {
      test(promise, () => {
        const words = inWords(boundedSeed, verdict.filter((each) => each.promise === promise));
        if (words) isBroken = true;
        assert.equal(words, '', `the evidence is in ${directory}\n${words}`);
      });
    }
  });
});
