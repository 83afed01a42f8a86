// A chat in a terminal: shows a conversation, and sends what is typed.
//
//     node talk.mjs http://127.0.0.1:8080 NAME PASSWORD CONVERSATION
//
// Whatever dies in between, the conversation on the screen is complete, and each line is sent once.
import { createInterface } from 'node:readline';
import { Client, Conversation, logIn } from '@tincan/client';
import WebSocket from 'ws';

const [url, username, password, id] = process.argv.slice(2);
if (!id) {
  console.error('usage: node talk.mjs URL NAME PASSWORD CONVERSATION');
  process.exit(2);
}

const { token } = await logIn(url, { username, password });
const client = new Client(url, token, { WebSocket });
client.addEventListener('state', ({ detail: { state } }) => { if (state !== 'ready') console.error(`(${state})`); });
await client.connect();

const conversation = new Conversation(client, id);
const names = new Map();
const shown = new Map(); // the rev of each message as it was last printed, by seq

/** Learns the names that are new, all in one request. */
async function nameOf(messages) {
  const unknown = [...new Set(messages.map((message) => message.author_id))].filter((author) => !names.has(author));
  if (unknown.length === 0) return;
  const { users } = await client.read('user/view', { user_ids: unknown.slice(0, 200) });
  for (const user of users) names.set(user.id, user.display_name);
}

async function show() {
  const news = conversation.messages.filter((message) => shown.get(message.seq) !== message.rev);
  for (const message of news) shown.set(message.seq, message.rev);
  await nameOf(news);
  for (const { seq, author_id: author, body, edited_at: edited } of news)
    console.log(`${seq} ${names.get(author)}: ${body ?? '(removed)'}${edited ? ' (edited)' : ''}`);
}

let showing = Promise.resolve(); // one after another, so that the lines keep their order
conversation.addEventListener('change', () => { showing = showing.then(show).catch((error) => console.error(error.message)); });
await conversation.open();

const input = createInterface({ input: process.stdin });
let sending = Promise.resolve();
for await (const line of input) {
  if (line !== '') sending = conversation.send(line).catch((error) => console.error(`not sent: ${error.message}`));
}
await sending;
await showing;
conversation.close();
client.close();
