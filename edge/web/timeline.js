// The messages of a conversation, drawn anew where they have changed: days, authors, what is new, what is not sent yet.
import { button, confirm, el, formOf, sentenceOf } from './dom.js';

const groupedMs = 5 * 60_000; // so long one author's messages stand under one name
const nearPx = 60; // so far from the end one still follows it
const dayOf = (time) => new Date(time).toDateString();
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const fullTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const dayNames = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayNamesOfYears = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

function dayName(time) {
  const date = new Date(time);
  const now = new Date();
  if (dayOf(date) === dayOf(now)) return 'Today';
  if (dayOf(date) === dayOf(now.getTime() - 86_400_000)) return 'Yesterday';
  return (date.getFullYear() === now.getFullYear() ? dayNames : dayNamesOfYears).format(date);
}

/** What there is to draw, in order: `{key, kind, …}`. */
function rowsOf(talk, newFrom, me) {
  const rows = [];
  let last;
  let marked = false;
  for (const message of [...talk.messages, ...talk.pending]) {
    if (!last || dayOf(last.created_at) !== dayOf(message.created_at)) {
      rows.push({ key: `d${dayOf(message.created_at)}`, kind: 'day', time: message.created_at });
      last = undefined;
    }
    if (!marked && newFrom !== undefined && message.seq >= newFrom && message.author_id !== me) {
      rows.push({ key: 'new', kind: 'new' });
      marked = true;
      last = undefined;
    }
    const follows = last?.author_id === message.author_id && Date.parse(message.created_at) - Date.parse(last.created_at) < groupedMs;
    rows.push({ key: message.seq ?? message.nonce, kind: 'message', message, follows });
    last = message;
  }
  return rows;
}

