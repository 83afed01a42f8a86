// Connections that only are there.
import { setTimeout as pause } from 'node:timers/promises';
import { openClient } from './programs.js';

/** Opens them, gives them time to come to rest, and calls `look` before they go. */
export async function whileIdle(options, restMs, look) {
  const client = await openClient({ opening: 200, ...options });
  try {
    await pause(restMs);
    return await look();
  } finally {
    await client.go();
  }
}

/** Everybody is in five groups. */
export const idleWorld = { users: 10_000, rooms: 1000, members: 50 };

export const tincanIdlers = (bench) => ({
  protocol: 'tincan', ports: bench.stack.ports.join(','), world: bench.stack.world(idleWorld), ...idleWorld,
});
