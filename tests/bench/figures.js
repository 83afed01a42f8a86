// What has been measured: medians, and how one run compares with the committed one.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './programs.js';

const path = join(root, 'tests/bench/figures.json');

/** How far a ratio may rise before it is said. */
const tolerated = 1.15;

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const spread = (numbers) => ({ median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) });

export function committed() {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { works: {}, peers: {} };
  }
}

/** Keeps the figures of these works beside those that are there. */
export function keep(changes) {
  const all = committed();
  const merged = { ...all, ...changes, works: { ...all.works, ...changes.works }, peers: { ...all.peers, ...changes.peers } };
  const rounded = JSON.stringify(merged, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value), 1);
  writeFileSync(path, `${rounded}\n`);
}

/** Sentences about what has become worse by more than is tolerated. */
export function falls(name, now) {
  const then = committed().works[name];
  if (!then) return [];
  return now.cases.flatMap((each) => {
    const before = then.cases.find((other) => other.label === each.label);
    const [a, b] = [before?.judged?.median, each.judged?.median];
    if (a === undefined || b === undefined) return [];
    const worse = now.atLeast ? a / b : b / a;
    return worse > tolerated ? [`${name}, ${each.label}: ${b.toPrecision(3)} where ${a.toPrecision(3)} is committed`] : [];
  });
}
