// What the processes of a stack hold as time goes by: memory and file descriptors, between rounds, when all is at rest.
import { readdirSync } from 'node:fs';
import { fileText } from '../e2e/waiting.js';

/** The slope of the line through `points` ([x, y]) that is nearest to them all. */
export function slopeOf(points) {
  const mean = (i) => points.reduce((sum, point) => sum + point[i], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / spread;
}

const kibOf = (pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(fileText(`/proc/${pid}/status`) ?? '')?.[1] ?? NaN);
const filesOf = (pid) => readdirSync(`/proc/${pid}/fd`).length;

/** Watches the processes of `stack`: `look` now and then, `words` at the end. */
export class Flat {
  #stack;
  #seen = new Map();

  constructor(stack) { this.#stack = stack; }

  look(now = Date.now()) {
    for (const name of this.#stack.names().sort()) {
      const pid = this.#stack.pid(name);
      if (pid === undefined) continue;
      const of = this.#seen.get(name) ?? [];
      of.push({ hours: now / 3_600_000, pid, kib: kibOf(pid), files: filesOf(pid) });
      this.#seen.set(name, of);
    }
  }

  /** A line a process. The slope is of the second half: what was filled once (caches, pools) has come to its end by then. */
  words() {
    const lines = [...this.#seen].map(([name, all]) => {
      const late = all.slice(Math.floor(all.length / 2));
      const slope = slopeOf(late.map(({ hours, kib }) => [hours, kib]));
      const { kib, files } = all.at(-1);
      const again = new Set(all.map(({ pid }) => pid)).size > 1 ? ', was started again' : '';
      return `${name.padEnd(16)} ${`${kib}`.padStart(8)} KiB ${slope.toFixed(0).padStart(8)} KiB an hour; `
        + `descriptors ${all[0].files} at first, ${files} at last${again}`;
    });
    return lines.join('\n');
  }
}
