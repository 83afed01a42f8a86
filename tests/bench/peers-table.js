// The rows of peers, as Markdown.
import { columns } from './columns.js';
import { median } from './figures.js';

const groups = [
  ['1,000 members of one room, 300 bytes, 8 messages under way', ['deliveriesPerS', 'deliveryUs']],
  ['the same room at 20 messages/s', ['latencyP50Ms', 'latencyP99Ms']],
  ['200 rooms of 10, each member one message under way', ['createsPerS', 'createUs', 'createP50Ms', 'createP99Ms']],
  ['4,000 connections that join and are idle', ['kbConnection', 'joinedPerS', 'joinMs']],
];

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ',');
const short = (number) => (number >= 1000 ? grouped(Math.round(Number(number.toPrecision(3)))) : String(Number(number.toPrecision(2))));

function cell(peer, key) {
  const numbers = peer.rounds.map((round) => round[key]).filter((number) => number !== undefined && number !== null);
  return numbers.length > 0 ? short(median(numbers)) : '–';
}

function table(title, keys, peers) {
  const titles = keys.map((key) => columns.find(([name]) => name === key)[1]);
  const rows = peers.map((peer) => [`${peer.name} ${peer.version}`, peer.stores, ...keys.map((key) => cell(peer, key))]);
  const head = [title, 'stores', ...titles];
  const rule = head.map((_, index) => (index < 2 ? '---' : '---:'));
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Tables of medians, a peer a row; "–" where it could not bear the load. */
export function peersTable(figures) {
  const peers = Object.values(figures);
  if (peers.length === 0) return 'None has been measured yet.';
  const rounds = peers.map((peer) => `${peer.name} ${peer.rounds.length}`).join(', ');
  return `${groups.map(([title, keys]) => table(title, keys, peers)).join('\n\n')}\n\nRounds: ${rounds}.`;
}
