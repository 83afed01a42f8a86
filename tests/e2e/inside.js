// Where each process of the stack under test shows itself.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const logs = () => join(process.env.TINCAN_RUN, 'logs');

/** What a process has logged. */
export const logOf = (name) => readFileSync(join(logs(), name), 'utf8');

/** The programs' names, `message-2` as well as `message`. */
export const programs = () => readdirSync(logs()).filter((name) => /^(edge|auth|group|conversation|message)(-\d+)?$/.test(name));

/** A process's own port: the last that its log tells. */
export function portOf(name) {
  const url = [...logOf(name).matchAll(/ event=showing url=(\S+)/g)].at(-1)?.[1];
  assert.ok(url, `${name} says where it shows itself`);
  return url;
}

/** The values of a process's /metrics, by name and labels as they are written there. */
export async function metricsOf(name) {
  const answer = await fetch(`${portOf(name)}/metrics`);
  assert.equal(answer.status, 200);
  const lines = (await answer.text()).split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}
