// What one sees beside the messages: one's groups, their conversations, what is unread, and who is called what. Read
// anew with each connection, and kept by what happens in between. Dispatches `change`.

const store = {
  read(key) { try { return JSON.parse(localStorage.getItem(key)) ?? {}; } catch { return {}; } },
  write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode: until reload */ } },
};

/** An event may be late: the higher version is the truth. */
const newer = (known, next) => !known || next.version >= known.version;

export class Directory extends EventTarget {
  #client;
  #seen;
  #names = new Map();
  #asked = new Set();
  #told = false;

  groups = new Map();
  conversations = new Map();
  heads = new Map(); // the last seq of each conversation
  requests = new Set(); // private groups that one has asked to join
  loaded = false;

  constructor(client) {
    super();
    this.#client = client;
    const on = (type, act) => client.addEventListener(type, ({ detail }) => { act(detail); this.changed(); });
    on('state', ({ state }) => { if (state === 'ready') this.load(); });
    on('session/resync', () => this.load());
    on('group/created', ({ group }) => this.#group(group));
    on('group/edited', ({ group }) => this.#group(group));
    on('group/joined', ({ group, user }) => this.#joined(group, user));
    on('group/join-requested', ({ group, user }) => { if (user.id === this.me.id) this.requests.add(group.id); });
    on('group/join-failed', ({ group_id: id }) => this.requests.delete(id));
    on('group/left', ({ group_id: id, user }) => this.#left(id, user));
    on('group/removed', ({ group_id: id }) => this.#forget(id));
    on('conversation/created', ({ conversation }) => this.#conversation(conversation));
    on('conversation/edited', ({ conversation }) => this.#conversation(conversation));
    on('conversation/removed', ({ conversation_id: id }) => this.conversations.delete(id));
    on('message/created', ({ message }) => this.#message(message));
  }

  get me() { return this.#client.session.user; }
  get #key() { return `tincan.seen.${this.me.id}`; }

  changed() {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      this.dispatchEvent(new Event('change'));
    });
  }

  async load() {
    this.#seen ??= store.read(this.#key);
    try {
      const groups = await this.#client.all('group/list', { mine: true }, 'groups');
      const lists = await Promise.all(groups.map((group) => this.#list(group.id)));
      this.groups = new Map(groups.map((group) => [group.id, group]));
      this.conversations = new Map(lists.flat().map((each) => [each.id, each]));
      await this.#readHeads([...this.conversations.keys()]);
      this.loaded = true;
    } catch {
      // The connection was lost: the next one loads again.
    }
    this.changed();
  }

  #list(groupId) { return this.#client.all('conversation/list', { group_id: groupId }, 'conversations').catch(() => []); }

  async #readHeads(ids) {
    for (let at = 0; at < ids.length; at += 500) {
      const { heads } = await this.#client.read('message/heads', { conversation_ids: ids.slice(at, at + 500) });
      for (const { conversation_id: id, last_seq: seq } of heads) {
        this.heads.set(id, seq);
        this.#seen[id] ??= seq; // what was there before one first looked is not news
      }
    }
    store.write(this.#key, this.#seen);
  }

  #group(group) {
    const known = this.groups.get(group.id);
    if (!newer(known, group)) return;
    this.groups.set(group.id, { ...group, role: group.owner_id === this.me.id ? 'owner' : 'member' });
  }

  async #joined(group, user) {
    this.#name(user);
    if (user.id !== this.me.id && !this.groups.has(group.id)) return;
    this.#group(group);
    if (user.id !== this.me.id) return;
    this.requests.delete(group.id);
    const list = await this.#list(group.id);
    for (const each of list) this.#conversation(each, true);
    await this.#readHeads(list.map(({ id }) => id)).catch(() => {});
    this.changed();
  }

  #left(id, user) {
    const group = this.groups.get(id);
    if (user.id === this.me.id) {
      this.requests.delete(id);
      this.#forget(id);
    } else if (group) group.member_count -= 1;
  }

  #forget(groupId) {
    this.groups.delete(groupId);
    for (const { id, group_id: of } of [...this.conversations.values()]) if (of === groupId) this.conversations.delete(id);
  }

  #conversation(conversation, isOld = false) {
    const known = this.conversations.get(conversation.id);
    if (newer(known, conversation)) this.conversations.set(conversation.id, conversation);
    if (!known && !isOld) this.#seen[conversation.id] ??= 0;
  }

  #message({ conversation_id: id, seq, author_id: author }) {
    this.heads.set(id, Math.max(seq, this.heads.get(id) ?? 0));
    if (author === this.me.id) this.see(id, seq);
  }

  /** Whether one takes part; the group's owner also sees closed conversations that are not his. */
  takesPart({ audience, participant_ids: ids }) { return audience === 'group' || ids?.includes(this.me.id); }

  conversationsOf(groupId) {
    return [...this.conversations.values()].filter((each) => each.group_id === groupId)
      .sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  }

  seen(id) { return this.#seen?.[id] ?? 0; }
  unread(id) { return Math.max(0, (this.heads.get(id) ?? 0) - this.seen(id)); }

  see(id, seq) {
    if (seq <= this.seen(id)) return;
    this.#seen[id] = seq;
    store.write(this.#key, this.#seen);
    this.changed();
  }

  #name(user) { this.#names.set(user.id, user); }

  learn(users) { for (const user of users) this.#name(user); }

  /** Somebody's name; one that is not known yet is asked for, with all others of this moment, and changes then. */
  name(id) {
    if (id === this.me.id) return this.me.display_name;
    const user = this.#names.get(id);
    if (!user && !this.#asked.has(id)) this.#ask(id);
    return user?.display_name ?? '…';
  }

  #ask(id) {
    this.#asked.add(id);
    if (this.#asked.size === 1) queueMicrotask(() => this.#askAll());
  }

  async #askAll() {
    const ids = [...this.#asked].slice(0, 200);
    const found = await this.#client.read('user/view', { user_ids: ids }).catch(() => undefined);
    this.learn(found?.users ?? []);
    for (const id of ids) {
      this.#asked.delete(id);
      if (found && !this.#names.has(id)) this.#names.set(id, { id, display_name: 'Somebody' });
    }
    if (this.#asked.size > 0) this.#askAll();
    if (found) this.changed();
  }
}
