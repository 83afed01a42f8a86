// Plays the examples of docs/protocol.md against the stack under test. An example is a block of steps,
//
//     anna → {"type":"ping"}        anna sends; anna ← {"type":"pong"} arrives at her; a line that is indented goes on;
//     anna → POST /auth/login {…}   and anna ← 200 {…} is its answer;
//     anna → GET /ws                is an upgrade with her token, and anna ← 101 its answer;
//     anna ← close 1000             is the end of her connection.
//
// What a server chooses ("<anna>", "<time>") and the user names are placeholders: whatever takes the place of one has to
// take it everywhere, but a time.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { upgrade, call, uuid7, url } from './support.js';

const placeholder = /^<.+>$/;
const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** The steps of every block of examples in a page, in order: `{who, sends, text}`. */
export function examplesOf(page) {
  const blocks = [...page.matchAll(/^```tincan\n(.*?)^```$/gms)].map(([, block]) => block);
  return blocks.flatMap((block) => block.split(/^(?=\S)/m)).map((step) => {
    const [, who, arrow, text] = /^([a-z]+) ([→←]) (.*)$/s.exec(step) ?? assert.fail(`no step: ${step}`);
    return { who, sends: arrow === '→', text: text.trim() };
  });
}

export class Player {
  #real = new Map(); // what a placeholder stands for
  #users = new Map();
  #connections = new Map();
  #answers = new Map();

  async play({ who, sends, text }) {
    const [, method, path, body] = /^(GET|POST) (\S+)\s*(.*)$/s.exec(text) ?? [];
    const [, status, json] = /^(\d{3})\s*(.*)$/s.exec(text) ?? [];
    const [, code] = /^close (\d{4})$/.exec(text) ?? [];
    if (path === '/ws') await this.#upgrade(who);
    else if (method) await this.#call(who, method, path, body);
    else if (status) this.#expectAnswer(who, Number(status), json);
    else if (code) assert.equal((await this.#connection(who).closed()).code, Number(code));
    else if (sends) this.#connection(who).send(this.#filled(JSON.parse(text)));
    else await this.#expectFrame(who, JSON.parse(text));
  }

  /** All that was heard has been told of. */
  assertNothingUntold() {
    for (const [who, { unclaimed }] of this.#connections) assert.deepEqual(unclaimed, [], `${who} heard more`);
    assert.deepEqual([...this.#answers.keys()], [], 'answers that are not told of');
  }

  #connection(who) { return this.#connections.get(who) ?? assert.fail(`${who} is not connected`); }

  async #upgrade(who) {
    const answer = await upgrade(url(), this.#users.get(who));
    if (answer.status === undefined) this.#connections.set(who, answer);
    this.#answers.set(who, { status: 101, ...answer });
  }

  async #call(who, method, path, body) {
    const json = body ? JSON.parse(body) : undefined;
    if (path === '/auth/register') this.#real.set(json.username, `${json.username}_${randomBytes(5).toString('hex')}`);
    const options = json ? { json: this.#filled(json) } : { token: this.#users.get(who).token };
    const answer = await call(method, path, options);
    if (answer.body?.token) this.#users.set(who, answer.body);
    this.#answers.set(who, answer);
  }

  #expectAnswer(who, status, json) {
    const { status: found, body } = this.#answers.get(who) ?? assert.fail(`${who} asked nothing`);
    this.#answers.delete(who);
    assert.equal(found, status, JSON.stringify(body));
    if (json) this.#same(JSON.parse(json), body);
  }

  async #expectFrame(who, expected) {
    const match = (frame) => frame.type === expected.type && frame.re === expected.re;
    const frame = await this.#connection(who).take(match, `${expected.type} for ${who}`);
    this.#same(expected, frame);
  }

  /** The real value of what stands in an example; a placeholder that stands for nothing yet is the client's own id. */
  #filled(value) {
    if (Array.isArray(value)) return value.map((each) => this.#filled(each));
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [this.#text(name), this.#filled(each)]));
    }
    return typeof value === 'string' ? this.#text(value) : value;
  }

  #text(text) {
    if (placeholder.test(text) && !this.#real.has(text)) this.#real.set(text, uuid7());
    return text.startsWith('@') ? `@${this.#text(text.slice(1))}` : this.#real.get(text) ?? text;
  }

  /** Learns what the placeholders stand for, then holds the rest against it. */
  #same(expected, found) {
    this.#learn(expected, found);
    assert.deepEqual(this.#timeless(found), this.#filled(expected));
  }

  #learn(expected, found) {
    if (placeholder.test(expected) && found !== undefined && !this.#real.has(expected)) this.#real.set(expected, found);
    if (expected === null || typeof expected !== 'object') return;
    for (const name of Object.keys(expected)) this.#learn(expected[name], found?.[name]);
  }

  #timeless(value) {
    if (typeof value === 'string' && time.test(value)) return this.#real.get('<time>');
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((each) => this.#timeless(each));
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.#timeless(each)]));
  }
}
