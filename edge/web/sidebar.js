// The list of one's groups and conversations, with what is unread.
import { button, el } from './dom.js';
import { editGroup } from './groups.js';

function conversationItem(directory, { id, name, audience }, current) {
  const count = id === current ? 0 : directory.unread(id);
  return el('li', {}, el('a', {
    href: `#/c/${id}`, class: count ? 'unread' : undefined, 'aria-current': id === current ? 'page' : undefined,
  }, el('span', { class: 'mark', 'aria-hidden': 'true' }, audience === 'group' ? '#' : '•'), el('span', { class: 'name' }, name), ' ',
  count ? el('span', { class: 'count' }, String(count), el('span', { class: 'unseen' }, ' unread')) : ''));
}

function groupItem(directory, group, current) {
  const conversations = directory.conversationsOf(group.id).filter((each) => directory.takesPart(each));
  return el('li', { class: 'group' },
    el('a', { href: `#/g/${group.id}`, class: 'group-name', 'aria-current': group.id === current ? 'page' : undefined }, group.name),
    el('ul', {}, conversations.map((each) => conversationItem(directory, each, current))));
}

export function sidebar(context, logOut) {
  const { directory, client, signal } = context;
  const list = el('ul', { class: 'groups' });
  const side = el('nav', { class: 'side', 'aria-label': 'Groups and conversations' },
    el('header', {}, el('a', { href: '#/', class: 'brand' }, el('img', { src: 'icon.svg', alt: '', width: 24, height: 24 }), 'TinCan')),
    el('div', { class: 'side-actions' }, el('a', { class: 'button', href: '#/find' }, 'Find groups'),
      button('New group', () => editGroup(context))),
    list,
    el('footer', {}, el('span', { class: 'me' }, client.session.user.display_name, el('small', {}, `@${client.session.user.username}`)),
      button('Log out', logOut, { class: 'quiet' })));

  const show = () => {
    const current = location.hash.split('/')[2];
    const groups = [...directory.groups.values()].sort((a, b) => a.name.localeCompare(b.name));
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute('href') : undefined;
    list.replaceChildren(...groups.map((group) => groupItem(directory, group, current)));
    if (focused) list.querySelector(`[href="${focused}"]`)?.focus();
    if (groups.length > 0) return;
    list.append(el('li', { class: 'hint' }, directory.loaded ? 'You are in no group yet. Find one, or make one.' : 'Loading…'));
  };
  directory.addEventListener('change', show, { signal });
  side.addEventListener('route', show);
  show();
  return side;
}
