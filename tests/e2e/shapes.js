// The shape of every server message. support.js holds each frame it receives against them.
import { codes, httpCodes } from './operations.js';

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// A shape is a function (value, path, say): it calls say(complaint) for each thing that is wrong.
const is = (what, test) => (value, path, say) => {
  if (!test(value)) say(`${path} is not ${what}: ${JSON.stringify(value)}`);
};
const string = is('a string', (v) => typeof v === 'string');
const flag = is('true', (v) => v === true);
const boolean = is('a boolean', (v) => typeof v === 'boolean');
const count = is('an integer from 0', (v) => Number.isSafeInteger(v) && v >= 0);
const number = is('an integer from 1', (v) => Number.isSafeInteger(v) && v >= 1);
const id = is('a UUIDv7', (v) => typeof v === 'string' && uuid7.test(v));
const time = is('a time', (v) => typeof v === 'string' && utc.test(v));
const oneOf = (...values) => is(`one of ${values}`, (v) => values.includes(v));
const username = is('a user name', (v) => /^[a-z0-9_.-]{3,32}$/.test(v));

const optional = (shape) => Object.assign((...args) => shape(...args), { optional: true });

const list = (item) => (value, path, say) => {
  if (!Array.isArray(value)) return say(`${path} is not a list`);
  value.forEach((v, i) => item(v, `${path}.${i}`, say));
};

const object = (fields) => (value, path, say) => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return say(`${path} is not an object`);
  for (const [name, shape] of Object.entries(fields)) {
    if (name in value) shape(value[name], `${path}.${name}`, say);
    else if (!shape.optional) say(`${path}.${name} is missing`);
  }
  for (const name of Object.keys(value)) {
    if (!(name in fields)) say(`${path}.${name} is not in the protocol`);
  }
};

export const user = object({ id, username, display_name: string, created_at: time });

const groupFields = {
  id, version: number, name: string, description: string, visibility: oneOf('public', 'private', 'hidden'),
  owner_id: id, member_count: number, created_at: time,
};
const group = object(groupFields);
const groupWithRole = object({ ...groupFields, role: oneOf('owner', 'member', 'requested', 'none') });

const conversation = object({
  id, version: number, group_id: id, name: string, topic: string, owner_id: id,
  audience: oneOf('group', 'participants'), participant_ids: optional(list(id)), created_at: time,
});

const messageFields = {
  id, conversation_id: id, seq: number, rev: number, author_id: id, body: optional(string), created_at: time,
  edited_at: optional(time), removed_at: optional(time),
};
const message = object(messageFields);
const newMessage = object({ ...messageFields, nonce: optional(id) });

export const error = object({
  code: oneOf(...codes, ...httpCodes), message: string, field: optional(string), retry_after_ms: optional(count),
});

const limits = (value, path, say) => {
  const names = [
    'frame_bytes', 'name', 'description', 'body', 'list_items', 'participants', 'page', 'big_group', 'groups',
    'conversations', 'connections', 'requests_per_s', 'requests_burst', 'in_flight', 'typing_per_s', 'unsent_bytes',
    'login_failures_name_address', 'login_failures_name', 'login_failures_address', 'registrations_per_minute',
  ];
  object(Object.fromEntries(names.map((name) => [name, number])))(value, path, say);
};

const member = object({ user, role: oneOf('owner', 'member'), joined_at: time });
const request = object({ user, requested_at: time });
const head = object({ conversation_id: id, last_seq: count, last_rev: count });
const news = object({
  conversation_id: id, messages: optional(list(message)), rev: optional(count), more: optional(boolean),
  reset: optional(flag), gone: optional(flag),
});
const typing = object({ conversation_id: id, user_id: id });
const session = object({ id, expires_at: time });

