// tincan-migrate and the stream of events: made, kept, changed, and refused when it cannot be. On servers of its own.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { ownStack } from './stack.js';

const day = 24 * 60 * 60 * 1e9;
let stack;
let nats;
let streams;

before(async () => {
  stack = await ownStack({}, ['--servers']);
  nats = await connect({ servers: stack.natsUrl });
  ({ streams } = await jetstreamManager(nats));
});
after(async () => {
  await nats?.close();
  await stack?.down();
});

/** Runs tincan-migrate: its exit code, and what it said about the stream. */
async function migrate(settings) {
  const { code, said } = await stack.migrate(settings);
  return { code, said: said.split('\n').find((line) => line.includes('event=stream_')) ?? said };
}

async function migrated(settings, event) {
  const { code, said } = await migrate(settings);
  assert.equal(code, 0, said);
  assert.match(said, new RegExp(`event=${event}\\b`));
  return (await streams.info('TINCAN_EVENTS')).config;
}

const made = {
  subjects: ['tincan.event.>'], storage: 'file', retention: 'limits', discard: 'old', max_age: 7 * day,
  max_bytes: 4294967296, max_msgs: -1, max_consumers: -1, duplicate_window: 120e9, num_replicas: 1,
};
const pick = (config) => Object.fromEntries(Object.keys(made).map((name) => [name, config[name]]));

test('./dev up has made it before anything else runs', async () => {
  assert.deepEqual(pick((await streams.info('TINCAN_EVENTS')).config), made);
});

describe('tincan-migrate', () => {
  beforeEach(() => streams.delete('TINCAN_EVENTS').catch(() => {}));

  test('makes the stream, and leaves it alone when it is as it should be', async () => {
    assert.deepEqual(pick(await migrated({}, 'stream_created')), made);
    const { created } = await streams.info('TINCAN_EVENTS');
    await nats.request('tincan.event.user.x.y.group.created', '{}');
    assert.deepEqual(pick(await migrated({}, 'stream_as_wanted')), made);
    const now = await streams.info('TINCAN_EVENTS');
    assert.equal(now.created, created);
    assert.equal(now.state.messages, 1);
  });

  test('changes age and size as the settings say, and keeps what is in it', async () => {
    await migrated({}, 'stream_created');
    await nats.request('tincan.event.user.x.y.group.created', '{}');
    const config = await migrated({ TINCAN_EVENTS_DAYS: '3650', TINCAN_EVENTS_BYTES: '1000000' }, 'stream_updated');
    assert.deepEqual(pick(config), { ...made, max_age: 3650 * day, max_bytes: 1e6 });
    assert.equal((await streams.info('TINCAN_EVENTS')).state.messages, 1);
    assert.equal((await migrated({ TINCAN_EVENTS_BYTES: '0' }, 'stream_updated')).max_bytes, -1);
  });

  test('puts right what somebody has changed, and keeps what he has added', async () => {
    await migrated({}, 'stream_created');
    await streams.update('TINCAN_EVENTS', {
      subjects: ['tincan.event.>', 'other.>'], max_age: day, duplicate_window: 1e9, max_msgs: 5, no_ack: true,
      description: 'of our chat', allow_rollup_hdrs: true,
    });
    const config = await migrated({}, 'stream_updated');
    assert.deepEqual(pick(config), made);
    assert.equal(config.no_ack ?? false, false);
    assert.equal(config.description, 'of our chat');
    assert.equal(config.allow_rollup_hdrs, true);
  });

  test('refuses, with the reason, what NATS cannot change, and changes nothing', async () => {
    for (const [wrong, reason] of [[{ storage: 'memory' }, 'storage'], [{ retention: 'interest' }, 'retention']]) {
      await streams.add({ name: 'TINCAN_EVENTS', subjects: ['tincan.event.>'], ...wrong });
      const before = (await streams.info('TINCAN_EVENTS')).config;
      const { code, said } = await migrate();
      assert.equal(code, 1);
      assert.match(said, new RegExp(`event=stream_failed name=TINCAN_EVENTS reason=".*${reason}`));
      assert.deepEqual((await streams.info('TINCAN_EVENTS')).config, before);
      await streams.delete('TINCAN_EVENTS');
    }
  });

  test('refuses what NATS has no servers or no room for', async () => {
    const impossible = [[{ TINCAN_EVENTS_REPLICAS: '3' }, 'replicas'], [{ TINCAN_EVENTS_BYTES: '9000000000000000' }, 'storage']];
    for (const [settings, reason] of impossible) {
      const { code, said } = await migrate(settings);
      assert.equal(code, 1, said);
      assert.match(said, new RegExp(`event=stream_failed name=TINCAN_EVENTS reason=".*${reason}`));
    }
  });
});
