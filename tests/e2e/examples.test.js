// The backends in docs/examples, as processes that are killed and started again: they miss nothing and double nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { groupOf, people, post, talk, until, use, uuid7, within } from './support.js';
import { storedMessages } from './events.js';
import { ownStack } from './stack.js';
import { fileText } from './waiting.js';

const examples = fileURLToPath(new URL('../../docs/examples', import.meta.url));
const running = new Set();
let stack;
let nats;
let manager;
let folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tincan-examples-'));
  stack = await ownStack({
    TINCAN_REQUESTS_PER_S: '10000', TINCAN_REQUESTS_BURST: '10000', TINCAN_REGISTRATIONS_PER_MINUTE: '100000',
  });
  use(stack.url);
  nats = await connectNats({ servers: stack.natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  manager = await jetstreamManager(nats);
  await manager.streams.update('TINCAN_EVENTS', { duplicate_window: 100e6 }); // so that an event can be in it twice
});
after(async () => {
  for (const child of running) child.kill('SIGKILL');
  await nats?.close();
  await stack?.down();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts an example. `kill` ends it, as hard as one likes, and gives the exit code. */
function start(script, args, env = {}) {
  const child = spawn(process.execPath, [join(examples, script), ...args], {
    env: { ...process.env, TINCAN_NATS_URL: stack.natsUrl, ...env }, stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  let said = '';
  child.stderr.on('data', (text) => { said += text; });
  const ended = new Promise((resolve) => { child.once('close', (code) => resolve(code)); });
  ended.then(() => running.delete(child));
  return {
    said: (what) => until(() => said.includes(what), () => `"${what}"; it said: ${said}`),
    kill(signal) {
      child.kill(signal);
      return within(ended, () => `${script} to end; it said: ${said}`);
    },
  };
}

/** Publishes what the stream holds once more, as a service does that does not know whether it has. */
async function publishAgain(subject) {
  const [message] = await storedMessages(stack.natsUrl, subject, 1);
  const again = () => jetstream(nats).publish(message.subject, message.data, { headers: message.headers });
  await until(async () => !(await again()).duplicate, 'the stream to have forgotten the id');
}

async function scene() {
  const [anna, ben] = await people('anna', 'ben');
  const group = await groupOf(anna, [ben]);
  return { anna, ben, group, room: await talk(group, anna, [ben]) };
}

describe('the audit log', () => {
  const lines = (path) => (fileText(path) ?? '').split('\n').slice(0, -1).map((line) => JSON.parse(line));

  /** Everything that happened, in the order of the stream, and once. */
  async function happened() {
    const { state } = await manager.streams.info('TINCAN_EVENTS');
    const messages = await storedMessages(stack.natsUrl, 'tincan.event.>', state.messages);
    const events = new Map();
    for (const message of messages) {
      const id = message.headers?.get('Nats-Msg-Id') || `seq-${message.seq}`;
      if (!events.has(id)) events.set(id, { id, subject: message.subject, event: message.json() });
    }
    return [...events.values()];
  }

  /** The log has just that, as soon as it has come so far. */
  async function assertComplete(path) {
    const expected = await happened();
    await until(() => lines(path).length >= expected.length, () => `${lines(path).length} of ${expected.length} lines`, 15_000);
    const found = lines(path);
    assert.deepEqual(found.map(({ id, subject, event }) => ({ id, subject, event })), expected);
    assert.ok(found.every((line) => Number.isInteger(line.seq) && !Number.isNaN(Date.parse(line.time))));
  }

  /** Somebody writes, changes and removes, until told to stop. */
  function chat({ anna, room }) {
    let going = true;
    const of = { conversation_id: room.id };
    const done = (async () => {
      for (let i = 0; going; i += 1) {
        const { seq } = await post(anna, room, `${i} \u2028 and more`);
        if (i % 3 === 0) await anna.ask('message/edit', { ...of, seq, body: 'better' });
        if (i % 5 === 0) await anna.ask('message/remove', { ...of, seq });
      }
    })();
    return () => {
      going = false;
      return done;
    };
  }

  const beyond = (path, count) => until(() => lines(path).length > count, `more than ${count} lines`, 15_000);

  test('has every event once and in order, however often it is killed', async () => {
    const path = join(folder, 'killed.jsonl');
    const { anna, room } = await scene();
    const stop = chat({ anna, room });
    for (const signal of ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGKILL']) {
      const log = start('audit-log.mjs', [path]);
      await beyond(path, lines(path).length + 20);
      assert.equal(await log.kill(signal), signal === 'SIGTERM' ? 0 : null);
      await post(anna, room, 'while it is away');
    }
    const log = start('audit-log.mjs', [path]);
    await beyond(path, lines(path).length + 20);
    await stop();
    await assertComplete(path);
    const revs = lines(path).map((line) => line.event.data.message).filter((m) => m?.conversation_id === room.id);
    assert.deepEqual(revs.map((m) => m.rev), revs.map((_, i) => i + 1));
    await log.kill('SIGTERM');
  });

  test('takes away half a line that a crash has left', async () => {
    const path = join(folder, 'torn.jsonl');
    await (await begun(path)).kill('SIGKILL');
    appendFileSync(path, '{"seq":7,"ti');
    const log = start('audit-log.mjs', [path]);
    await scene();
    await assertComplete(path);
    await log.kill('SIGTERM');
  });

  test('knows an event that comes a second time', async () => {
    const path = join(folder, 'twice.jsonl');
    const log = await begun(path);
    await publishAgain('tincan.event.*.*.*.message.created');
    await scene();
    await assertComplete(path);
    await log.kill('SIGTERM');
  });

  test('goes by the time when the stream has not what was its last line', async () => {
    const path = join(folder, 'restored.jsonl');
    await (await begun(path)).kill('SIGTERM');
    const before = lines(path);
    await manager.streams.deleteMessage('TINCAN_EVENTS', before.at(-1).seq);
    const log = start('audit-log.mjs', [path]);
    await log.said('going on from');
    const { room } = await scene();
    await until(() => lines(path).some((line) => line.subject.includes(room.id)), 'the next event');
    const ids = lines(path).map((line) => line.id);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(lines(path).slice(0, before.length), before);
    await log.kill('SIGTERM');
  });

  test('goes on when NATS has been restarted', async () => {
    const path = join(folder, 'nats.jsonl');
    const log = await begun(path);
    await stack.kill('nats');
    await until(() => scene().catch(() => undefined), 'TinCan to be back', 15_000);
    await assertComplete(path);
    await log.kill('SIGTERM');
  });

  async function begun(path) {
    const log = start('audit-log.mjs', [path]);
    await assertComplete(path);
    return log;
  }
});

describe('the echo bot', () => {
  const answersOf = (bot, messages) => messages.filter((m) => m.author_id === bot.id).map((m) => m.body);

  async function chatWithBot() {
    const [anna, bot] = await people('anna', 'bot');
    const group = await groupOf(anna, [bot]);
    return { anna, bot, group, room: await talk(group, anna, [bot]) };
  }

  function startBot({ bot }, ...args) {
    return start('echo-bot.mjs', args, { TINCAN_BOT: bot.id });
  }

  /** All that is to be looked at has been, and acknowledged. */
  const idle = (bot) => until(async () => {
    const { num_pending: waiting, num_ack_pending: open } = await manager.consumers.info('TINCAN_EVENTS', `echo-bot-${bot.id}`);
    return waiting + open === 0;
  }, 'the bot to have no work left', 40_000);

  async function everything({ anna, room }) {
    const { messages, more } = await anna.ask('message/list', { conversation_id: room.id, limit: 200, after: 0 });
    assert.equal(more, false);
    return messages;
  }

  test('answers its word, whoever says it how, and nothing else', async () => {
    const scene = await chatWithBot();
    const { anna, bot, room } = scene;
    const child = startBot(scene, 'marco', scene.group.id);
    await child.said('listening');
    for (const body of ['marco', 'Hello, MARCO!', 'marcopolo', 'nothing', '\u{1F426}'.repeat(7989) + ' marco polo']) {
      await anna.ask('message/create', { conversation_id: room.id, body });
    }
    const elsewhere = await talk(await groupOf(anna, [bot]), anna, [bot]);
    await post(anna, elsewhere, 'marco');
    await idle(bot);
    const answers = answersOf(bot, await everything(scene));
    assert.deepEqual(answers.slice(0, 2), ['You said: marco', 'You said: Hello, MARCO!']);
    assert.equal([...answers[2]].length, 8000);
    assert.equal(answers.length, 3);
    assert.deepEqual(answersOf(bot, await everything({ anna, room: elsewhere })), []);
    assert.equal(await child.kill('SIGTERM'), 0);
  });

  test('answers everything once, however often it and TinCan are killed', async () => {
    const scene = await chatWithBot();
    const { anna, bot, room } = scene;
    const first = startBot(scene);
    await first.said('listening');
    await first.kill('SIGKILL');
    const say = (from) => Promise.all(Array.from({ length: 10 }, (_, i) => post(anna, room, `echo ${from + i}`)));
    for (let round = 0; round < 3; round += 1) {
      await say(20 * round);
      const child = startBot(scene);
      await bot.event('message/created', (d) => d.message.author_id === bot.id, 20_000);
      await child.kill('SIGKILL');
      bot.unclaimed.length = 0;
      await say(20 * round + 10);
    }
    const last = startBot(scene);
    stack.signal('message', 'SIGKILL');
    await idle(bot);
    const said = Array.from({ length: 60 }, (_, i) => `You said: echo ${i}`);
    assert.deepEqual(answersOf(bot, await everything(scene)).toSorted(), said.toSorted());
    await last.kill('SIGTERM');
  });

  test('answers an event once that comes a second time, and a message whose nonce is of yesterday', async () => {
    const scene = await chatWithBot();
    const { anna, bot, room } = scene;
    const child = startBot(scene);
    await child.said('listening');
    const nonce = uuid7(Date.now() - 23.9 * 3_600_000);
    await anna.ask('message/create', { conversation_id: room.id, body: 'echo', nonce });
    await idle(bot);
    assert.deepEqual(answersOf(bot, await everything(scene)), ['You said: echo']);
    await publishAgain(`tincan.event.*.*.${room.id}.message.created`);
    await idle(bot);
    assert.deepEqual(answersOf(bot, await everything(scene)), ['You said: echo']);
    await child.kill('SIGTERM');
  });

  test('gives up where it takes no part, and goes on', async () => {
    const scene = await chatWithBot();
    const { anna, bot, group, room } = scene;
    const child = startBot(scene);
    await child.said('listening');
    const closed = await talk(group, anna, [], { participant_ids: [] });
    await post(anna, closed, 'echo');
    await child.said('not_found');
    await post(anna, room, 'echo');
    await idle(bot);
    assert.deepEqual(answersOf(bot, await everything(scene)), ['You said: echo']);
    await child.kill('SIGTERM');
  });
});
