// ./dev bench --peers [NAME ...] [--rounds N] [--write] [--add]: TinCan among others, under the same loads.
//
// A peer is a file in peers/: what it is and stores, and `start`, which gives the port and the processes of a server of
// its own on the servers' core, configured for speed; the load client has a protocol module for it, on the other core.
// Rounds are interleaved: each starts every peer afresh, one after the other. A load that a peer cannot bear is left out
// of its row, and said. --write keeps the figures, --add puts these rounds beside those that are kept.
import { parseArgs } from 'node:util';
import { columns, loads } from './columns.js';
import { committed, keep } from './figures.js';
import { machine } from './machine.js';
import { peersTable } from './peers-table.js';
import { writeReport } from './report.js';

const known = ['tincan', 'nats', 'jetstream', 'mosquitto', 'ejabberd', 'ejabberd-mam', 'socketio'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: 'boolean' },
    rounds: { type: 'string' }, write: { type: 'boolean' }, add: { type: 'boolean' },
  },
});

async function measureLoad(peer, server, name) {
  try {
    return await loads[name](peer, server);
  } catch (error) {
    console.log(`${peer.name}, ${name}: ${error.message}`);
    return {};
  }
}

async function measureRound(peer) {
  const figures = {};
  const server = await peer.start();
  try {
    for (const name of Object.keys(loads)) Object.assign(figures, await measureLoad(peer, server, name));
  } finally {
    await server.stop();
  }
  const said = columns.filter(([key]) => key in figures).map(([key, title]) => `${title}: ${Number(figures[key].toPrecision(3))}`);
  console.log(`${peer.name}: ${said.join(', ')}`);
  return figures;
}

async function measure(peers, count) {
  const rounds = Object.fromEntries(Object.keys(peers).map((key) => [key, []]));
  for (let round = 0; round < count; round += 1) {
    for (const [key, peer] of Object.entries(peers)) rounds[key].push(await measureRound(peer));
  }
  return rounds;
}

function described(key, peer, rounds) {
  const before = options.add ? committed().peers[key]?.rounds ?? [] : [];
  return {
    name: peer.name, version: peer.version(), stores: peer.stores,
    date: new Date().toISOString().slice(0, 10), rounds: [...before, ...rounds],
  };
}

async function main() {
  const names = positionals.length > 0 ? positionals : known;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`there is no peer ${unknown.join(', ')}; peers: ${known.join(' ')}`);
  const peers = {};
  for (const name of names) peers[name] = (await import(`./peers/${name}.js`)).default;
  const rounds = await measure(peers, Number(options.rounds ?? 5));
  const figures = Object.fromEntries(Object.entries(peers).map(([key, peer]) => [key, described(key, peer, rounds[key])]));
  console.log(`\n${peersTable(figures)}`);
  if (!options.write) return;
  keep({ machine: machine(), peers: figures });
  await writeReport();
}

await main();
