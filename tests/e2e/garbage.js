// What a broken or hostile publisher may send on NATS: payloads and headers, by what is wrong with them.
import { headers as natsHeaders } from '@nats-io/transport-node';
import { uuid7 } from './support.js';

const json = (value) => Buffer.from(JSON.stringify(value));
const nested = (open, close, depth) => Buffer.from(open.repeat(depth) + close.repeat(depth));
const other = uuid7();

/** As large as NATS lets a message be, nearly. */
export const huge = Buffer.alloc(1_000_000, 'x');

/** Payloads for what should be an event, a request or an answer. */
export const payloads = [
  Buffer.alloc(0),
  Buffer.from('x'),
  Buffer.from('{'),
  Buffer.from('{"data":{"group":'),
  Buffer.from('null'),
  Buffer.from('[]'),
  Buffer.from('"data"'),
  Buffer.from('1e999999'),
  Buffer.from('{}'),
  Buffer.from('{"data":{"group_id":"\\u0000","user":{"id":"\\ud800"}}}'),
  Buffer.from([0, 0, 0, 0]),
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from(`{"data":{"message":{"id":"${'x'.repeat(70_000)}"}}}`),
  nested('[', ']', 20_000),
  nested('{"data":', '}', 5_000),
  Buffer.from('[[[[[['.repeat(2000)),
  json({ type: 5, data: [] }),
  json({ type: 'x', data: null }),
  json({ type: 'group/left', data: { group_id: 7, user: [] } }),
  json({ type: 'group/left', data: { group_id: '*', user: { id: '>' } } }),
  json({ data: { conversation: { id: other, version: -1, group_id: {}, participant_ids: 'all' } } }),
  json({ data: { conversation: { id: other, version: 1e300, participant_ids: [1, null, {}, 'x', [[]]] } } }),
  json({ data: { message: { conversation_id: other, seq: -1, rev: 'one', author_id: null } } }),
  json({ data: {}, members: {}, users: 7, conversations: 'x', groups: [[]], closed: [{}], access: null }),
  json({ members: [null, 1, {}, { role: 5 }], users: [null, 1, {}, { id: 'x' }, { user_id: 'x', groups: 1, closed: [1] }] }),
  json({ user: [], session: 'x' }),
  json({ user: { id: 'x' }, session: { id: 7 } }),
  json({ stream: 'TINCAN_EVENTS', seq: 1e300 }),
  json({ error: { code: 'x', description: 5 } }),
];

function headersOf(all) {
  const made = natsHeaders();
  for (const [name, value] of Object.entries(all)) made.append(name, value);
  return made;
}

/** Headers that no edge and no service sends; none first. */
export const headers = [
  undefined,
  {},
  { 'Tincan-User': '' },
  { 'Tincan-User': '*' },
  { 'Tincan-User': 'x'.repeat(5000) },
  { 'Tincan-User': uuid7().toUpperCase() },
  { 'Tincan-User': `${uuid7()}x` },
  { 'tincan-user': uuid7() },
  { 'Tincan-Session': uuid7() },
  { 'Tincan-Origin': '_INBOX.x', 'Tincan-Deadline': 'soon', 'Tincan-Quiet': '7', 'Tincan-Status': 'x' },
  { 'Tincan-Origin': '', 'Tincan-Deadline': '99999999999999999999999', 'Nats-Msg-Id': 'x'.repeat(300) },
].map((each) => each && headersOf(each));

export { headersOf };
