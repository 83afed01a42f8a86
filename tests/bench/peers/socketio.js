import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, here, serve } from './serving.js';
import { withDatabase } from './database.js';

const folder = join(here, 'socketio');

const versionIn = (name) => JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;

export default {
  name: 'socket.io, pg',
  stores: 'in PostgreSQL, commits of many messages',
  protocol: 'socketio',
  version: () => `${versionIn('socket.io')}, Node ${process.versions.node}`,
  start: () => withDatabase(async (database) => {
    const port = await freePort();
    const own = mkdtempSync(join(tmpdir(), 'tincan-peer-'));
    const env = { DATABASE_URL: database.url.href, NODE_ENV: 'production' };
    return serve(process.execPath, [join(folder, 'server.js'), String(port)], { port, folder: own, env });
  }),
};
