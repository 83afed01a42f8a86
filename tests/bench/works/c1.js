import { residentBytes } from '../cpu.js';
import { idleWorld, tincanIdlers, whileIdle } from '../idling.js';
import { startServer } from '../programs.js';

const perConnection = (after, before) => (after - before) / idleWorld.users / 1000;

async function bare() {
  const server = await startServer('fanout', ['single']);
  try {
    const before = residentBytes(server.pid);
    const options = { protocol: 'bare', ports: server.port, ...idleWorld };
    return await whileIdle(options, 500, () => perConnection(residentBytes(server.pid), before));
  } finally {
    await server.stop();
  }
}

export default {
  title: 'Memory of the edge for 10,000 connections at rest, signed in, each in five groups',
  unit: 'kB a connection',
  floor: 'a bare epoll server that knows a socket and its room',
  target: 1.6,
  absolute: true,
  hastily: 1,
  cases: [{ label: '10000 connections' }],
  async round(bench) {
    await bench.stack.freshEdge();
    const edge = bench.stack.stack.pid('edge');
    const before = residentBytes(edge);
    const options = tincanIdlers(bench);
    const tincan = await whileIdle(options, 3000, () => perConnection(residentBytes(edge), before));
    return { tincan, floor: await bare() };
  },
};
