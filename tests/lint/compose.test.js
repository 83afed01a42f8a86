// What can be told of compose/ without Docker: that it is read, that its images could be built, that each container is
// locked up. ./dev compose-test runs it. Wants the programs built in TINCAN_BUILD.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const build = process.env.TINCAN_BUILD ?? join(root, 'build');
const text = (path) => readFileSync(join(root, path), 'utf8');
const run = (program, ...args) => execFileSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
const lines = (output) => output.split('\n').filter(Boolean);

process.env.TINCAN_CERTIFICATES = join(root, 'compose'); // any directory
const files = ['-f', 'compose/compose.yaml', '-f', 'compose/tls.yaml'];
const { services } = parse(run('docker-compose', ...files, '--profile', 'watch', 'config'));
const ours = Object.entries(services).filter(([, { command }]) => command?.[0]?.startsWith('tincan-'));
const runsOnce = ({ restart }) => restart === 'no';

/** A Dockerfile: what it installs in each of its stages, and what it copies out of `context`. */
function recipe(path, context) {
  const stages = text(path).replace(/^#.*\n/gm, '').replace(/\\\n/g, ' ').split(/^FROM /m).slice(1);
  const packages = stages.map((stage) => [...stage.matchAll(/apt-get install -y --no-install-recommends ([^&\n]*)/g)]
    .flatMap(([, names]) => names.trim().split(/ +/)));
  const copied = [...stages.join('').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, sources]) => sources.split(' '));
  return { path, bases: stages.map((stage) => stage.split(/\s/)[0]), packages, files: copied.map((file) => join(context, file)) };
}

const debian = readdirSync(join(root, 'compose/debian')).filter((name) => name.endsWith('.Dockerfile'));
const image = recipe('compose/Dockerfile', '.');
const recipes = [image, ...debian.map((name) => recipe(`compose/debian/${name}`, 'compose/debian'))];

/** The programs and libraries' files that meson would install, by name. */
const installed = Object.entries(JSON.parse(run('meson', 'introspect', '--installed', build)))
  .filter(([, to]) => dirname(to).endsWith('/bin')).map(([from]) => from);

test('a container can neither write to its image nor become anybody else', () => {
  for (const [name, service] of Object.entries(services)) {
    const { read_only: readOnly, cap_drop: dropped, cap_add: added = [], security_opt: options, privileged } = service;
    assert.deepEqual([readOnly, dropped, options, privileged], [true, ['ALL'], ['no-new-privileges:true'], undefined], name);
    assert.deepEqual(added, name === 'nats-volume' ? ['CHOWN'] : [], name);
  }
});

test('all that stay are watched, and started again', () => {
  for (const [name, service] of Object.entries(services).filter(([, each]) => !runsOnce(each))) {
    assert.ok(service.healthcheck?.test.length > 0, `${name} has a health check`);
    assert.equal(service.restart, 'unless-stopped', name);
  }
  assert.deepEqual(Object.entries(services).filter(([, each]) => runsOnce(each)).map(([name]) => name).sort(), ['migrate', 'nats-volume']);
});

test('images that others keep are named with a version', () => {
  for (const [name, service] of Object.entries(services)) {
    assert.match(service.image, /^tincan$|^[a-z/]+:v?\d[\w.-]*$/, name);
  }
});

test('what is mounted is there', () => {
  const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes).map((each) => each.split(':')[0]);
  const paths = mounts.filter((source) => source.startsWith('/'));
  assert.ok(paths.length > 0);
  assert.deepEqual(paths.filter((path) => !existsSync(path)), []);
});

test('each of our programs is one that is installed, and knows the settings that it is given', () => {
  assert.ok(ours.length >= 6);
  for (const [name, { command, environment }] of ours) {
    const program = installed.find((path) => basename(path) === command[0]);
    assert.ok(program, `${name}: ${command[0]} is installed`);
    const known = new Set(run(program, '--help').match(/TINCAN_[A-Z0-9_]+/g));
    assert.deepEqual(Object.keys(environment).filter((setting) => !known.has(setting)), [], name);
  }
});

test('images are made from bookworm, of packages that Debian has', () => {
  for (const { path, bases } of recipes) assert.deepEqual(new Set(bases), new Set(['debian:bookworm-slim']), path);
  const names = [...new Set(recipes.flatMap(({ packages }) => packages.flat()))];
  const known = new Set(lines(run('apt-cache', 'madison', ...names)).map((line) => line.split('|')[0].trim()));
  assert.ok(names.length > 10);
  assert.deepEqual(names.filter((name) => !known.has(name)), []);
});

test('files that go into images are there, and are not held back', () => {
  const rules = lines(text('.dockerignore'));
  const held = rules.map((rule) => rule.replace(/^!.*|\*.*$/, '')).filter(Boolean);
  for (const { path, files } of recipes) {
    for (const file of files) {
      assert.ok(existsSync(join(root, file)), `${path}: ${file}`);
      if (path !== image.path || file === '.' || rules.includes(`!${file}`)) continue;
      assert.ok(!held.some((each) => file.startsWith(each)), `${path}: ${file} is in .dockerignore`);
    }
  }
});

test('the image is built with the packages that ./dev builds with', () => {
  const [, wanted] = text('scripts/packages.sh').match(/PACKAGES_BUILD="([^"]*)"/);
  assert.deepEqual([...image.packages[0]].sort(), wanted.split(/\s+/).filter((name) => name !== 'libcmocka-dev').sort());
});

test('the image has every library that a program in it asks for, and no other', () => {
  const needed = installed.flatMap((path) => [...run('readelf', '-d', path).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name));
  const owners = lines(run('dpkg', '-S', ...new Set(needed.map((name) => `*-linux-gnu*/${name}`)))).map((line) => line.split(':')[0]);
  const everywhere = /^(libc6|libgcc-s1|lib[a-z]*san\d*)$/; // and what sanitizers bring
  assert.deepEqual([...image.packages[1]].sort(), [...new Set(owners)].filter((name) => !everywhere.test(name)).sort());
});

test('HAProxy understands its configuration', () => {
  run('/usr/sbin/haproxy', '-c', '-q', '-f', 'compose/haproxy.cfg');
});

test('docs/operations.md has every variable of compose/*.yaml, with its default, and no other', () => {
  const all = text('compose/compose.yaml') + text('compose/tls.yaml');
  const used = [...all.matchAll(/\$\{([A-Z_]+):([-?])([^}]*)\}/g)]
    .map(([, name, kind, value]) => `${name} ${kind === '-' ? value : 'required'}`);
  const [section] = text('docs/operations.md').split(/^(?=## )/m).filter((each) => each.startsWith('## In containers'));
  const rows = [...section.matchAll(/^\| (`.*?) \| (.*?) \|/gm)].flatMap(([, names, values]) => {
    const defaults = values.split(', ').map((value) => value.replace(/^`|`$|^–$/g, ''));
    return names.split(', ').map((name, i) => `${name.replaceAll('`', '')} ${defaults[i] ?? defaults[0]}`);
  });
  assert.deepEqual(rows.sort(), [...new Set(used)].sort());
});
