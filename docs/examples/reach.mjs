// How the examples reach NATS: as the environment says, and again for as long as it takes.
import { connect, credsAuthenticator } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';

export const stream = 'TINCAN_EVENTS';

/** A connection with an inbox of its own, `_INBOX.<name>.>`, so that it may be allowed no other. */
export function reach(name) {
  const { TINCAN_NATS_URL = 'nats://127.0.0.1:4222', NATS_USER, NATS_PASSWORD, NATS_CREDS } = process.env;
  return connect({
    name,
    servers: TINCAN_NATS_URL.split(','),
    inboxPrefix: `_INBOX.${name}`,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    ...(NATS_USER && { user: NATS_USER, pass: NATS_PASSWORD }),
    ...(NATS_CREDS && { authenticator: credsAuthenticator(readFileSync(NATS_CREDS)) }),
  });
}

/** Calls `end` once, when the process is asked to end. */
export function whenAskedToEnd(end) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end);
}

export const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export const log = (...words) => console.error(new Date().toISOString(), ...words);
