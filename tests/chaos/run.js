// ./dev chaos: rounds one after another, each under the seed after the last one's, for as many minutes as asked.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inWords } from './checker.js';
import { Arena } from './round.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' }, round: { type: 'string', default: '30' }, keep: { type: 'boolean' } },
});
const [minutes, roundSeconds] = [Number(values.minutes), Number(values.round)];
const first = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
if (!(minutes > 0 && roundSeconds > 0 && Number.isSafeInteger(first))) {
  console.error('usage: ./dev chaos [--minutes N] [--seed S] [--round SECONDS] [--keep]');
  process.exit(2);
}

const kept = mkdtempSync(join(tmpdir(), 'tincan-chaos-'));
const arena = await Arena.open();
const end = Date.now() + minutes * 60_000;
let broken = 0;

async function play(seed) {
  const directory = join(kept, `${seed}`);
  const began = Date.now();
  const words = inWords(seed, await arena.play(seed, roundSeconds * 1000, directory));
  console.log(words || `seed ${seed}: every promise was kept (${Math.round((Date.now() - began) / 1000)} s)`);
  if (words) broken += 1;
  else if (!values.keep) rmSync(directory, { recursive: true });
}

try {
  for (let seed = first; Date.now() < end; seed += 1) {
    await play(seed).catch((error) => { throw new Error(`seed ${seed}: the round broke off`, { cause: error }); });
  }
} catch (error) {
  console.error(error);
  broken += 1;
}
cpSync(arena.logs, join(kept, 'logs'), { recursive: true });
await arena.close();
if (values.keep || broken > 0) console.log(`the evidence is in ${kept}`);
else rmSync(kept, { recursive: true });
process.exitCode = broken === 0 ? 0 : 1;
