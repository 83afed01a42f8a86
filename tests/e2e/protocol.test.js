// docs/protocol.md: every example in it is played, in order, and happens just so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from './contract.js';
import { docs } from './documents.js';
import { examplesOf, Player } from './player.js';

const steps = examplesOf(docs('protocol.md'));
const requests = steps.filter(({ sends, text }) => sends && text.startsWith('{')).map(({ text }) => JSON.parse(text));

test('there is an example of every request', () => {
  const shown = new Set(requests.map(({ type }) => type));
  assert.deepEqual(Object.keys(operations).filter((type) => !shown.has(type)), []);
});

test('every example happens as it is told, and nobody hears more', async () => {
  const player = new Player();
  for (const [i, step] of steps.entries()) {
    try {
      await player.play(step);
    } catch (error) {
      const before = steps.slice(Math.max(0, i - 2), i).map(({ who, text }) => `${who}: ${text}`).join('\n');
      throw new Error(`${step.who}: ${step.text}\n${error.message}\nafter\n${before}`, { cause: error });
    }
  }
  player.assertNothingUntold();
});
