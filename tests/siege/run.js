// ./dev siege: how much an edge keeps for connections that mean harm, and what those who mean well notice of it.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fork } from 'node:child_process';
import { closedTalk, connect, groupOf, post, register, talk, use } from '../e2e/support.js';
import { ownStack } from '../e2e/stack.js';
import { honest, waitingTimes } from './honest.js';

const { values: options } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '20' },
  },
});
const [count, seconds] = [Number(options.connections), Number(options.seconds)];
const MiB = 1024 * 1024;

// Limits of what one person may do, which have nothing to do with how much is kept; all else is as it comes.
const settings = { TINCAN_REGISTRATIONS_PER_MINUTE: '100000', TINCAN_LOG_LEVEL: 'warn' };

const status = (pid, name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const say = (what, { count: posts, refused, p50, p99 }) =>
  console.log(`${what}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (${posts} messages, ${refused} of them refused)`);

/** A number of users, eight at a time: each takes a core 20 ms. */
async function registered(number) {
  const users = [];
  while (users.length < number)
    users.push(...await Promise.all(Array.from({ length: Math.min(8, number - users.length) }, () => register('siege'))));
  return users;
}

/** The load is another process, so that the one who measures has a loop of his own. */
function attackers(order) {
  const child = fork(new URL('attackers.js', import.meta.url), { stdio: 'inherit' });
  child.send(order);
  const answer = (type) => new Promise((resolve) => {
    child.on('message', (message) => message.type === type && resolve(message));
  });
  return { child, in: answer('in'), report: () => { child.send('report'); return answer('report'); } };
}

async function metric(url, name) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(name)).map((line) => line.slice(name.length));
}

async function besieged(stack) {
  const users = await registered(Math.ceil(count / 30) + 20);
  const [owner, ...friends] = await honest(users.slice(0, 20));
  const group = await groupOf(owner, [], { member_ids: users.slice(1).map((user) => user.id) });
  const [room, full] = [await talk(group, owner), await talk(group, owner)];
  const ours = await closedTalk(group, owner, friends);
  for (let i = 0; i < 40; i += 1) await post(owner, full, '😀'.repeat(8000));
  const pid = stack.pid('edge');
  const clients = [owner, ...friends];
  const measure = async (what) => say(what, await waitingTimes(clients, ours, { seconds, everyMs: 20 }));
  const chatter = setInterval(() => post(owner, room, 'x'.repeat(2000)).catch(() => {}), 200);

  await waitingTimes(clients, ours, { seconds: 3, everyMs: 20 });
  await measure('without them');
  const before = status(pid, 'VmRSS');
  const load = attackers({ url: stack.url, tokens: users.slice(20).map((user) => user.token), room: full.id, count });
  const coming = measure('while they come');
  const { letIn, refused } = await load.in;
  await coming;
  console.log(`${letIn} let in, ${refused} refused`);
  await measure('while what they asked for is worked off');
  await measure('beside them');
  clearInterval(chatter);
  const { present } = await load.report();
  const bytes = (await metric(stack.url, 'tincan_edge_client_bytes '))[0];
  console.log(`${present} still there; the edge keeps ${(Number(bytes) / MiB).toFixed(0)} MiB for clients`);
  console.log(`resident: ${before.toFixed(0)} MiB before, ${status(pid, 'VmRSS').toFixed(0)} MiB now, at most ${status(pid, 'VmHWM').toFixed(0)} MiB`);
  console.log(`refused: ${(await metric(stack.url, 'tincan_edge_refused_total')).join(' ')}`);
  load.child.kill();
  await connect(users[0]);
}

const stack = await ownStack(settings);
use(stack.url);
try {
  await besieged(stack);
} finally {
  await stack.down();
}
process.exit(0);
