import { connect } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { versionOf } from './versions.js';
import { startNats } from './nats.js';

/** What is said goes into the stream, and from there to those who listen. */
async function addStream(url) {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: 'said', subjects: ['say.*'], storage: 'file', republish: { src: 'say.*', dest: 'said.{{wildcard(1)}}' },
  });
  await connection.close();
}

export default {
  name: 'nats-server, JetStream',
  stores: 'in a file, synced every 2 minutes',
  protocol: 'jetstream',
  version: () => versionOf('nats-server'),
  async start() {
    const server = await startNats('jetstream.conf', ['nats.conf', 'jetstream.conf']);
    await addStream(server.url);
    return server;
  },
};
