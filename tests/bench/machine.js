// What everything was measured on.
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

const line = (command, args) => execFileSync(command, args, { encoding: 'utf8' }).trim().split('\n')[0];

export function machine() {
  return {
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release().replace(/-.*/, ''),
    gcc: line('gcc', ['-dumpfullversion']),
    postgres: line('psql', ['--version']).replace(/^.*?(\d+\.\d+).*$/, '$1'),
    nats: line('nats-server', ['--version']).replace(/^.*?(\d+\.\d+\.\d+).*$/, '$1'),
  };
}
