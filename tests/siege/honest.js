// Clients that mean well, and how long they wait.
import { connect, post } from '../e2e/support.js';

const percentile = (times, p) => times.sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * p))];

/**
 * One posts in the room each `everyMs`, for so long: in ms, the median and p99 from the request to the answer, whatever
 * it says; and how many were refused.
 */
export async function waitingTimes(clients, room, { seconds, everyMs }) {
  const times = [];
  const asked = [];
  let refused = 0;
  const end = performance.now() + seconds * 1000;
  for (let i = 0; performance.now() < end; i += 1) {
    const began = performance.now();
    const answered = post(clients[i % clients.length], room, `honest ${i}`).catch(() => { refused += 1; });
    asked.push(answered.then(() => times.push(performance.now() - began)));
    await new Promise((resolve) => { setTimeout(resolve, everyMs); });
  }
  await Promise.all(asked);
  for (const client of clients) {
    client.unclaimed.length = 0;
    client.frames.splice(1); // the first one tells the limits
  }
  return { count: times.length, refused, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

export const honest = (users) => Promise.all(users.map((user) => connect(user)));
