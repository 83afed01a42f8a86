// An audit log: each event of TinCan as one line of JSON, in the order of the stream, none missing, none twice.
//
//     node audit-log.mjs FILE [SUBJECT]
//
// What it has had is what is in the file, and nothing else: no position that NATS keeps could say, at the same instant,
// whether a line has been written. So there is nothing to acknowledge, and it may be killed at any point.
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { createReadStream, openSync, truncateSync, writeSync } from 'node:fs';
import { log, pause, reach, stream, whenAskedToEnd } from './reach.mjs';

const remembered = 200_000; // ids of events, by which one that comes again is known
const stepBackMs = 10 * 60_000; // within which TinCan publishes again what a NATS that was restored has lost

const entryOf = (message) => ({
  seq: message.seq,
  time: message.time.toISOString(),
  subject: message.subject,
  id: message.headers?.get('Nats-Msg-Id') || `seq-${message.seq}`,
  event: message.json(),
});

class AuditFile {
  #known = new Set();
  last;

  /** Takes up a file where it ends. What is left of a half-written line goes. */
  static async open(path) {
    const file = new AuditFile();
    file.fd = openSync(path, 'a');
    let whole = 0;
    let rest = Buffer.alloc(0);
    for await (const chunk of createReadStream(path)) {
      rest = Buffer.concat([rest, chunk]);
      for (let end; (end = rest.indexOf('\n')) >= 0; rest = rest.subarray(end + 1)) {
        file.#remember(JSON.parse(rest.subarray(0, end)));
        whole += end + 1;
      }
    }
    truncateSync(path, whole);
    return file;
  }

  #remember(entry) {
    this.last = entry;
    this.#known.add(entry.id);
    if (this.#known.size > remembered) this.#known.delete(this.#known.values().next().value);
  }

  /** The stream may hold an event twice, when TinCan could not know that it was there already. */
  add(entry) {
    if (this.#known.has(entry.id)) return;
    writeSync(this.fd, `${JSON.stringify(entry)}\n`);
    this.#remember(entry);
  }
}

/** The rest of the stream. Usually that is all behind the last line's event; but where the stream no longer has that
 *  event (it has aged out, or NATS was restored and counts anew), only the time is left to go by. */
async function start({ last }, { streams }) {
  if (last === undefined) return { deliver_policy: DeliverPolicy.All };
  const there = await streams.getMessage(stream, { seq: last.seq });
  if (there?.header.get('Nats-Msg-Id') === last.id) {
    return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: last.seq + 1 };
  }
  const time = new Date(Date.parse(last.time) - stepBackMs).toISOString();
  log(`the stream has no event ${last.id} at ${last.seq}: going on from ${time}`);
  return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: time };
}

class Reader {
  ended = false;
  #messages;

  constructor(nats, file, subject) {
    Object.assign(this, { nats, file, subject });
  }

  /** Writes what comes, until something may have been missed. */
  async follow() {
    const manager = await jetstreamManager(this.nats);
    const { name } = await manager.consumers.add(stream, {
      name: `audit-log-${process.pid}-${Date.now()}`,
      filter_subject: this.subject,
      ack_policy: AckPolicy.None,
      inactive_threshold: 60e9,
      ...await start(this.file, manager),
    });
    const consumer = await jetstream(this.nats).consumers.get(stream, name);
    this.#messages = await consumer.consume({ max_messages: 500, abort_on_missing_resource: true });
    if (this.ended) return;
    let expected = 1;
    for await (const message of this.#messages) {
      if (message.info.deliverySequence !== expected) break;
      this.file.add(entryOf(message));
      expected += 1;
    }
    this.#messages.close();
    await consumer.delete().catch(() => {}); // else NATS does so, a minute later
  }

  async run() {
    while (!this.ended) {
      await this.follow().catch((error) => log(error.message));
      if (!this.ended) await pause(250);
    }
  }

  interrupt() { this.#messages?.close(); }

  end() {
    this.ended = true;
    this.interrupt();
  }
}

const [path, subject = 'tincan.event.>'] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: node audit-log.mjs FILE [SUBJECT]');
  process.exit(2);
}
const file = await AuditFile.open(path);
const nats = await reach('audit-log');
const reader = new Reader(nats, file, subject);
whenAskedToEnd(() => reader.end());
(async () => {
  for await (const { type } of nats.status()) if (type === 'reconnect') reader.interrupt();
})();
await reader.run();
await nats.close();
