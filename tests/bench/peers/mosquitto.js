import { join } from 'node:path';
import { versionOf } from './versions.js';
import { folderWith, freePort, serve } from './serving.js';

export default {
  name: 'mosquitto',
  stores: 'nothing',
  protocol: 'mqtt',
  version: () => versionOf('mosquitto'),
  async start() {
    const port = await freePort();
    const folder = folderWith(['mosquitto.conf'], { PORT: port });
    return serve('mosquitto', ['-c', join(folder, 'mosquitto.conf')], { port, folder });
  },
};
