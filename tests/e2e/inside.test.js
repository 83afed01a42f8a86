// What operators see: each process's own port, $SRV, and the log.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Svcm } from '@nats-io/services';
import { connect as connectNats } from '@nats-io/transport-node';
import { logOf, metricsOf, portOf, programs } from './inside.js';
import { call, connect, groupOf, logIn, people, post, register, talk, until, word } from './support.js';

const services = ['auth', 'group', 'conversation', 'message'];

/** By how much the metrics of a process rise while `act` runs; `of(text)` gives one. */
async function rise(name, act) {
  const before = await metricsOf(name);
  await act();
  const now = await metricsOf(name);
  return (metric) => (now.get(metric) ?? 0) - (before.get(metric) ?? 0);
}

describe('the port of a process', () => {
  test('shows that it lives, its numbers and nothing else', async () => {
    for (const name of programs()) {
      const at = portOf(name);
      assert.match(at, /^http:\/\/127\.0\.0\.1:/, 'to nobody else by default');
      assert.deepEqual(await (await fetch(`${at}/healthz`)).json(), { status: 'ok' });
      assert.ok((await metricsOf(name)).get('process_start_time_seconds') > 1.7e9);
      assert.equal((await fetch(`${at}/`)).status, 404);
      const post = await fetch(`${at}/metrics`, { method: 'POST' });
      assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
    }
  });

  test('of a service shows that it can work', async () => {
    for (const name of services) {
      const answer = await fetch(`${portOf(name)}/readyz`);
      assert.deepEqual([answer.status, await answer.json()], [200, { status: 'ok', checks: { nats: 'ok', database: 'ok' } }]);
    }
  });
});

describe('metrics', () => {
  test('count a message on its way, at each place that it passes', async () => {
    const [ann, bob] = await people('ann', 'bob');
    const room = await talk(await groupOf(ann, [bob]), ann, [bob]);
    let edge;
    const message = await rise('message', async () => {
      edge = await rise('edge', () => post(ann, room, 'counted', [bob]));
    });
    const of = (metric, labels = '') => `${metric}{operation="message/create"${labels}}`;
    for (const [rose, place] of [[edge, 'edge'], [message, 'service']]) {
      assert.ok(rose(of(`tincan_${place}_requests_total`, ',code="ok"')) >= 1, place);
      assert.ok(rose(of(`tincan_${place}_request_seconds_count`)) >= 1, place);
      assert.ok(rose(of(`tincan_${place}_request_seconds_bucket`, ',le="+Inf"')) >= 1, place);
      assert.ok(rose(of(`tincan_${place}_request_seconds_sum`)) > 0, place);
    }
    assert.ok(edge('tincan_edge_deliveries_total') >= 1);
    assert.ok(message(of('tincan_service_batch_requests_count')) >= 1);
    assert.ok(message('tincan_service_statement_seconds_count{statement="message_post"}') >= 1);
    assert.ok(message('tincan_service_facts_total{cache="access",result="miss"}') >= 1, 'the first time he is asked about');
    assert.ok(message('tincan_service_ask_seconds_count{verb="conversation.access"}') >= 1);
    const again = await rise('message', () => post(ann, room, 'and again'));
    assert.ok(again('tincan_service_facts_total{cache="access",result="hit"}') >= 1, 'then it is known');
  });

  test('count what fails by its code', async () => {
    const [ann] = await people('ann');
    const rose = await rise('group', () => ann.request('group/join', { group_id: ann.id }));
    assert.ok(rose('tincan_service_requests_total{operation="group/join",code="not_found"}') >= 1);
  });

  test('have each series once, and each after its head', async () => {
    for (const name of programs()) {
      const text = await (await fetch(`${portOf(name)}/metrics`)).text();
      const seen = new Set();
      let head;
      for (const line of text.trimEnd().split('\n')) {
        head = /^# TYPE (\S+)/.exec(line)?.[1] ?? head;
        if (line.startsWith('#')) continue;
        const series = line.slice(0, line.lastIndexOf(' '));
        assert.ok(series.startsWith(head), `${series} after ${head}`);
        assert.ok(!seen.has(series), `${series} is there once`);
        seen.add(series);
      }
    }
  });
});