/** Each server message's `data`: in an answer, and in an event. */
const data = {
  'session/ready': { event: object({ user, session, limits, level: number, server_time: time }) },
  'user/view-response': { answer: object({ users: list(user) }) },
  'group/created': { answer: object({ group: groupWithRole }), event: object({ group }) },
  'group/edited': { answer: object({ group: groupWithRole }), event: object({ group }) },
  'group/list-response': { answer: object({ groups: list(groupWithRole), cursor: optional(string) }) },
  'group/view-response': {
    answer: object({
      group: groupWithRole, members: optional(list(member)), requests: optional(list(request)),
      cursor: optional(string),
    }),
  },
  'group/joined': { answer: object({ group: groupWithRole, user }), event: object({ group, user }) },
  'group/join-requested': { answer: object({ group: groupWithRole, user }), event: object({ group, user }) },
  'group/left': { answer: object({ group_id: id, user }), event: object({ group_id: id, user }) },
  'group/removed': { answer: object({ group_id: id }), event: object({ group_id: id }) },
  'conversation/created': { answer: object({ conversation }), event: object({ conversation }) },
  'conversation/edited': { answer: object({ conversation }), event: object({ conversation }) },
  'conversation/list-response': { answer: object({ conversations: list(conversation), cursor: optional(string) }) },
  'conversation/removed': {
    answer: object({ conversation_id: id, group_id: id }), event: object({ conversation_id: id, group_id: id }),
  },
  'conversation/type-start': { event: typing },
  'conversation/type-end': { event: typing },
  'message/created': {
    answer: object({ message: newMessage, duplicate: optional(flag) }), event: object({ message: newMessage }),
  },
  'message/edited': { answer: object({ message }), event: object({ message }) },
  'message/removed': { answer: object({ message }), event: object({ message }) },
  'message/list-response': { answer: object({ messages: list(message), more: boolean }) },
  'message/heads-response': { answer: object({ heads: list(head) }) },
  'message/sync-response': { answer: object({ conversations: list(news) }) },
};

/** Server messages of which a client hears, with the form each comes in. */
export const serverMessages = [
  ...Object.entries(data).flatMap(([type, forms]) => Object.keys(forms).map((form) => `${type} ${form}`)),
  ...['group/create', 'group/edit', 'group/leave', 'group/remove', 'conversation/create', 'conversation/edit',
    'conversation/remove', 'message/create', 'message/edit', 'message/remove'].map((type) => `${type}-failed failure`),
  ...['user/view', 'group/list', 'group/view', 'conversation/list', 'message/list', 'message/heads',
    'message/sync'].map((type) => `${type}-response failure`),
  'group/join-failed failure', 'group/join-failed event', 'error failure', 'error event', 'pong answer', 'pong event',
];

/** How a frame came: an answer, a failed answer, or of itself. */
export function formOf(frame) {
  if (frame.re === undefined) return 'event';
  return frame.error === undefined ? 'answer' : 'failure';
}

function shapeOf(frame) {
  const head = { type: string, re: optional(string) };
  const form = formOf(frame);
  if (frame.type === 'pong') return object(head);
  if (frame.type === 'session/resync') return object({ type: string });
  if (frame.type === 'error') return object({ ...head, error });
  if (frame.type === 'group/join-failed' && form === 'event') {
    return object({ type: string, data: object({ group_id: id }), error });
  }
  if (form === 'failure') return object({ ...head, error });
  return object({ ...head, data: data[frame.type]?.[form] ?? is(`known as ${frame.type} ${form}`, () => false) });
}

// What a shape alone cannot say of a message and a conversation.
function consistent(frame, say) {
  const { message: m, conversation: c, messages = [], conversations = [] } = frame.data ?? {};
  const told = conversations.flatMap((each) => each.messages ?? []);
  for (const each of [...messages, ...told, ...(m ? [m] : [])]) {
    if (('body' in each) === ('removed_at' in each)) say(`message ${each.seq} has a body or was removed, not both`);
  }
  for (const each of [...conversations, ...(c ? [c] : [])]) {
    if (('participant_ids' in each) !== (each.audience === 'participants')) say(`participant_ids of a ${each.audience}`);
  }
}

/** Every complaint about one server message; none when it is as the protocol says. */
export function complaintsAbout(frame) {
  const complaints = [];
  const say = (complaint) => complaints.push(complaint);
  const isFailure = serverMessages.includes(`${frame.type} failure`);
  if (frame.re !== undefined && frame.error !== undefined && !isFailure) say(`${frame.type} cannot fail`);
  shapeOf(frame)(frame, frame.type, say);
  consistent(frame, say);
  return complaints;
}
