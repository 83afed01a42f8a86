// A handful of combinations of what can die; `./dev chaos --combinations` plays all of them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Trial, combinations, handful, inWords, summary } from './combinations.js';
import { randomFrom } from './random.js';

const seed = 1;
const mostOfACore = 0.5; // one that spins takes all of it

describe('killed and back', () => {
  const results = [];
  const random = randomFrom(seed);
  let trial;
  before(async () => { trial = await Trial.open(); });
  after(async () => {
    if (results.length > 0) console.log(summary(results));
    await trial?.close();
  });

  for (const killed of handful(random, 4)) {
    test(`${killed.join(', ')}: all works again, and nobody spun meanwhile`, async (t) => {
      const result = await trial.strike(killed, random);
      results.push(result);
      t.diagnostic(inWords(killed, result));
      assert.deepEqual(Object.entries(result.cpu).filter(([, share]) => share > mostOfACore), []);
    });
  }

  test('nothing that was acknowledged is lost', () => trial.assertNothingLost());
});

test('there are 127 combinations', () => {
  assert.equal(new Set(combinations.map((each) => each.join())).size, 127);
});
