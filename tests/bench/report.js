// docs/benchmarks.md and its plots, out of the figures that are kept. What is said by hand is in report.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { committed } from './figures.js';
import { peersTable } from './peers-table.js';
import { root } from './programs.js';
import { plot } from './svg.js';

const pictures = join(root, 'docs/benchmarks');
const short = (number) => String(Number(number.toPrecision(3)));
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const spreadOf = ({ median, min, max }, sign = '') => `${short(median)}${sign} (${short(min)}–${short(max)})`;

function verdict(each, work) {
  if (!each.judged) return '';
  const holds = work.atLeast ? each.judged.median >= each.target : each.judged.median <= each.target;
  return `${work.atLeast ? '≥' : '≤'} ${each.target}: ${holds ? 'held' : '**missed**'}`;
}

const caseRow = (each, work) => [
  each.label, spreadOf(each.tincan), each.floor ? short(each.floor.median) : '–',
  each.ratio && !work.absolute ? spreadOf(each.ratio, 'x') : '–', verdict(each, work)];

/** What else was seen, one line a case. */
const asides = ({ cases }) => cases.filter((each) => Object.keys(each.also).length > 0).map((each) =>
  `- ${each.label}: ${Object.entries(each.also).map(([name, value]) => `${name} ${short(value)}`).join(' · ')}`).join('\n');

function draw(name, work) {
  const points = (pick) => work.cases.filter((each) => each.x !== undefined && pick(each)).map((each) => [each.x, pick(each).median]);
  const lines = [{ name: 'TinCan', points: points((each) => each.tincan) }, { name: 'floor', points: points((each) => each.floor) }];
  const drawn = lines.filter(({ points: those }) => those.length > 1);
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, `${name}.svg`), plot({ lines: drawn, x: work.plot, unit: work.unit }));
  return `\n![${work.title}](benchmarks/${name}.svg)\n`;
}

function section(name, work) {
  const isPlotted = work.plot && work.cases.filter((each) => each.x !== undefined).length > 1;
  return `### ${name.toUpperCase()}: ${work.title}

In ${work.unit}. ${work.floor ? `Floor: ${work.floor}. ` : ''}${work.rounds} ${work.rounds === 1 ? 'round' : 'rounds'}, ${work.date}.

${table(['', 'TinCan', 'floor', 'ratio', 'wanted'], work.cases.map((each) => caseRow(each, work)))}

${asides(work)}
${isPlotted ? draw(name, work) : ''}`;
}

const machineRows = ({ cpu, cores, memory, kernel, gcc, postgres, nats }) => [
  ['processor', `${cpu}, ${cores} cores`], ['memory', memory], ['kernel', kernel],
  ['compiler', `gcc ${gcc}, -O2`], ['PostgreSQL', postgres], ['nats-server', nats]];

export function writeReport() {
  const { machine, works, peers } = committed();
  const template = readFileSync(join(root, 'tests/bench/report.md'), 'utf8');
  const sections = Object.keys(works).sort().map((name) => section(name, works[name])).join('\n');
  const text = template.replace('{{machine}}', table(['', ''], machineRows(machine))).replace('{{works}}', sections).replace('{{peers}}', peersTable(peers));
  writeFileSync(join(root, 'docs/benchmarks.md'), text);
}
