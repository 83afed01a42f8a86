// Groups: finding one, looking at one, and changing it.
import { actionButton, announce, button, confirm, dialog, el, formOf, sentenceOf } from './dom.js';
import { editConversation } from './conversation.js';

const visibilities = [['public', 'Public: anyone may join'], ['private', 'Private: listed, joining asks you'], ['hidden', 'Hidden: only those you add']];
const go = (hash) => { location.hash = hash; };
const people = (count) => `${count} ${count === 1 ? 'member' : 'members'}`;
const topBar = (...children) => el('header', { class: 'top' },
  el('a', { class: 'back', href: '#/', 'aria-label': 'Back to the list' }, '‹'), ...children);

/** Makes a group, or changes one. */
export function editGroup({ client, directory }, group) {
  const { limits } = client.session;
  dialog(group ? 'Edit group' : 'New group', (close) => formOf({
    fields: [
      { name: 'name', label: 'Name', value: group?.name ?? '', maxLength: limits.name, autocomplete: 'off' },
      { name: 'description', label: 'Description', kind: 'textarea', rows: 3, value: group?.description ?? '' },
      { name: 'visibility', label: 'Who may join', kind: 'select', options: visibilities, value: group?.visibility ?? 'public' },
    ],
    label: group ? 'Save' : 'Create group',
    cancel: close,
    submit: async (values) => {
      const data = { ...values, name: values.name.trim() };
      if (group) await client.request('group/edit', { group_id: group.id, ...data });
      else {
        const made = await client.request('group/create', data);
        await client.request('conversation/create', { group_id: made.group.id, name: 'General' });
        directory.changed();
        go(`#/g/${made.group.id}`);
      }
      close();
    },
  }));
}

function joining({ client, directory }, group) {
  if (directory.groups.has(group.id)) return el('a', { class: 'button', href: `#/g/${group.id}` }, 'Open');
  if (directory.requests.has(group.id) || group.role === 'requested') {
    return el('span', { class: 'asked' }, 'You have asked to join. ',
      actionButton('Withdraw', async () => { await client.request('group/leave', { group_id: group.id }); group.role = 'none'; }, { class: 'quiet' }));
  }
  return actionButton(group.visibility === 'public' ? 'Join' : 'Ask to join', async () => {
    await client.request('group/join', { group_id: group.id });
    if (group.visibility === 'public') go(`#/g/${group.id}`);
    else announce('The owner has been asked.');
  }, { class: 'primary', 'aria-label': `${group.visibility === 'public' ? 'Join' : 'Ask to join'} ${group.name}` });
}

export function findView(context) {
  const { client, directory, signal } = context;
  let found = [];
  let cursor;
  let turn = 0;
  const input = el('input', { type: 'search', 'aria-label': 'Search groups by name', placeholder: 'Search by name', maxLength: 80 });
  const list = el('ul', { class: 'cards' });
  const more = actionButton('Show more', () => ask(), { hidden: true });
  const failure = el('p', { class: 'failure', role: 'alert' });

  let drawn;
  const draw = () => {
    const now = JSON.stringify([found, cursor, input.value, [...directory.groups.keys()], [...directory.requests]]);
    if (now === drawn) return;
    drawn = now;
    list.replaceChildren(...found.map((group) => el('li', { class: 'card' }, el('div', {}, el('h2', {}, group.name),
      el('p', { class: 'note' }, `${people(group.member_count)}${group.visibility === 'private' ? ', by request' : ''}`),
      group.description && el('p', {}, group.description)), el('div', { class: 'join' }, joining(context, group)))));
    if (found.length === 0) list.append(el('li', { class: 'hint' }, input.value ? 'No group of that name.' : 'There are no groups yet.'));
    more.hidden = cursor === undefined;
  };
  async function ask() {
    const mine = turn += 1;
    const page = await client.read('group/list', { query: input.value, cursor, limit: 30 });
    if (mine !== turn) return; // a later search has overtaken it
    found = cursor === undefined ? page.groups : [...found, ...page.groups];
    cursor = page.cursor;
    draw();
  }
  const search = () => {
    cursor = undefined;
    failure.textContent = '';
    ask().catch((error) => { failure.textContent = sentenceOf(error); });
  };
  let timer;
  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(search, 150); });
  directory.addEventListener('change', draw, { signal });
  client.addEventListener('state', ({ detail }) => { if (detail.state === 'ready') search(); }, { signal });
  search();
  return el('section', { class: 'page' }, topBar(el('h1', {}, 'Find groups')),
    el('div', { class: 'page-body' }, el('div', { role: 'search', class: 'field' }, input), failure, list, more));
}

function memberItem({ client, directory }, group, { user, role }, reload) {
  const isOwner = directory.groups.get(group.id)?.role === 'owner';
  const edit = async (change) => { await client.request('group/edit', { group_id: group.id, ...change }); await reload(); };
  return el('li', { class: 'row' }, el('span', { class: 'name' }, user.display_name, el('small', {}, `@${user.username}`)),
    role === 'owner' && el('span', { class: 'badge' }, 'Owner'),
    isOwner && role !== 'owner' && el('span', { class: 'row-actions' },
      button('Hand over', () => confirm('Hand the group over?', `${user.display_name} will own “${group.name}”, and you will be a member.`, 'Hand over',
        () => edit({ owner_id: user.id })), { class: 'quiet', 'aria-label': `Hand the group over to ${user.display_name}` }),
      actionButton('Remove', () => edit({ members: { remove: [user.id] } }), { class: 'quiet', 'aria-label': `Remove ${user.display_name}` })));
}

