// The whole of it: signs in, keeps one Client, and shows what the address says: #/find, #/g/<group>, #/c/<conversation>.
import { Client } from './tincan.js';
import { accountView } from './account.js';
import { actionButton, button, dialog, el } from './dom.js';
import { Directory } from './directory.js';
import { findView, groupView } from './groups.js';
import { conversationView, talkOf, unsent } from './conversation.js';
import { sidebar } from './sidebar.js';

const app = document.getElementById('app');
const key = 'tincan.account';

function start() {
  const account = JSON.parse(localStorage.getItem(key) ?? 'null');
  if (account) chat(account);
  else signIn();
}

function signIn(reason) {
  document.title = 'TinCan';
  app.replaceChildren(accountView(reason, (account) => {
    localStorage.setItem(key, JSON.stringify({ user: account.user, token: account.token }));
    chat(account);
  }));
}

/** One session: from here on everything is drawn by those who hear the client. */
function chat({ token, user }) {
  const client = new Client(location.origin, token);
  const directory = new Directory(client);
  const talks = new Map(); // the Conversations opened so far: they go on sending what is not sent yet
  const ended = new AbortController();
  const { signal } = ended;
  const context = { client, directory, talks, signal };

  const end = (reason) => {
    ended.abort();
    for (const talk of talks.values()) talk.close();
    client.close();
    localStorage.removeItem(key);
    history.replaceState(null, '', location.pathname);
    signIn(reason);
  };
  const logOut = () => dialog('Log out?', (close) => el('div', {}, el('p', {}, `You are logged in as ${user.display_name}.`),
    el('div', { class: 'buttons' }, button('Stay', close), actionButton('Log out', async () => {
      await client.logOut().catch(() => {}); // without a network the token at least is forgotten here
      close();
    }, { class: 'primary' }))));

  client.addEventListener('state', ({ detail }) => {
    if (detail.state === 'closed') end(detail.error && 'Your session has ended. Please log in again.');
  }, { signal });
  addEventListener('online', () => client.hurry(), { signal });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) client.hurry(); }, { signal });

  app.replaceChildren(el('p', { class: 'notice' }, 'Connecting…', ' ', button('Log out', () => end())));
  client.connect().then(() => {
    for (const [id, entries] of Object.entries(unsent(context))) if (entries.length > 0) talkOf(context, id);
    shell(context, logOut);
  }, () => {});
}

function shell(context, logOut) {
  const main = el('main', { id: 'main', tabIndex: -1 });
  const side = sidebar(context, logOut);
  const frame = el('div', { class: 'shell' }, side, main);
  app.replaceChildren(el('a', { class: 'skip', href: '#main', onclick: (event) => { event.preventDefault(); main.focus(); } },
    'Skip to the conversation'), connectionBar(context), frame);

  let leave = () => {};
  const route = () => {
    leave();
    const showing = new AbortController();
    context.signal.addEventListener('abort', () => showing.abort(), { signal: showing.signal });
    leave = () => showing.abort();
    const [, kind = '', id] = location.hash.split('/');
    frame.dataset.at = kind;
    main.replaceChildren(viewOf({ ...context, signal: showing.signal }, kind, id));
    document.title = `${main.querySelector('h1')?.textContent || 'TinCan'}${kind ? ' – TinCan' : ''}`;
    side.dispatchEvent(new Event('route'));
    if (!document.activeElement.checkVisibility() || document.activeElement === document.body) main.focus();
  };
  addEventListener('hashchange', route, { signal: context.signal });
  context.signal.addEventListener('abort', () => leave());
  route();
}

function viewOf(context, kind, id) {
  if (kind === 'find') return findView(context);
  if (kind === 'g') return groupView(context, id);
  if (kind === 'c') return conversationView(context, id);
  return el('div', { class: 'empty' }, el('h1', {}, 'Welcome to TinCan'),
    el('p', {}, 'Choose a conversation, or find a group to join.'),
    el('a', { class: 'button primary', href: '#/find' }, 'Find groups'));
}

/** How things stand, and only while they do not stand well. */
function connectionBar({ client, signal }) {
  const text = el('span', { role: 'status' });
  const seconds = el('span', { 'aria-hidden': 'true' });
  const again = button('Try now', () => client.hurry());
  const bar = el('div', { class: 'connection', hidden: true }, text, seconds, again);
  const show = () => {
    bar.hidden = client.state === 'ready';
    text.textContent = { waiting: 'No connection. What you write is kept and sent later.', connecting: 'Connecting…' }[client.state] ?? '';
    again.hidden = client.state !== 'waiting';
    count();
  };
  const count = () => {
    const left = Math.max(0, Math.ceil((client.retryAt - Date.now()) / 1000));
    seconds.textContent = client.state === 'waiting' ? ` Next try in ${left} s.` : '';
  };
  const timer = setInterval(count, 500);
  signal.addEventListener('abort', () => clearInterval(timer));
  client.addEventListener('state', show, { signal });
  return bar;
}

start();