/** `node`, to be put into the page; `begin()` once there are messages; `editLast()` opens one's own last for editing. */
export function timeline(context, talk, info) {
  const { directory, signal } = context;
  const list = el('ol');
  const log = el('div', { role: 'log', 'aria-label': `Messages in ${info.name}`, 'aria-relevant': 'additions' }, list);
  const beginning = el('p', { class: 'beginning' });
  const jump = button('Newest messages', () => toEnd(), { class: 'jump', hidden: true });
  const scroller = el('div', { class: 'scroller', tabIndex: 0, role: 'region', 'aria-label': 'Messages' }, beginning, log);
  const node = el('div', { class: 'timeline' }, scroller, jump);
  const drawn = new Map(); // by key: {state, node}
  const isOwner = () => info.owner_id === directory.me.id || directory.groups.get(info.group_id)?.role === 'owner';
  let editing;
  let newFrom;
  let follow = true;
  let filling = false;

  const isAtEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < nearPx;
  const toEnd = () => { scroller.scrollTop = scroller.scrollHeight; follow = true; looked(); };

  /** What one has at one's eyes is read. */
  function looked() {
    jump.hidden = follow;
    const last = talk.messages.at(-1);
    if (last && follow && !document.hidden) directory.see(talk.id, last.seq);
  }

  const removal = ({ seq, body }) => confirm('Remove the message?', body.length > 200 ? `${body.slice(0, 200)}…` : body, 'Remove', () => talk.remove(seq));

  function edit(seq) {
    editing = seq;
    draw();
    const input = drawn.get(seq)?.node.querySelector('textarea');
    input?.focus();
    input?.setSelectionRange(input.value.length, input.value.length);
  }

  function stopEditing() {
    editing = undefined;
    draw();
    document.getElementById('composer')?.focus();
  }

  function editor({ seq, body }) {
    const form = formOf({
      fields: [{ name: 'body', label: 'Edit message', kind: 'textarea', rows: Math.min(8, body.split('\n').length + 1), value: body }],
      label: 'Save', cancel: stopEditing,
      submit: async ({ body: text }) => { if (text.trim() !== body) await talk.edit(seq, text.trim()); stopEditing(); },
    });
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') stopEditing();
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    return form;
  }

  function stateOf(message) {
    if (message.state === 'sending') return el('span', { class: 'note' }, 'Sending…');
    if (message.state !== 'failed') return message.edited_at && !message.removed_at && el('span', { class: 'note', title: fullTime.format(new Date(message.edited_at)) }, 'edited');
    return el('p', { class: 'unsent' }, el('span', { class: 'failure', role: 'alert' }, `Not sent. ${sentenceOf(message.error)} `),
      button('Try again', () => talk.retry(message.nonce)), button('Discard', () => talk.discard(message.nonce), { class: 'quiet' }));
  }

  function actions(message) {
    const mine = message.author_id === directory.me.id;
    if (!message.seq || message.removed_at || !(mine || isOwner())) return undefined;
    return el('span', { class: 'actions' }, mine && button('Edit', () => edit(message.seq), { class: 'quiet' }),
      button('Remove', () => removal(message), { class: 'quiet' }));
  }

  function messageNode({ message, follows }, name) {
    const time = el('time', { dateTime: message.created_at, title: fullTime.format(new Date(message.created_at)) }, clock.format(new Date(message.created_at)));
    const classes = ['message', follows && 'follows', message.state, message.removed_at && 'removed'].filter(Boolean).join(' ');
    if (message.seq && editing === message.seq) return el('li', { class: 'message editing' }, editor(message));
    const avatar = el('span', { class: `avatar tone-${parseInt(message.author_id?.slice(-4), 16) % 6}`, 'aria-hidden': 'true' }, [...name][0].toUpperCase());
    return el('li', { class: classes }, !follows && avatar, el('span', { class: follows ? 'unseen' : 'author' }, name), time,
      el('p', { class: 'body' }, message.removed_at ? 'Message removed' : message.body), stateOf(message), actions(message));
  }

  function nodeOf(row) {
    if (row.kind === 'day') return el('li', { class: 'day' }, dayName(row.time));
    if (row.kind === 'new') return el('li', { class: 'new' }, 'New');
    return messageNode(row, directory.name(row.message.author_id));
  }

  const stateOfRow = ({ kind, message, follows, time }) => JSON.stringify([kind, follows, time && dayName(time), message && [
    message.rev, message.state, message.error?.code, editing === message.seq && message.seq, directory.name(message.author_id), isOwner()]]);

  /** Keeps the nodes that still hold, so that focus, selection and screen readers stay where they are. */
  function reconcile(rows) {
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, { node: old }] of drawn) if (!keys.has(key)) { old.remove(); drawn.delete(key); }
    let at = list.firstChild;
    for (const row of rows) {
      const state = stateOfRow(row);
      const known = drawn.get(row.key);
      if (known?.state === state) {
        if (known.node === at) at = at.nextSibling;
        else list.insertBefore(known.node, at);
        continue;
      }
      const fresh = nodeOf(row);
      if (known?.node === at) at = at.nextSibling;
      known?.node.remove();
      list.insertBefore(fresh, at);
      drawn.set(row.key, { state, node: fresh });
    }
  }

  function draw() {
    if (!talk.loaded && talk.pending.length === 0) return;
    const anchor = [...list.querySelectorAll('.message')].find((child) => child.offsetTop + child.offsetHeight > scroller.scrollTop);
    const before = anchor?.offsetTop;
    reconcile(rowsOf(talk, newFrom, directory.me.id));
    beginning.textContent = talk.more ? 'Loading earlier messages…' : `This is the beginning of ${info.name}.`;
    if (follow) scroller.scrollTop = scroller.scrollHeight;
    else if (anchor?.isConnected) scroller.scrollTop += anchor.offsetTop - before;
    looked();
    fill();
  }

  /** Loads earlier messages while the beginning is near. */
  async function fill() {
    if (filling || !talk.more || !talk.loaded || scroller.scrollTop > 400 || scroller.clientHeight === 0) return;
    filling = true;
    log.setAttribute('aria-busy', 'true');
    const goesOn = await talk.older().then(() => true, () => false); // else at the next scroll, or the next connection
    log.setAttribute('aria-busy', 'false');
    filling = false;
    if (goesOn) fill();
  }

  scroller.addEventListener('scroll', () => { follow = isAtEnd(); looked(); fill(); }, { passive: true });
  new ResizeObserver(() => { if (follow) toEnd(); }).observe(scroller);
  talk.addEventListener('change', draw, { signal });
  directory.addEventListener('change', draw, { signal });
  document.addEventListener('visibilitychange', looked, { signal });
  return {
    node,
    begin() {
      const seen = directory.seen(talk.id);
      newFrom = directory.unread(talk.id) > 0 && seen > 0 ? seen + 1 : undefined;
      follow = true;
      draw();
      drawn.get('new')?.node.scrollIntoView({ block: 'center' });
    },
    editLast() {
      const last = talk.messages.findLast(({ author_id: author, removed_at: removed }) => author === directory.me.id && !removed);
      if (last) edit(last.seq);
    },
  };
}
