// NATS behind compose/nats.conf and over TLS: what has to be in a folder for that, and who signs in how.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@nats-io/transport-node';
import { until, within } from './waiting.js';

const compose = fileURLToPath(new URL('../../compose/', import.meta.url));

export const processes = ['edge', 'auth', 'group', 'conversation', 'message', 'migrate'];
export const users = [...processes, 'operator', 'reader', 'group-reader', 'bot'];

/** The variables that compose.yaml gives to nats-server. */
export const passwordOf = (user) => `word-of-${user}`;
const passwords = Object.fromEntries(users.map((user) => [`${user.replace('-', '_').toUpperCase()}_PASSWORD`, passwordOf(user)]));

export const inboxOf = (user) => `_INBOX.${processes.includes(user) ? 'tincan-' : ''}${user}`;

/** A folder with certificates and the configuration; `remove` it in the end. */
export class House {
  folder = mkdtempSync(join(tmpdir(), 'tincan-doors-'));

  constructor() {
    chmodSync(this.folder, 0o755);
    this.authority('ca');
    this.authority('other-ca');
    this.certificate('server', 'ca', 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    this.certificate('client', 'ca', 'extendedKeyUsage=clientAuth');
    this.certificate('stranger', 'other-ca', 'extendedKeyUsage=clientAuth');
    const natsConf = readFileSync(join(compose, 'nats.conf'), 'utf8').replace(/^( *store_dir|http):.*$/gm, ''); // ./dev says where
    writeFileSync(this.path('nats.conf'), natsConf);
    this.backends();
    writeFileSync(this.path('tls.conf'), `include nats.conf
      tls { cert_file: "${this.path('server.pem')}", key_file: "${this.path('server.key')}"
            ca_file: "${this.path('ca.pem')}", verify: true }`);
  }

  path(name) { return join(this.folder, name); }

  remove() { rmSync(this.folder, { recursive: true, force: true }); }

  #openssl(...args) { execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] }); }

  authority(name) {
    this.#openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
      '-keyout', this.path(`${name}.key`), '-out', this.path(`${name}.pem`));
  }

  certificate(name, authority, extension) {
    this.#openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
      '-CA', this.path(`${authority}.pem`), '-CAkey', this.path(`${authority}.key`), '-addext', extension,
      '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', this.path(`${name}.key`), '-out', this.path(`${name}.pem`));
  }

  /** backends.conf, with these ids in the places that are left for them. */
  backends({ group, user } = {}) {
    const nobody = /00000000-0000-0000-0000-000000000000/g;
    const [before, bot] = readFileSync(join(compose, 'backends.conf'), 'utf8').split('\nBOT = ');
    writeFileSync(this.path('backends.conf'),
      `${group ? before.replace(nobody, group) : before}\nBOT = ${user ? bot.replace(nobody, user) : bot}`);
  }

  /** Settings of a whole stack that is behind these doors, and those of each of its processes. */
  get settings() {
    return { ...passwords, TINCAN_NATS_CONFIG: this.path('tls.conf'), ...this.presents('ca', 'client') };
  }

  /** Whom one trusts, and the certificate that one shows. */
  presents(authority, certificate) {
    return {
      TINCAN_NATS_CA: this.path(`${authority}.pem`), TINCAN_NATS_CERT: certificate && this.path(`${certificate}.pem`),
      TINCAN_NATS_KEY: certificate && this.path(`${certificate}.key`),
    };
  }

  signIn(user) { return { TINCAN_NATS_USER: user, TINCAN_NATS_PASSWORD: passwordOf(user) }; }

  get own() { return Object.fromEntries(processes.map((user) => [user, this.signIn(user)])); }

  /** A connection as that user. */
  connect(servers, user, options = {}) {
    const tls = { caFile: this.path('ca.pem'), certFile: this.path('client.pem'), keyFile: this.path('client.key') };
    return connect({ servers, user, pass: passwordOf(user), inboxPrefix: inboxOf(user), tls, ...options });
  }
}

const build = process.env.TINCAN_BUILD ?? fileURLToPath(new URL('../../build', import.meta.url));
export const startMs = 60_000; // of a program under sanitizers, on a machine that has much else to do
const places = { edge: 'edge/tincan-edge', migrate: 'migrate/tincan-migrate' };

/** One program of TinCan, started with these settings beside the environment's; what it says, and how it ends. */
export class Program {
  said = '';

  constructor(name, settings) {
    const env = { ...process.env, TINCAN_LOG_LEVEL: 'info', TINCAN_HTTP_PORT: '0', ...settings };
    this.child = spawn(join(build, places[name] ?? `services/${name}/tincan-${name}`), { env });
    this.child.stderr.on('data', (data) => { this.said += data; });
    this.ended = new Promise((resolve) => { this.child.once('close', resolve); });
  }

  /** Waits until it has said so, and has it end: its exit code. */
  async says(what) {
    await until(() => what.test(this.said), () => `${what} in:\n${this.said}`, startMs);
    this.child.kill('SIGTERM');
    return within(this.ended, 'its end', startMs);
  }
}
