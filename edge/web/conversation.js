// One conversation: its head, its messages, who types, and where one writes; and the dialogs that make and change one.
import { Conversation } from './tincan.js';
import { button, confirm, dialog, el, formOf, sentenceOf } from './dom.js';
import { timeline } from './timeline.js';

const unsentKey = ({ client }) => `tincan.unsent.${client.session.user.id}`;

/** What has not been sent yet, by conversation: `[{nonce, body}]`. It outlives the page. */
export function unsent(context) {
  try { return JSON.parse(localStorage.getItem(unsentKey(context))) ?? {}; } catch { return {}; }
}

/** The one Conversation of that id, opened and going on with what an earlier page has left. */
export function talkOf(context, id) {
  const { client, talks } = context;
  const known = talks.get(id);
  if (known) return known;
  const talk = new Conversation(client, id);
  talks.set(id, talk);
  for (const { nonce, body } of unsent(context)[id] ?? []) talk.send(body, { nonce });
  let kept = talk.pending.length;
  talk.addEventListener('change', () => {
    if (talk.pending.length === 0 && kept === 0) return;
    kept = talk.pending.length;
    localStorage.setItem(unsentKey(context), JSON.stringify({ ...unsent(context), [id]: talk.pending.map(({ nonce, body }) => ({ nonce, body })) }));
  });
  return talk;
}

/** Who of a group's members takes part: a box for each. */
function choice(members, chosen) {
  const boxes = members.map(({ user }) => ({ user, box: el('input', { type: 'checkbox', checked: chosen.has(user.id) }) }));
  const node = el('fieldset', {}, el('legend', {}, 'Who takes part'), boxes.map(({ user, box }) => el('label', { class: 'check' }, box, user.display_name)));
  if (boxes.length === 0) node.append(el('p', { class: 'note' }, 'There is nobody else in the group yet.'));
  return { node, ids: () => boxes.filter(({ box }) => box.checked).map(({ user }) => user.id) };
}

/** Makes a conversation in the group, or changes one. */
export async function editConversation({ client, directory }, group, conversation) {
  const everybody = await client.all('group/view', { group_id: group.id, members: true }, 'members').catch(() => []);
  const others = everybody.filter(({ user }) => user.id !== directory.me.id);
  const before = new Set(conversation?.participant_ids ?? []);
  const some = choice(others, before);
  some.node.hidden = conversation?.audience !== 'participants';
  const fields = [
    { name: 'name', label: 'Name', value: conversation?.name ?? '', maxLength: client.session.limits.name, autocomplete: 'off' },
    { name: 'topic', label: 'Topic', value: conversation?.topic ?? '', autocomplete: 'off' },
  ];
  if (!conversation) {
    fields.push({
      name: 'audience', label: 'For', kind: 'select', options: [['group', `Everybody in ${group.name}`], ['participants', 'Only some']],
      onchange: ({ target }) => { some.node.hidden = target.value === 'group'; },
    });
  }
  const create = async ({ name, topic, audience }) => {
    const data = { group_id: group.id, name: name.trim(), topic, participant_ids: audience === 'group' ? undefined : some.ids() };
    const made = await client.request('conversation/create', data);
    location.hash = `#/c/${made.conversation.id}`;
  };
  const change = async ({ name, topic }) => {
    const now = new Set(some.ids());
    const add = [...now].filter((id) => !before.has(id));
    const remove = others.map(({ user }) => user.id).filter((id) => before.has(id) && !now.has(id));
    const participants = add.length + remove.length > 0 ? { add, remove } : undefined;
    await client.request('conversation/edit', { conversation_id: conversation.id, name: name.trim(), topic, participants });
  };
  dialog(conversation ? 'Edit conversation' : 'New conversation', (close) => formOf({
    fields, extra: some.node, label: conversation ? 'Save' : 'Create', cancel: close,
    submit: async (values) => { await (conversation ? change(values) : create(values)); close(); },
  }));
}

function details(context, info) {
  const { client, directory } = context;
  const group = directory.groups.get(info.group_id);
  const mayEdit = info.owner_id === directory.me.id || group?.role === 'owner';
  const leave = () => confirm('Leave the conversation?', `You will hear nothing from “${info.name}” any more.`, 'Leave', async () => {
    await client.request('conversation/edit', { conversation_id: info.id, participants: { remove: [directory.me.id] } });
    location.hash = `#/g/${info.group_id}`;
  });
  const remove = () => confirm('Remove the conversation?', `“${info.name}” and all its messages will be gone for everybody.`, 'Remove', async () => {
    await client.request('conversation/remove', { conversation_id: info.id });
    location.hash = `#/g/${info.group_id}`;
  });
  dialog(info.name, (close) => {
    const then = (act) => () => { close(); act(); };
    return el('div', {}, el('p', {}, info.topic || 'No topic.'),
      el('p', { class: 'note' }, info.audience === 'group' ? `Everybody in ${group?.name} takes part.`
        : `Only these take part: ${info.participant_ids.map((id) => directory.name(id)).join(', ')}.`),
      el('div', { class: 'buttons' }, mayEdit && button('Remove', then(remove), { class: 'danger' }),
        info.audience === 'participants' && directory.takesPart(info) && button('Leave', then(leave)),
        mayEdit && button('Edit', then(() => editConversation(context, group, info))), button('Close', close, { class: 'primary' })));
  });
}

