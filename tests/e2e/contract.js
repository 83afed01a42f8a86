// What docs/asyncapi.yaml says of requests, answers and events, and what is wrong with a frame.
import { contract, judge, resolve } from './documents.js';

const { messages } = contract.channels.websocket;
const keyOf = ({ $ref }) => $ref.slice($ref.lastIndexOf('/') + 1);

/** A schema and those that it adds to. */
const layers = (schema) => [schema, ...(schema.allOf ?? []).flatMap((each) => layers(resolve(contract, each)))];
const requires = (message, name) => layers(message.payload).some(({ required = [] }) => required.includes(name));
const allows = (message, name) => layers(message.payload).some(({ properties = {} }) => name in properties);

/** Each request with the types of its answers and of its failure, and whether it is `quiet`: needs no id. */
export const operations = Object.fromEntries(Object.values(contract.operations)
  .filter(({ action, channel }) => action === 'receive' && keyOf(channel) === 'websocket')
  .map(({ messages: [asked], reply }) => {
    const replies = reply.messages.map((each) => messages[keyOf(each)]);
    const failed = (message) => requires(message, 'error');
    return [messages[keyOf(asked)].name, {
      answers: replies.filter((message) => !failed(message)).map(({ name }) => name),
      failure: replies.find(failed)?.name,
      quiet: !requires(messages[keyOf(asked)], 'id'),
    }];
  })
  .filter(([, { failure }]) => failure !== undefined)); // a ping cannot fail

/** How a frame came: an answer, a failed answer, or of itself. */
export function formOf(frame) {
  if (frame.re === undefined) return 'event';
  return frame.error === undefined ? 'answer' : 'failure';
}

function formsOf(message) {
  const answer = requires(message, 'error') ? 'failure' : 'answer';
  if (!allows(message, 're')) return ['event'];
  return requires(message, 're') ? [answer] : [answer, 'event'];
}

const requests = new Map();
const told = new Map();
for (const [key, message] of Object.entries(messages)) {
  if (allows(message, 'id')) requests.set(message.name, key);
  else for (const form of formsOf(message)) told.set(`${message.name} ${form}`, key);
}

/** Server messages of which a client hears, with the form each comes in. */
export const serverMessages = [...told.keys()];

const exactly = judge(contract, { exact: true });
const openly = judge(contract, { exact: false });
const payload = (key) => ['channels', 'websocket', 'messages', key, 'payload'];

/** Every complaint about one server message; none when it is as the protocol says. */
export function complaintsAbout(frame) {
  const key = told.get(`${frame.type} ${formOf(frame)}`);
  if (key === undefined) return [`${frame.type} is not known as ${formOf(frame)}`];
  return exactly(payload(key), frame).map((complaint) => `${frame.type}${complaint}`);
}

const complaints = [];
process.on('exit', () => {
  if (complaints.length === 0) return;
  console.error('Frames that are not as the protocol says:', complaints);
  process.exitCode = 1;
});

/** Fails the run, at its end, for what is wrong with a frame. */
export function complain(frame, wrong) {
  if (wrong.length > 0) complaints.push({ wrong, frame: JSON.stringify(frame).slice(0, 500) });
}

/** A server message, which must be as the protocol says. */
export function judged(frame) {
  complain(frame, complaintsAbout(frame));
  return frame;
}

// A null for an optional field is leaving it out.
const withoutNulls = (value) => JSON.parse(JSON.stringify(value, (_, each) => (each === null ? undefined : each)));

/** What its schema finds wrong in a request. */
function faultsOf(request) {
  const key = requests.get(request.type);
  if (key === undefined) return [`there is no request ${request.type}`];
  return openly(payload(key), withoutNulls(request)).map((fault) => `${request.type}${fault}`);
}

// What no schema can say of a field: whether the server made this cursor, and the time of a nonce.
const beyond = ['cursor', 'nonce'];
const { Name, Text, Body, PageSize, UserNames } = contract.components.schemas;

/** What is wrong with a request as to its schema, now that it has had this answer from a server with these limits. */
export function complaintsAboutRequest(request, { error }, limits) {
  const faults = faultsOf(request);
  if (error === undefined) return faults.map((fault) => `it succeeded, but ${fault}`);
  const usual = limits.name === Name.maxLength && limits.description === Text.maxLength && limits.body === Body.maxLength
    && limits.page === PageSize.maximum && limits.list_items === UserNames.maxItems;
  const missed = error.code === 'invalid_field' && faults.length === 0 && !beyond.includes(error.field) && usual;
  return missed ? [`its schema finds nothing wrong with ${error.field}`] : [];
}

/** The events that other backends hear, by type. */
export const publishedEvents = new Map(['events', 'signals'].flatMap((channel) =>
  Object.entries(contract.channels[channel].messages).map(([key, message]) => {
    const path = message.$ref ? payload(keyOf(message)) : ['channels', channel, 'messages', key, 'payload'];
    return [resolve(contract, message).name, { channel, path }];
  })));

/** What is wrong with an event as other backends hear it, and with its subject. */
export function complaintsAboutEvent(subject, event) {
  const known = publishedEvents.get(event.type);
  if (known === undefined) return [`${event.type} is not known on ${subject}`];
  const { address, parameters } = contract.channels[known.channel];
  const tokens = subject.split('.');
  const wrong = address.split('.').filter((token, i) => {
    const parameter = parameters[token.slice(1, -1)];
    if (parameter === undefined) return token !== tokens[i];
    return parameter.enum ? !parameter.enum.includes(tokens[i]) : !tokens[i];
  });
  const verbs = [event.type.replace('/', '.'), event.type.replace('group/', 'member.')];
  if (!verbs.includes(tokens.slice(5).join('.'))) wrong.push(event.type);
  return [...wrong.map((token) => `${token} in ${subject}`), ...exactly(known.path, event)];
}
