import { cpus } from 'node:os';
import { runClient, runFloor } from '../programs.js';

const users = 16;
const password = 'correct horse battery';

/** Everybody in the world gets the password of somebody who has registered. */
async function givePasswords(stack, world) {
  const username = `bench.model.${world}`;
  const answer = await fetch(`${stack.stack.url}/auth/register`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ username, password }),
  });
  if (answer.status !== 201) throw new Error(`register: ${answer.status} ${await answer.text()}`);
  stack.ask(`UPDATE auth.users SET password = (SELECT password FROM auth.users WHERE username = '${username}')
    WHERE username LIKE 'bench.${world}.%'`);
}

export default {
  title: 'Log-ins',
  unit: 'log-ins a second',
  floor: 'Argon2id alone on as many threads',
  target: 0.95,
  atLeast: true,
  cases: [{ label: `${users} at once` }],
  async prepare(bench) {
    bench.logInWorld = bench.stack.world({ rooms: 1, members: users });
    await givePasswords(bench.stack, bench.logInWorld);
  },
  async round(bench) {
    const seconds = bench.quick ? 1 : 2;
    const options = { protocol: 'login', ports: bench.stack.ports[0], world: bench.logInWorld, users, members: users };
    const seen = await runClient('asks', { ...options, ms: seconds * 1000, warm_ms: 300 }, () => 0);
    const alone = await runFloor('argon2', [`threads=${cpus().length}`, `seconds=${seconds}`], {}, () => 0);
    return {
      tincan: seen.count / seen.seconds,
      floor: alone.count / alone.seconds,
      also: { 'p50, ms': seen.answer_us.p50 / 1000, 'p99, ms': seen.answer_us.p99 / 1000 },
    };
  },
};