function head(context, info) {
  const group = context.directory.groups.get(info.group_id);
  return [el('a', { class: 'back', href: '#/', 'aria-label': 'Back to the list' }, '‹'),
    el('div', { class: 'title' }, el('h1', {}, info.name), el('p', { class: 'topic' },
      group && el('a', { href: `#/g/${group.id}` }, group.name), info.topic && el('span', {}, info.topic))),
    el('span', { class: 'top-actions' }, button('Details', () => details(context, info)))];
}

function typingLine({ directory, signal }, talk) {
  const line = el('p', { class: 'typing' });
  const show = () => {
    const names = talk.typing.map((id) => directory.name(id));
    if (names.length === 0) line.textContent = '';
    else if (names.length > 3) line.textContent = 'Several people are typing…';
    else line.textContent = `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} typing…`;
  };
  talk.addEventListener('typing', show, { signal });
  directory.addEventListener('change', show, { signal });
  return line;
}

const drafts = new Map();

function composer({ client }, talk, name, editLast) {
  const most = client.session.limits.body;
  const input = el('textarea', { id: 'composer', rows: 1, value: drafts.get(talk.id) ?? '', 'aria-label': `Message to ${name}`, placeholder: `Message to ${name}` });
  const left = el('span', { class: 'left', 'aria-live': 'polite' });
  const send = () => {
    const body = input.value.trim();
    if (body === '' || [...body].length > most) return;
    talk.send(body).catch(() => {}); // said at the message
    input.value = '';
    grown();
  };
  const grown = () => {
    drafts.set(talk.id, input.value);
    const over = [...input.value].length - most;
    left.textContent = over > -200 ? `${over > 0 ? `${over} too many` : `${-over} left`}` : '';
    left.classList.toggle('failure', over > 0);
  };
  input.addEventListener('input', () => { grown(); if (input.value) talk.typed(); else talk.stopTyping(); });
  input.addEventListener('keydown', (event) => {
    const onPhone = matchMedia('(pointer: coarse)').matches;
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !onPhone) {
      event.preventDefault();
      send();
    } else if (event.key === 'ArrowUp' && input.value === '') {
      event.preventDefault();
      editLast();
    }
  });
  const form = el('form', { class: 'composer', onsubmit: (event) => { event.preventDefault(); send(); input.focus(); } },
    el('div', { class: 'grow' }, input), left, el('button', { class: 'primary' }, 'Send'));
  return { form, input };
}

export function conversationView(context, id) {
  const { client, directory, signal } = context;
  const page = el('section', { class: 'talk' });
  let shown = '';
  let talk;

  const notice = (title, text) => page.replaceChildren(el('header', { class: 'top' },
    el('a', { class: 'back', href: '#/', 'aria-label': 'Back to the list' }, '‹'), el('h1', {}, title)), el('p', { class: 'notice' }, text));

  const build = (info) => {
    talk = talkOf(context, id);
    const top = el('header', { class: 'top' }, head(context, info));
    const messages = timeline(context, talk, info);
    const { form, input } = composer(context, talk, info.name, messages.editLast);
    page.replaceChildren(top, messages.node, typingLine(context, talk), form);
    talk.open().then(() => messages.begin(), (error) => { if (!signal.aborted) notice(info.name, sentenceOf(error)); });
    // Not before the page is in the document.
    if (!matchMedia('(pointer: coarse)').matches) queueMicrotask(() => input.focus());
    signal.addEventListener('abort', () => talk.stopTyping());
  };
  const draw = () => {
    const info = directory.conversations.get(id);
    const state = JSON.stringify([info, directory.groups.get(info?.group_id)?.name, directory.loaded]);
    if (state === shown || signal.aborted) return;
    shown = state;
    if (!info) notice('Conversation', directory.loaded ? 'It is not there any more, or you take no part in it.' : 'Loading…');
    else if (!directory.takesPart(info)) notice(info.name, 'You take no part in it. Add yourself to read it.');
    else if (!page.querySelector('.composer')) build(info);
    else page.querySelector('.top').replaceChildren(...head(context, info));
    document.title = `${info?.name ?? 'Conversation'} – TinCan`;
  };
  directory.addEventListener('change', draw, { signal });
  client.addEventListener('state', draw, { signal });
  draw();
  return page;
}
