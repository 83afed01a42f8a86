// A bot that answers whoever says its word, in the same conversation, once a message.
//
//     TINCAN_BOT=<id of its user> node echo-bot.mjs [WORD] [GROUP]
//
// A durable consumer remembers, in NATS, what is still to be looked at. It may give the bot a message twice: when the
// bot has died before it could acknowledge, or the stream has the event twice. That is why the answer's nonce is made
// from the message: the same answer, sent again, is the same message.
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { createHash } from 'node:crypto';
import { log, reach, stream, whenAskedToEnd } from './reach.mjs';

const bot = process.env.TINCAN_BOT;
const [word = 'echo', group = '*'] = process.argv.slice(2);
if (!/^[0-9a-f-]{36}$/.test(bot ?? '') || !/^[\p{L}\p{N}]+$/u.test(word)) {
  console.error('usage: TINCAN_BOT=<id of its user> node echo-bot.mjs [WORD] [GROUP]');
  process.exit(2);
}
const name = `echo-bot-${bot}`;
const asked = new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'iu');
const longest = 8000; // characters of a message
const requestMs = 6000; // TinCan answers within 5 s

/** A UUIDv7 that is the message's alone. Its time has to be within a day of now: not that of the message's id, which
 *  its author may have chosen up to a day off, but the server's `created_at`. */
function nonceFor({ id, created_at: createdAt }) {
  const bytes = createHash('sha256').update(`${bot} answers ${id}`).digest().subarray(0, 16);
  bytes.writeUIntBE(Date.parse(createdAt), 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** `message/create` as the bot's user: the server's message. */
async function post(conversationId, body, nonce) {
  const data = { conversation_id: conversationId, body, nonce };
  const frame = JSON.stringify({ type: 'message/create', id: nonce, data });
  const answer = await nats.request(`tincan.as.${bot}.message.create.${conversationId}`, frame, { timeout: requestMs });
  return answer.json();
}

/** Not to the bot itself, nor where the text is gone meanwhile. */
const isForUs = ({ author_id: author, body }) => author !== bot && body !== undefined && asked.test(body);

/** Answers if asked to. Gives how many ms later to try again, or undefined when there is nothing left to do. */
async function answer(message) {
  if (!isForUs(message)) return undefined;
  const body = [...`You said: ${message.body}`].slice(0, longest).join('');
  const { error } = await post(message.conversation_id, body, nonceFor(message));
  if (error === undefined) return undefined;
  log(`${error.code} for ${message.id}: ${error.message}`);
  if (['unavailable', 'rate_limited', 'internal'].includes(error.code)) return error.retry_after_ms ?? 1000;
  return undefined; // not a participant, say, or asked more than a day ago
}

async function handle(event) {
  const again = await answer(event.json().data.message).catch((error) => {
    log(error.message); // nobody serves it, or no answer came
    return 1000;
  });
  if (again === undefined) event.ack();
  else event.nak(again);
}

const nats = await reach(name);
const manager = await jetstreamManager(nats);
await manager.consumers.add(stream, {
  durable_name: name,
  filter_subject: `tincan.event.*.${group}.*.message.created`,
  deliver_policy: DeliverPolicy.New, // from its first start on; later ones go on where it was
  ack_policy: AckPolicy.Explicit,
  ack_wait: 10e9, // ns; longer than an answer takes
});
const consumer = await jetstream(nats).consumers.get(stream, name);
const events = await consumer.consume({ max_messages: 10, abort_on_missing_resource: true });
whenAskedToEnd(() => events.close());
log(`listening for "${word}" as ${bot}`);
for await (const event of events) await handle(event);
await nats.drain();
