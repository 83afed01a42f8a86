// What other backends see: the events in the JetStream stream.
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** The payloads, parsed, of up to `most` events that the stream holds on `subject`, oldest first. */
export async function storedEvents(servers, subject, most) {
  const connection = await connect({ servers });
  try {
    const manager = await jetstreamManager(connection);
    const { name } = await manager.consumers.add('TINCAN_EVENTS', {
      filter_subject: subject, ack_policy: 'none', deliver_policy: 'all', inactive_threshold: 5_000_000_000,
    });
    const consumer = await jetstream(connection).consumers.get('TINCAN_EVENTS', name);
    const events = [];
    for await (const event of await consumer.fetch({ max_messages: most, expires: 1000 })) events.push(event.json());
    return events;
  } finally {
    await connection.close();
  }
}
