import { execFileSync } from 'node:child_process';
import { root } from '../programs.js';
import { openStack } from '../stack.js';

export default {
  name: 'TinCan',
  stores: 'in PostgreSQL, commits of many messages; and an event each in JetStream',
  protocol: 'tincan',
  version: () => execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
  async start() {
    const stack = await openStack();
    return {
      port: stack.ports[0],
      pids: stack.pids(),
      options: ({ rooms, members }) => ({ world: stack.world({ rooms, members }) }),
      stop: () => stack.down(),
    };
  },
};
