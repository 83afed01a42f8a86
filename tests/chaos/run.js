// ./dev chaos: rounds one after another, each under the seed after the last one's, for as many minutes as asked; or
// every combination of what can die. With --calm nothing dies, and it says at the end what the processes have come to hold.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inWords } from './checker.js';
import { Trial, combinations, inWords as strikeInWords, summary } from './combinations.js';
import { Flat } from './flat.js';
import { randomFrom } from './random.js';
import { Arena } from './round.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' }, seed: { type: 'string' }, round: { type: 'string', default: '30' },
    keep: { type: 'boolean' }, combinations: { type: 'boolean' }, calm: { type: 'boolean' },
  },
});
const [minutes, roundSeconds] = [Number(values.minutes), Number(values.round)];
const first = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
if (!(minutes > 0 && roundSeconds > 0 && Number.isSafeInteger(first))) {
  console.error('usage: ./dev chaos [--minutes N] [--seed S] [--round SECONDS] [--keep] [--calm] | --combinations [--seed S]');
  process.exit(2);
}

/** Each combination once, in the order of the seed. */
async function strikeAll() {
  const random = randomFrom(first);
  const trial = await Trial.open();
  const results = [];
  console.log(`seed ${first}`);
  try {
    for (const killed of random.shuffled(combinations)) {
      results.push(await trial.strike(killed, random));
      console.log(strikeInWords(killed, results.at(-1)));
    }
    await trial.assertNothingLost();
    console.log(summary(results));
  } finally {
    await trial.close();
  }
}

async function play(arena, seed, directory) {
  const began = Date.now();
  const words = inWords(seed, await arena.play(seed, roundSeconds * 1000, directory));
  console.log(words || `seed ${seed}: every promise was kept (${Math.round((Date.now() - began) / 1000)} s)`);
  if (!words && !values.keep) rmSync(directory, { recursive: true });
  return !words;
}

async function playAll() {
  const kept = mkdtempSync(join(tmpdir(), 'tincan-chaos-'));
  const arena = await Arena.open();
  arena.calm = values.calm ?? false;
  const flat = new Flat(arena.stack);
  const end = Date.now() + minutes * 60_000;
  let isKept = true;
  try {
    for (let seed = first; Date.now() < end; seed += 1) {
      isKept = await play(arena, seed, join(kept, `${seed}`))
        .catch((error) => { throw new Error(`seed ${seed}: the round broke off`, { cause: error }); }) && isKept;
      flat.look();
    }
  } catch (error) {
    console.error(error);
    isKept = false;
  }
  if (values.calm) console.log(flat.words());
  cpSync(arena.logs, join(kept, 'logs'), { recursive: true });
  await arena.close();
  if (values.keep || !isKept) console.log(`the evidence is in ${kept}`);
  else rmSync(kept, { recursive: true });
  if (!isKept) process.exitCode = 1;
}

await (values.combinations ? strikeAll() : playAll());
