// Control events that come late, twice, or after their opposite: what edges hear of memberships is said to them again,
// on the same subjects with the same payloads and headers, at times when it is no longer true.
import { connect } from '@nats-io/transport-node';

const told = ['tincan.event.*.*.*.group.joined', 'tincan.event.*.*.*.group.left'];

export class Meddler {
  #connection;
  #random;
  #timers = new Set();
  said = 0;

  constructor(random) { this.#random = random; }

  async start(servers) {
    this.#connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 200, waitOnFirstConnect: true });
    const own = new Set();
    for (const subject of told) {
      this.#connection.subscribe(subject, { callback: (_, message) => this.#hear(own, message) });
    }
  }

  // Its own words come back to it: those are not said a third time.
  #hear(own, { subject, data, headers }) {
    const key = `${subject} ${Buffer.from(data).toString()}`;
    if (own.delete(key) || !this.#random.chance(0.5)) return;
    this.#later(own, key, { subject, data: Uint8Array.from(data), headers });
  }

  #later(own, key, { subject, data, headers }) {
    // A leave usually follows within two seconds, and a return within three: then the order is the wrong one.
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      own.add(key);
      this.said += 1;
      this.#connection.publish(subject, data, { headers });
    }, this.#random.between(0, 4000));
    this.#timers.add(timer);
  }

  async stop() {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#connection?.close();
  }
}
