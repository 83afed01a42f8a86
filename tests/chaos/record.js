// A durable JetStream consumer as another backend has it, that is stopped and started again while things die. It
// writes down all that it gets, repeats included.
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const stream = 'TINCAN_EVENTS';

export class Recorder {
  #servers;
  #journal;
  #name;
  #connection;
  #messages;
  #running;

  /** Takes all events of `servers` from now on. The journal stays the caller's. */
  constructor(servers, journal, name) {
    this.#servers = servers;
    this.#journal = journal;
    this.#name = name;
  }

  /** Makes the consumer; call it once, before what is to be recorded. */
  async create() {
    const connection = await connect({ servers: this.#servers });
    const manager = await jetstreamManager(connection);
    await manager.consumers.add(stream, {
      durable_name: this.#name, filter_subject: 'tincan.event.>', ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.New, ack_wait: 2_000_000_000, max_ack_pending: 5000,
    });
    await connection.close();
  }

  async start() {
    this.#connection = await connect({ servers: this.#servers, maxReconnectAttempts: -1, reconnectTimeWait: 200, waitOnFirstConnect: true });
    const consumer = await jetstream(this.#connection).consumers.get(stream, this.#name);
    this.#messages = await consumer.consume({ max_messages: 500 });
    this.#running = this.#take(this.#messages);
  }

  async #take(messages) {
    for await (const message of messages) {
      this.#journal.write({
        t: Math.floor(message.info.timestampNanos / 1e6), at: message.seq, subject: message.subject,
        msgId: message.headers?.get('Nats-Msg-Id'), payload: message.json(),
      });
      message.ack();
    }
  }

  /** Goes away in the midst of it, as a process does; what was not acknowledged comes again. */
  async stop() {
    this.#messages?.stop();
    await this.#connection?.close();
    await this.#running?.catch(() => {});
  }

  /** Removes the consumer from the server. */
  async remove() {
    const manager = await jetstreamManager(this.#connection);
    await manager.consumers.delete(stream, this.#name);
  }

  /** How many events are yet to be delivered or acknowledged. */
  async behind() {
    const manager = await jetstreamManager(this.#connection);
    const info = await manager.consumers.info(stream, this.#name);
    return info.num_pending + info.num_ack_pending;
  }
}
