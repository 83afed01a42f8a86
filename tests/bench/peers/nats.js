import { join } from 'node:path';
import { versionOf } from './versions.js';
import { folderWith, freePort, serve } from './serving.js';

export async function startNats(config, files) {
  const [port, clients] = [await freePort(), await freePort()];
  const folder = folderWith(files, { PORT: port, PORT2: clients });
  const server = await serve('nats-server', ['-c', join(folder, config)], { port, folder });
  return { ...server, url: `nats://127.0.0.1:${clients}` };
}

export default {
  name: 'nats-server',
  stores: 'nothing',
  protocol: 'nats',
  version: () => versionOf('nats-server'),
  start: () => startNats('nats.conf', ['nats.conf']),
};
