// What every peer needs: a folder and ports of its own, its configuration, and a process on the servers' core.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileText, until, within } from '../../e2e/waiting.js';
import { onServerCore } from '../cpu.js';

export const here = dirname(fileURLToPath(import.meta.url));

const startMs = 30_000;

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true) || socket.destroy());
    socket.once('error', () => resolve(false));
  });
}

/** Processes that run: an interrupted benchmark ends them too. */
const running = new Map();
process.on('exit', () => {
  for (const [child, folder] of running) {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/** A folder for one run of a peer, with its configurations filled in: @NAME@ is the value of that name. */
export function folderWith(files, values) {
  const folder = mkdtempSync(join(tmpdir(), 'tincan-peer-'));
  const all = { FOLDER: folder, ...values };
  for (const file of files) {
    const text = readFileSync(join(here, file), 'utf8').replace(/@(\w+)@/g, (_, name) => all[name]);
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

/** Starts a peer's process, and comes back when it listens on `port`. It ends, and its folder goes, with `stop`. */
export async function serve(command, args, { port, folder, env = {} }) {
  const log = openSync(join(folder, 'log'), 'a');
  const [first, ...rest] = [...onServerCore, command, ...args];
  const child = spawn(first, rest, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
  closeSync(log);
  running.set(child, folder);
  const ended = once(child, 'exit').then(() => running.delete(child));
  const said = () => fileText(join(folder, 'log'));
  const stop = async () => {
    child.kill('SIGTERM');
    await within(ended, `${command} to end`).catch(() => child.kill('SIGKILL'));
    rmSync(folder, { recursive: true, force: true });
  };
  const dead = () => { throw new Error(`${command} ended: ${said()}`); };
  await until(() => (child.exitCode === null ? listens(port) : dead()), () => `${command}: ${said()}`, startMs);
  return { port, pids: [child.pid], stop };
}
