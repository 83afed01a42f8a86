// What other backends see: the events in the JetStream stream.
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { complain, complaintsAboutEvent } from './contract.js';

/** Up to `most` messages that the stream holds on `subject`, oldest first, each as the protocol says. */
export async function storedMessages(servers, subject, most) {
  const connection = await connect({ servers, waitOnFirstConnect: true, reconnectTimeWait: 100 });
  try {
    const manager = await jetstreamManager(connection);
    const { name, num_pending: there } = await manager.consumers.add('TINCAN_EVENTS', {
      filter_subject: subject, ack_policy: 'none', deliver_policy: 'all', inactive_threshold: 5_000_000_000,
    });
    const consumer = await jetstream(connection).consumers.get('TINCAN_EVENTS', name);
    const messages = [];
    if (there === 0) return messages;
    for await (const message of await consumer.fetch({ max_messages: Math.min(most, there), expires: 30_000 })) {
      complain(message.json(), complaintsAboutEvent(message.subject, message.json()));
      messages.push(message);
    }
    return messages;
  } finally {
    await connection.close();
  }
}

/** Their payloads, parsed. */
export async function storedEvents(servers, subject, most) {
  return (await storedMessages(servers, subject, most)).map((message) => message.json());
}
