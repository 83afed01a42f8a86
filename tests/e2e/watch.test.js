// What compose/prometheus and compose/grafana ask, asked of a real Prometheus that watches the stack under test.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { portOf, programs } from './inside.js';
import { fileText } from './waiting.js';
import { groupOf, people, post, talk, until } from './support.js';

const compose = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'compose');
const read = (path) => readFileSync(join(compose, path), 'utf8');
const dashboard = JSON.parse(read('grafana/dashboards/tincan.json'));
const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
const alerts = parse(read('prometheus/rules.yml')).groups.flatMap(({ rules }) => rules);

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** As in compose/, but that each process is named instead of found, and looked at each half second. */
function settings() {
  const { scrape_configs: [scrape], ...rest } = parse(read('prometheus/prometheus.yml'));
  const targets = programs().map((name) => ({
    targets: [new URL(portOf(name)).host], labels: { service: name.replace(/-\d+$/, '') },
  }));
  const ours = { job_name: scrape.job_name, static_configs: targets };
  return { ...rest, global: { scrape_interval: '500ms', evaluation_interval: '500ms' }, scrape_configs: [ours] };
}

describe('Prometheus', () => {
  let directory, prometheus, at;

  const ask = async (path, query) => {
    const answer = await (await fetch(`${at}/api/v1/${path}?${new URLSearchParams(query)}`)).json();
    assert.equal(answer.status, 'success', JSON.stringify({ query, answer }));
    return answer.data;
  };
  const ready = () => fetch(`${at}/-/ready`).then(({ ok }) => ok, () => false);

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tincan-watch-'));
    copyFileSync(join(compose, 'prometheus/rules.yml'), join(directory, 'rules.yml'));
    writeFileSync(join(directory, 'prometheus.yml'), stringify(settings()));
    at = `http://127.0.0.1:${await freePort()}`;
    prometheus = spawn('prometheus', [`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=${new URL(at).host}`, '--log.level=warn'], { stdio: 'ignore' });
    const [ann, bob] = await people('ann', 'bob');
    const room = await talk(await groupOf(ann, [bob]), ann, [bob]);
    await until(ready, 'Prometheus to be ready', 20_000);
    await until(async () => {
      await post(ann, room, 'to be counted', [bob]);
      return (await Promise.all(queries.map(({ expr }) => results(expr)))).every((found) => found.length > 0);
    }, 'every query of the dashboard to find something', 15_000).catch(() => {}); // the test below says which does not
  });

  after(async () => {
    prometheus.kill();
    await until(() => prometheus.exitCode !== null || prometheus.signalCode !== null, 'Prometheus to end');
    rmSync(directory, { recursive: true });
  });

  const results = async (expr) => (await ask('query', { query: expr.replaceAll('$__rate_interval', '30s') })).result;

  test('finds something for every query of the dashboard', async () => {
    assert.ok(queries.length > 20);
    for (const { title, expr } of queries) assert.ok((await results(expr)).length > 0, `${title}: ${expr}`);
  });

  test('knows every metric that an alert names', async () => {
    const names = new Set(await ask('label/__name__/values', {}));
    for (const { alert, expr } of alerts) {
      const wanted = expr.match(/\b(tincan|process)_\w+|\bup\b/g);
      assert.ok(wanted.length > 0, alert);
      for (const name of wanted) assert.ok(names.has(name), `${alert}: ${name}`);
    }
  });

  test('evaluates every alert', async () => {
    const { groups } = await ask('rules', {});
    for (const rule of groups.flatMap(({ rules }) => rules)) assert.equal(rule.health, 'ok', `${rule.name}: ${rule.lastError}`);
    assert.equal(groups[0].rules.length, alerts.length);
  });
});

test('promtool finds nothing wrong with what compose/ gives to Prometheus', () => {
  execFileSync('promtool', ['check', 'config', join(compose, 'prometheus/prometheus.yml')], { stdio: 'pipe' });
});

test('docs/operations.md says of every alert what it means', () => {
  const page = fileText(join(dirname(compose), 'docs/operations.md'));
  for (const { alert } of alerts) assert.match(page, new RegExp(`^\\| \`${alert}\` \\|`, 'm'), alert);
});
