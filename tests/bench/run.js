// ./dev bench [WORK ...] [--quick] [--rounds N] [--write]: measures, and says how it compares with what is committed.
//
// A work is a file in works/: its title, what is judged, its cases, and `round`, which measures one case once: TinCan and
// its floor, one right after the other. Each case has several rounds, interleaved with those of the other cases; what is
// judged is the median of the rounds' ratios, or of TinCan's own number where there is no floor.
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { falls, keep, median, spread } from './figures.js';
import { machine } from './machine.js';
import { openStack } from './stack.js';
import { writeReport } from './report.js';

const here = dirname(fileURLToPath(import.meta.url));
const known = readdirSync(join(here, 'works')).map((file) => file.replace(/\.js$/, '')).sort();

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, write: { type: 'boolean' }, rounds: { type: 'string' } },
});

/** What a work may use: stacks, and how long it may take. */
class Bench {
  constructor() {
    this.quick = options.quick ?? false;
    this.spanMs = this.quick ? 600 : 1200;
    this.warmMs = this.quick ? 300 : 400;
    this.stacks = new Map();
  }

  /** As many rounds as were asked for, or seven; in a hurry two, or as many as are enough for this work. */
  roundsOf(work) { return Number(options.rounds ?? (this.quick ? (work.hastily ?? 2) : 7)); }

  /** The stack of this kind; it is brought up when it is asked for the first time. */
  async stackOf(kind = {}) {
    const key = JSON.stringify(kind);
    if (!this.stacks.has(key)) this.stacks.set(key, await openStack(kind));
    return this.stacks.get(key);
  }

  /** Takes down all stacks, but one of this kind: the others' servers would have work of their own on the same core. */
  async down(kept) {
    for (const [key, stack] of [...this.stacks].filter(([other]) => other !== JSON.stringify(kept))) {
      this.stacks.delete(key);
      await stack.down();
    }
  }
}

function caseFigures(each, rounds, work) {
  const ratios = rounds.filter((round) => round.floor !== undefined).map((round) => round.tincan / round.floor);
  const also = Object.keys(rounds[0].also ?? {}).map((name) => [name, median(rounds.map((round) => round.also[name]))]);
  const own = rounds.map((round) => round.tincan);
  const judged = ratios.length > 0 && !work.absolute ? ratios : own;
  return {
    label: each.label, x: each.x,
    tincan: spread(own),
    floor: ratios.length > 0 ? spread(rounds.map((round) => round.floor)) : undefined,
    ratio: ratios.length > 0 ? spread(ratios) : undefined,
    judged: each.judged === false ? undefined : spread(judged),
    target: each.target ?? work.target,
    also: Object.fromEntries(also),
  };
}

const short = (number) => String(Number(number.toPrecision(3)));

function say(name, work, figures) {
  const { judged, target, tincan, floor, ratio } = figures;
  const held = judged && (work.atLeast ? judged.median >= target : judged.median <= target);
  const compared = ratio ? `, ${short(ratio.median)}x [${short(ratio.min)}–${short(ratio.max)}] of ${short(floor.median)}` : '';
  const verdict = judged ? `; wanted ${work.atLeast ? '≥' : '≤'} ${target}: ${held ? 'held' : 'MISSED'}` : '';
  console.log(`${name.toUpperCase()} ${figures.label}: ${short(tincan.median)} ${work.unit}${compared}${verdict}`);
  const also = Object.entries(figures.also).map(([what, number]) => `${what}: ${short(number)}`);
  if (also.length > 0) console.log(`    ${also.join(', ')}`);
}

/** In a hurry only what is judged, if there is anything of that kind. */
function casesOf(bench, work) {
  const judged = work.cases.filter((each) => each.judged !== false);
  return bench.quick && judged.length > 0 ? judged : work.cases;
}

async function measure(bench, name, work) {
  const cases = casesOf(bench, work);
  const kind = work.stack ?? {};
  await bench.down(kind);
  bench.stack = await bench.stackOf(kind);
  await work.prepare?.(bench);
  const rounds = cases.map(() => []);
  for (let round = 0; round < bench.roundsOf(work); round += 1) {
    for (const [index, each] of cases.entries()) rounds[index].push(await work.round(bench, each));
  }
  const measured = cases.map((each, index) => caseFigures(each, rounds[index], work));
  for (const each of measured) say(name, work, each);
  const { title, unit, floor, plot, atLeast = false, absolute = false } = work;
  const date = new Date().toISOString().slice(0, 10);
  return { title, unit, floor, plot, atLeast, absolute, rounds: rounds[0].length, date, cases: measured };
}

/** A work that fails has no figures; the others have. */
const failed = (name) => (error) => {
  console.error(`${name.toUpperCase()} failed:`, error);
  process.exitCode = 1;
};

/** The works, those on a stack of their own last. */
async function inTurn(names) {
  const works = await Promise.all(names.map(async (name) => [name, (await import(`./works/${name}.js`)).default]));
  return works.sort(([, a], [, b]) => Boolean(a.stack) - Boolean(b.stack));
}

async function main() {
  const names = positionals.length > 0 ? positionals.map((name) => name.toLowerCase()) : known;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`there is no work ${unknown.join(', ')}; works: ${known.join(' ')}`);
  if (cpus().length < 2) throw new Error('servers and load need a core each');
  const bench = new Bench();
  const works = {};
  try {
    for (const [name, work] of await inTurn(names)) {
      await measure(bench, name, work).then((figures) => { works[name] = figures; }, failed(name));
    }
  } finally {
    await bench.down();
  }
  const worse = Object.entries(works).flatMap(([name, now]) => falls(name, now));
  for (const sentence of worse) console.log(`FALL of more than 15 %: ${sentence}`);
  if (options.write) {
    keep({ machine: machine(), works });
    writeReport();
  }
}

await main();
