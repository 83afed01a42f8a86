// Waiting for what happens: each wait has an end, and says what it waited for.
import { readFileSync } from 'node:fs';

/** Resolves as `promise` does, or fails after `ms` saying `what` (a string, or a function that makes it). */
export function within(promise, what, ms = 8000) {
  let timer;
  const late = new Promise((_, fail) => {
    const tell = () => fail(new Error(`waited ${ms} ms for ${typeof what === 'function' ? what() : what}`));
    timer = setTimeout(tell, ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Asks `attempt` again and again until it gives something truthy, which is the result. For what sends no event. */
export async function until(attempt, what, ms = 8000) {
  const end = Date.now() + ms;
  for (;;) {
    const result = await attempt();
    if (result) return result;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${typeof what === 'function' ? what() : what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

/** The text of a file, or undefined while it is not there. */
export function fileText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
