import { join } from 'node:path';
import { versionOf } from './versions.js';
import { folderWith, freePort, serve } from './serving.js';

// Below its configuration: threads that have nothing to do sleep at once, or their waiting would count as work.
const erlang = ['+K', 'true', '+P', '250000', '+Q', '65536', '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'];

export async function startEjabberd(values) {
  const port = await freePort();
  const folder = folderWith(['ejabberd.yml'], { PORT: port, ...values });
  const env = {
    ERL_LIBS: '/usr/lib/x86_64-linux-gnu',
    EJABBERD_CONFIG_PATH: join(folder, 'ejabberd.yml'), EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
    HOME: folder,
  };
  const args = [...erlang, '-noinput', '-mnesia', 'dir', `"${join(folder, 'mnesia')}"`, '-s', 'ejabberd'];
  return serve('erl', args, { port, folder, env });
}

export default {
  name: 'ejabberd',
  stores: 'nothing',
  protocol: 'xmpp',
  version: () => versionOf('ejabberd'),
  start: () => startEjabberd({ DATABASE: '', MODULES: '', STORED: 'false' }),
};
