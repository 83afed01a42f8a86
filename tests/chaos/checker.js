// Judges a round by what it left behind: the clients' histories, the durable record, the log of the schedule, and the
// database. It shares nothing with the load but the files. By hand: node checker.js DIRECTORY
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readLines } from './journal.js';
import { tell } from './story.js';
import { checkConduct } from './checks/conduct.js';
import { checkDoors } from './checks/doors.js';
import { checkKept } from './checks/kept.js';
import { checkLeaks } from './checks/leaks.js';
import { checkNumbers } from './checks/numbers.js';
import { checkRemoved, withoutRemoved } from './checks/removed.js';
import { checkTyping } from './checks/typing.js';
import { checkViews } from './checks/views.js';

export const promises = {
  'what was acknowledged is in the database, once': (evidence) => checkKept(withoutRemoved(evidence)),
  'seq and rev have no gap and no double': (evidence) => checkNumbers(withoutRemoved(evidence)),
  'every final view, and the record replayed, equals the database': checkViews,
  'nobody saw or did anything where he takes no part': checkLeaks,
  'typing is told to those who take part, and to nobody else': checkTyping,
  'what belongs to a removed group goes with it': checkRemoved,
  'who asks to join is where the answers put him, and told so': checkDoors,
  'nothing is internal, no valid token refused, every frame as the protocol says': checkConduct,
};

// Of one promise; a broken server breaks it a thousand times.
const most = 20;

/** The violations of each promise, `[{promise, violations: [{what, …evidence}], more}]`. */
export function check(evidence) {
  return Object.entries(promises).map(([promise, judge]) => {
    const violations = [];
    let more = 0;
    for (const violation of judge(evidence)) {
      if (violations.length < most) violations.push(violation);
      else more += 1;
    }
    return { promise, violations, more };
  });
}

/** What a round left in `directory`. */
export async function evidenceIn(directory) {
  const file = (name) => join(directory, name);
  const [history, record, log] = await Promise.all(['history', 'record', 'schedule'].map((name) => readLines(file(`${name}.jsonl`))));
  return {
    story: tell(history),
    record,
    outages: log.filter((line) => line.kind === 'nats').sort((a, b) => a.from - b.from),
    database: JSON.parse(readFileSync(file('database.json'), 'utf8')),
  };
}

/** A verdict in words, empty when all was kept. */
export function inWords(seed, verdict) {
  return verdict.filter(({ violations }) => violations.length > 0).map(({ promise, violations, more }) => [
    `seed ${seed}: broken: ${promise}`,
    ...violations.map((violation) => `  ${JSON.stringify(violation).slice(0, 1500)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n')).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const evidence = await evidenceIn(process.argv[2]);
  const words = inWords(evidence.story.seed, check(evidence));
  console.log(words || `seed ${evidence.story.seed}: every promise was kept`);
  process.exitCode = words ? 1 : 0;
}
