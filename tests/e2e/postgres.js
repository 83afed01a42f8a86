// PostgreSQL's own tools, for the tests that do an operator's work.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const versions = '/usr/lib/postgresql';

/** A program that only the server's package brings. */
const program = (name) => join(versions, readdirSync(versions).sort((a, b) => a - b).at(-1), 'bin', name);

/** `pg_dump`, `pg_restore`, `psql`, `pg_basebackup`: what it prints. */
export async function run(tool, ...args) {
  const path = tool === 'pg_basebackup' ? program(tool) : tool;
  return (await promisify(execFile)(path, args)).stdout.trim();
}

export const sql = (url, statement) => run('psql', '-qXtA', '-v', 'ON_ERROR_STOP=1', '-c', statement, url);

/** The same login at another port or database. */
export function elsewhere(url, { port, database }) {
  const other = new URL(url);
  if (port !== undefined) other.port = port;
  if (database !== undefined) other.pathname = `/${database}`;
  return other.href;
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A server on a data directory, until `stop`. Root lends it to user postgres. */
export function serve(data, port) {
  const isRoot = process.getuid() === 0;
  if (isRoot) execFileSync('chown', ['-R', 'postgres:postgres', data]);
  const command = [program('postgres'), '-D', data, '-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=',
    '-c', 'max_connections=200']; // a replica wants as many as what it copies
  if (isRoot) command.unshift('setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups');
  const server = spawn(command[0], command.slice(1), { stdio: 'ignore' });
  const ended = once(server, 'exit');
  return { stop: () => { server.kill('SIGINT'); return ended; } };
}
