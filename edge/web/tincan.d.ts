// The types of tincan.js. What the fields mean is in docs/protocol.md, what the library does in docs/client.md.

export interface User { id: string; username: string; display_name: string; created_at: string }
export type Role = 'owner' | 'member' | 'requested' | 'none';
export type Visibility = 'public' | 'private' | 'hidden';

export interface Group {
  id: string; version: number; name: string; description: string; visibility: Visibility; owner_id: string;
  member_count: number; created_at: string; role?: Role;
}

export interface ConversationInfo {
  id: string; version: number; group_id: string; name: string; topic: string; owner_id: string;
  audience: 'group' | 'participants'; participant_ids?: string[]; created_at: string;
}

export interface Message {
  id: string; conversation_id: string; seq: number; rev: number; author_id: string; body?: string;
  created_at: string; edited_at?: string; removed_at?: string; nonce?: string;
}

export type Limits = Record<
  'frame_bytes' | 'name' | 'description' | 'body' | 'list_items' | 'participants' | 'page' | 'big_group' | 'groups' |
  'conversations' | 'connections' | 'requests_per_s' | 'requests_burst' | 'in_flight' | 'typing_per_s' | 'unsent_bytes' |
  'login_failures_name_address' | 'login_failures_name' | 'login_failures_address' | 'registrations_per_minute', number>;

export interface Session {
  user: User; session: { id: string; expires_at: string }; limits: Limits; level: number; server_time: string;
}

export interface Account { user: User; token: string; expires_at: string }

export type Code =
  | 'bad_request' | 'unknown_type' | 'invalid_field' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict'
  | 'rate_limited' | 'too_large' | 'unavailable' | 'internal';

export class TincanError extends Error {
  constructor(error: { code: Code; message?: string; field?: string; retry_after_ms?: number });
  readonly code: Code;
  readonly field?: string;
  readonly retryAfterMs?: number;
}

interface Page { limit?: number; cursor?: string }
interface InGroup { group_id: string }
interface InConversation { conversation_id: string }
interface WithMessage { message: Message }
interface Lists { add?: string[]; remove?: string[] }

/** What each request takes and gives. */
export interface Requests {
  'user/view': [{ user_ids: string[] }, { users: User[] }];
  'group/create': [{ name: string; description?: string; visibility?: Visibility; member_ids?: string[] }, { group: Group }];
  'group/edit': [InGroup & {
    name?: string; description?: string; visibility?: Visibility; owner_id?: string; members?: Lists;
    requests?: { accept?: string[]; refuse?: string[] };
  }, { group: Group }];
  'group/list': [Page & { query?: string; mine?: boolean }, { groups: Group[]; cursor?: string }];
  'group/view': [InGroup & Page & { members?: boolean; requests?: boolean }, {
    group: Group; cursor?: string; members?: { user: User; role: Role; joined_at: string }[];
    requests?: { user: User; requested_at: string }[];
  }];
  'group/join': [InGroup, { group: Group; user: User }];
  'group/leave': [InGroup, { group_id: string; user: User }];
  'group/remove': [InGroup, InGroup];
  'conversation/create': [InGroup & { name: string; topic?: string; participant_ids?: string[] }, { conversation: ConversationInfo }];
  'conversation/edit': [InConversation & { name?: string; topic?: string; participants?: Lists }, { conversation: ConversationInfo }];
  'conversation/list': [InGroup & Page, { conversations: ConversationInfo[]; cursor?: string }];
  'conversation/remove': [InConversation, InConversation & InGroup];
  'message/create': [InConversation & { body: string; nonce?: string }, WithMessage & { duplicate?: true }];
  'message/edit': [InConversation & { seq: number; body: string; if_rev?: number }, WithMessage];
  'message/remove': [InConversation & { seq: number; if_rev?: number }, WithMessage];
  'message/list': [InConversation & { before?: number; after?: number; limit?: number }, { messages: Message[]; more: boolean }];
  'message/heads': [{ conversation_ids: string[] }, { heads: { conversation_id: string; last_seq: number; last_rev: number }[] }];
  'message/sync': [{ after: Record<string, number>; limit?: number }, { conversations: Changes[] }];
}