describe('$SRV', () => {
  let nats;
  before(async () => { nats = await connectNats({ servers: process.env.TINCAN_NATS_URL.split(',')[0] }); });
  after(() => nats.close());

  const all = async (answers) => {
    const list = [];
    for await (const answer of await answers) list.push(answer);
    return list;
  };
  const client = () => new Svcm(nats).client({ strategy: 'stall', maxWait: 1000 });
  const names = programs().map((name) => `tincan-${name.replace(/-\d+$/, '')}`).sort();

  test('PING finds every process', async () => {
    const here = new Set(programs().map(portOf)); // other tests may have edges of their own
    const found = (await all(client().ping())).filter(({ metadata }) => here.has(metadata?.url));
    assert.deepEqual(found.map((each) => each.name).sort(), names);
    assert.equal(new Set(found.map((each) => each.id)).size, found.length);
    for (const { version, metadata } of found) {
      assert.match(version, /^\d+\.\d+\.\d+/);
      assert.match(metadata.url, /^http:/);
    }
  });

  test('INFO tells what a service answers', async () => {
    const [info] = await all(client().info('tincan-message'));
    const create = info.endpoints.find(({ name }) => name === 'message-create');
    assert.deepEqual(create, { name: 'message-create', subject: 'tincan.rpc.message.>', queue_group: 'message' });
    assert.ok(info.description.length > 0);
  });

  test('STATS counts what one process has done', async () => {
    const [{ id }] = await all(client().ping('tincan-group'));
    const stats = async () => {
      const [found] = await all(client().stats('tincan-group', id));
      assert.ok(Date.parse(found.started) < Date.now());
      return found.endpoints.find(({ name }) => name === 'group-join');
    };
    const [ann] = await people('ann');
    const before = await stats();
    await ann.request('group/join', { group_id: ann.id });
    const now = await stats();
    assert.ok(now.num_requests > before.num_requests && now.num_errors > before.num_errors);
    assert.ok(now.processing_time > before.processing_time && now.average_processing_time > 0);
    assert.equal(typeof now.last_error, 'string');
  });

  test('STATS of an edge counts what its clients have asked', async () => {
    const [ann] = await people('ann');
    await ann.ask('group/list', {});
    const found = await all(client().stats('tincan-edge'));
    const asked = found.map((edge) => edge.endpoints.find(({ name }) => name === 'group-list').num_requests);
    assert.ok(Math.max(...asked) >= 1);
  });
});

describe('a request', () => {
  const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const linesOf = (name, pattern) => logOf(name).split('\n').filter((line) => pattern.test(line));

  test('has one name in the logs of all who had to do with it, and its trace with it', async () => {
    const user = await register('traced');
    const bob = (await people('bob'))[0];
    const client = await connect(user, { headers: { traceparent: trace } });
    const room = await talk(await groupOf(client, [bob]), client, [bob]);
    await post(client, room, 'followed', [bob]);
    const create = new RegExp(`op=message/create .*user=${user.id}`);
    await until(() => linesOf('message', create).length > 0, 'the log to tell of it');
    const [line] = linesOf('message', create);
    assert.ok(line.endsWith(` trace=${trace}`), line);
    const name = / request=(\S+)/.exec(line)[1];
    assert.match(name, /^[\w.-]+\.[0-9a-f-]{35}$/);
    const asked = linesOf('conversation', new RegExp(`op=conversation.access request=${name} `));
    assert.ok(asked.length > 0 && asked.every((each) => each.endsWith(` trace=${trace}`)), 'who was asked names it, too');
  });

  test('that names no trace, or none that is one, has none', async () => {
    const user = await register('untraced');
    const client = await connect(user, { headers: { traceparent: `${trace} event=forged` } });
    await client.ask('group/list', {});
    await until(() => linesOf('group', new RegExp(`op=group/list .*user=${user.id}`)).length > 0, 'the log to tell of it');
    assert.ok(linesOf('group', new RegExp(`user=${user.id}`)).every((line) => !/trace=|forged/.test(line)));
  });
});

describe('secrets', () => {
  test('are in no log and no metric: passwords, tokens, and what people say', async () => {
    const user = await register('secretive');
    const wrong = word('wrong-password-');
    await call('POST', '/auth/login', { json: { username: user.username, password: wrong } });
    const token = await logIn(user);
    const client = await connect(user, { token });
    const room = await talk(await groupOf(client), client);
    const said = word('what-is-said-');
    await post(client, room, said);
    client.close();
    await until(() => logOf('message').includes('op=message/create'), 'the log to tell of it');
    const secrets = [user.password, wrong, user.token, token, said];
    for (const name of programs()) {
      const all = logOf(name) + await (await fetch(`${portOf(name)}/metrics`)).text();
      for (const secret of secrets) assert.ok(!all.includes(secret), `${name} tells ${secret}`);
    }
  });
});
