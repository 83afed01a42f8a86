// The CPU time and the memory of processes, from /proc.
import { readdirSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

const serverCore = '0';

function text(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}

function tasks(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** A process and all below it: PostgreSQL is a family. */
export function family(pid) {
  const children = tasks(pid).flatMap((task) => text(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean));
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

/** What children that have ended used, in steps of 10 ms. */
function endedNs(pid) {
  const fields = text(`/proc/${pid}/stat`).replace(/^.*\) /, '').split(' ');
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * 1e7;
}

/** Nanoseconds that all threads of these processes, and of those below them, have run. */
export function cpuNs(pids) {
  let sum = 0;
  for (const pid of pids.flatMap(family)) {
    for (const task of tasks(pid)) sum += Number(text(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0] || 0);
    sum += endedNs(pid);
  }
  return sum;
}

/** Resident memory in bytes, without what is shared with files. */
export function residentBytes(pid) {
  // A process that has just ended has none left.
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(text(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Puts processes, with all their threads and children, on the servers' core. */
export function pin(pids) {
  for (const pid of pids.flatMap(family)) {
    try {
      execFileSync('taskset', ['-a', '-cp', serverCore, String(pid)], { stdio: 'ignore' });
    } catch (error) {
      if (tasks(pid).length > 0) throw error;
    }
  }
}

export const onServerCore = ['taskset', '-c', serverCore];
/** The load has the machine's last core. */
export const onClientCore = (cores) => ['taskset', '-c', String(cores - 1)];
