// A PostgreSQL for peers that store: the one of ./dev, as TinCan has it, with an empty database in it.
import { execFileSync } from 'node:child_process';
import { ownStack } from '../../e2e/stack.js';
import { pin } from '../cpu.js';

export async function openDatabase() {
  const stack = await ownStack({}, ['--servers']);
  const url = new URL(stack.databaseUrl);
  const sql = (...args) => execFileSync('psql', ['-qXv', 'ON_ERROR_STOP=1', '-d', url.href, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  sql('-c', 'CREATE DATABASE peer');
  url.pathname = '/peer';
  pin([stack.pid('postgres')]);
  return { url, sql, pid: stack.pid('postgres'), down: () => stack.down() };
}

/** A peer's server together with its database. */
export async function withDatabase(start) {
  const database = await openDatabase();
  try {
    const server = await start(database);
    return {
      ...server,
      pids: [...server.pids, database.pid],
      async stop() {
        await server.stop();
        await database.down();
      },
    };
  } catch (error) {
    await database.down();
    throw error;
  }
}