export interface Changes {
  conversation_id: string; messages: Message[]; rev: number; more: boolean; reset?: true; gone?: true;
}

/** The data of what happens. */
export interface Happenings {
  'session/ready': Session;
  'session/resync': undefined;
  'group/created': { group: Group };
  'group/edited': { group: Group };
  'group/joined': { group: Group; user: User };
  'group/join-requested': { group: Group; user: User };
  'group/join-failed': InGroup & { error: TincanError };
  'group/left': { group_id: string; user: User };
  'group/removed': InGroup;
  'conversation/created': { conversation: ConversationInfo };
  'conversation/edited': { conversation: ConversationInfo };
  'conversation/removed': InConversation & InGroup;
  'conversation/type-start': InConversation & { user_id: string };
  'conversation/type-end': InConversation & { user_id: string };
  'message/created': WithMessage;
  'message/edited': WithMessage;
  'message/removed': WithMessage;
  error: { error: TincanError };
}

export type Happening<T extends keyof Happenings = keyof Happenings> = {
  [K in T]: { type: K; data: Happenings[K]; error?: TincanError; own: boolean };
}[T];

export type State = 'closed' | 'connecting' | 'ready' | 'waiting';

interface ClientEvents { state: { state: State; code?: number; error?: TincanError }; event: Happening }
type Details = ClientEvents & Happenings;

export class Client extends EventTarget {
  constructor(url: string | URL, token: string, options?: { WebSocket?: unknown; backoffMs?: [first: number, most: number] });
  readonly url: string;
  readonly state: State;
  readonly retryAt?: number;
  readonly session?: Session;
  now(): number;
  connect(): Promise<Session>;
  hurry(): void;
  close(): void;
  logOut(): Promise<void>;
  request<T extends keyof Requests>(type: T, data: Requests[T][0]): Promise<Requests[T][1]>;
  read<T extends keyof Requests>(type: T, data: Requests[T][0]): Promise<Requests[T][1]>;
  all(type: 'group/list', data: Requests['group/list'][0], items: 'groups'): Promise<Group[]>;
  all(type: 'conversation/list', data: InGroup, items: 'conversations'): Promise<ConversationInfo[]>;
  all<I extends 'members' | 'requests'>(type: 'group/view', data: Requests['group/view'][0], items: I):
    Promise<NonNullable<Requests['group/view'][1][I]>>;
  tell(type: 'conversation/type-start' | 'conversation/type-end', data: InConversation): void;
  changes(conversationId: string, rev: number): Promise<Changes | undefined>;
  events<T extends keyof Happenings = keyof Happenings>(...types: T[]): AsyncIterableIterator<Happening<T>>;
  addEventListener<T extends keyof Details>(
    type: T, listener: ((event: CustomEvent<Details[T]>) => void) | null, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<T extends keyof Details>(
    type: T, listener: ((event: CustomEvent<Details[T]>) => void) | null, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

export interface Pending {
  readonly nonce: string; readonly body: string; readonly author_id?: string; readonly created_at: string;
  readonly state: 'sending' | 'failed'; readonly error?: TincanError;
}

export class Conversation extends EventTarget {
  constructor(client: Client, id: string);
  readonly id: string;
  readonly rev: number;
  readonly loaded: boolean;
  readonly more: boolean;
  readonly gone: boolean;
  readonly messages: readonly Message[];
  readonly pending: readonly Pending[];
  readonly typing: readonly string[];
  open(): Promise<void>;
  older(): Promise<void>;
  sync(): Promise<void>;
  send(body: string, options?: { nonce?: string }): Promise<Message>;
  retry(nonce: string): void;
  discard(nonce: string): void;
  edit(seq: number, body: string): Promise<Message>;
  remove(seq: number): Promise<Message>;
  typed(): void;
  stopTyping(): void;
  close(): void;
}

export function register(url: string | URL, account: { username: string; password: string; display_name?: string }): Promise<Account>;
export function logIn(url: string | URL, account: { username: string; password: string }): Promise<Account>;
export function uuid7(ms?: number): string;
