// The containers of a compose project that is up: `COMPOSE` is the command with its project, for a shell to split.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const [program, ...options] = process.env.COMPOSE.split(' ');
const { COMPOSE_PROJECT_NAME: project, TINCAN_IMAGE: image = 'tincan' } = process.env;

/** What `docker ARG...` prints. */
export async function docker(...args) {
  const { stdout } = await run('docker', args, { maxBuffer: 1 << 26 });
  return stdout.trim();
}

/** What `docker compose ARG...` prints. */
export async function compose(...args) {
  const { stdout } = await run(program, [...options, ...args], { maxBuffer: 1 << 26 });
  return stdout.trim();
}

/** All containers, or those of a service: `{id, service}`; the ones that have ended only with `all`. */
export async function containers(service, { all = false } = {}) {
  const labels = [`label=com.docker.compose.project=${project}`, 'label=com.docker.compose.oneoff=False'];
  if (service) labels.push(`label=com.docker.compose.service=${service}`);
  const format = '{{.ID}} {{.Label "com.docker.compose.service"}}';
  const lines = await docker('ps', ...(all ? ['-a'] : []), ...labels.flatMap((l) => ['--filter', l]), '--format', format);
  return lines.split('\n').filter(Boolean).map((line) => {
    const [id, name] = line.split(' ');
    return { id, service: name };
  });
}

export const inspect = async (id) => JSON.parse(await docker('inspect', id))[0];

/** Kills what runs in a container as the kernel would, not as Docker does, which would leave it dead. */
export async function kill(id) {
  const { State: { Pid: pid, StartedAt: started } } = await inspect(id);
  const host = ['--network', 'none', '--pid', 'host', '--user', '0'];
  await docker('run', '--rm', ...host, '--entrypoint', 'bash', image, '-c', `kill -9 ${pid}`);
  return { backAgain: async () => {
    const { State: state } = await inspect(id);
    return state.StartedAt !== started && state.Health.Status === 'healthy';
  } };
}

/** What a shell script prints in a container of its own on one of the project's networks. */
export const runIn = (network, script) =>
  docker('run', '--rm', '--network', `${project}_${network}`, '--entrypoint', 'bash', image, '-c', script);

/** What a container answers to itself: the whole response. */
export const ask = (id, port, path) => docker('exec', id, 'bash', '-c',
  `exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET ${path} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' >&3 && cat <&3`);

/** The value of a metric without labels. */
export async function metric(id, port, name) {
  const text = await ask(id, port, '/metrics');
  return Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1]);
}