function requestItem({ client }, group, { user }, reload) {
  const answer = (how) => async () => { await client.request('group/edit', { group_id: group.id, requests: { [how]: [user.id] } }); await reload(); };
  return el('li', { class: 'row' }, el('span', { class: 'name' }, user.display_name, el('small', {}, `@${user.username}`)),
    el('span', { class: 'row-actions' },
      actionButton('Accept', answer('accept'), { class: 'primary', 'aria-label': `Accept ${user.display_name}` }),
      actionButton('Refuse', answer('refuse'), { class: 'quiet', 'aria-label': `Refuse ${user.display_name}` })));
}

function ownActions(context, group) {
  const { client } = context;
  const leave = () => confirm('Leave the group?', `You will hear nothing from “${group.name}” any more.`, 'Leave',
    async () => { await client.request('group/leave', { group_id: group.id }); go('#/'); });
  const remove = () => confirm('Remove the group?', `“${group.name}”, its conversations and all messages will be gone for everybody.`, 'Remove',
    async () => { await client.request('group/remove', { group_id: group.id }); go('#/'); });
  return group.role === 'owner'
    ? [button('Edit', () => editGroup(context, group)), button('Remove', remove, { class: 'danger' })]
    : [button('Leave', leave)];
}

function conversationRows({ directory }, group) {
  const rows = directory.conversationsOf(group.id).map((each) => el('li', { class: 'row' },
    el('a', { class: 'name', href: `#/c/${each.id}` }, each.name, el('small', {}, each.topic)),
    each.audience === 'participants' && el('span', { class: 'badge' }, `${each.participant_ids.length} people`)));
  return rows.length > 0 ? rows : [el('li', { class: 'hint' }, 'No conversation yet.')];
}

export function groupView(context, id) {
  const { client, directory, signal } = context;
  const page = el('section', { class: 'page' });
  const lists = { members: [], requests: [] };
  let outside; // the group as somebody sees it who is not in it
  let failure;
  let drawn;

  const load = async () => {
    const known = directory.groups.get(id);
    try {
      failure = undefined;
      outside = known ? undefined : (await client.read('group/view', { group_id: id })).group;
      lists.members = known ? await client.all('group/view', { group_id: id, members: true }, 'members') : [];
      lists.requests = known?.role === 'owner' ? await client.all('group/view', { group_id: id, requests: true }, 'requests') : [];
      directory.learn(lists.members.map(({ user }) => user));
    } catch (error) {
      if (error.code !== 'unavailable') failure = error; // without a connection what was there stays
    }
    draw();
  };
  const section = (title, action, ...items) => el('section', {}, el('div', { class: 'section-head' }, el('h2', {}, title), action), el('ul', { class: 'rows' }, items));
  const addition = formOf({
    fields: [{ name: 'members', label: 'Add somebody by user name', autocomplete: 'off', autocapitalize: 'none' }], label: 'Add',
    submit: async ({ members: name }) => {
      await client.request('group/edit', { group_id: id, members: { add: [`@${name.trim().replace(/^@/, '')}`] } });
      await load();
    },
  });

  const draw = () => {
    const group = directory.groups.get(id) ?? outside;
    const now = JSON.stringify([group, lists, directory.conversationsOf(id), directory.requests.has(id), failure?.code]);
    if (signal.aborted || now === drawn) return;
    drawn = now;
    const focused = document.activeElement;
    if (group) document.title = `${group.name} – TinCan`;
    if (failure || !group) {
      page.replaceChildren(topBar(el('h1', {}, failure ? 'No such group' : 'Group')), el('p', { class: 'notice' }, failure ? sentenceOf(failure) : 'Loading…'));
      return;
    }
    const isIn = directory.groups.has(id);
    page.replaceChildren(topBar(el('h1', {}, group.name), el('span', { class: 'badge' }, group.visibility),
      el('span', { class: 'top-actions' }, isIn ? ownActions(context, group) : joining(context, group))),
    el('div', { class: 'page-body' }, group.description && el('p', { class: 'description' }, group.description),
      isIn && lists.requests.length > 0 && section('Asking to join', '', ...lists.requests.map((each) => requestItem(context, group, each, load))),
      isIn && section('Conversations', button('New conversation', () => editConversation(context, group)), ...conversationRows(context, group)),
      isIn ? section(people(group.member_count), '', ...lists.members.map((each) => memberItem(context, group, each, load)))
        : el('p', { class: 'note' }, people(group.member_count)),
      isIn && group.role === 'owner' && addition));
    if (addition.contains(focused)) focused.focus();
  };
  directory.addEventListener('change', draw, { signal });
  for (const type of ['group/joined', 'group/left', 'group/join-requested', 'group/edited', 'group/removed', 'group/join-failed']) {
    client.addEventListener(type, ({ detail }) => { if ((detail.group?.id ?? detail.group_id) === id) load(); }, { signal });
  }
  client.addEventListener('state', ({ detail }) => { if (detail.state === 'ready') load(); }, { signal });
  draw();
  load();
  return page;
}
