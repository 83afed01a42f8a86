// What docs/openapi.yaml says of answers, and what is wrong with one.
import { http, judge, resolve } from './documents.js';

const exactly = judge(http, { exact: true });

/** Every operation of HTTP: its method, path, and the statuses that are named for it. */
export const routes = Object.entries(http.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { responses }]) => ({
    method: method.toUpperCase(), path, statuses: Object.keys(responses).filter((status) => status !== 'default').map(Number),
  })));

/** Which answers have come, as `GET /ws 101`. */
export const answered = new Set();

function bodyComplaints(response, answer) {
  const types = Object.keys(response.content ?? {});
  const type = (answer.headers['content-type'] ?? '').split(';')[0];
  if (types.length === 0) return answer.text ? ['it has a body'] : [];
  if (!types.includes(type)) return [`it came as ${type}`];
  if (type !== 'application/json') return [];
  const { $ref } = response.content[type].schema;
  return exactly($ref.slice(2).split('/'), JSON.parse(answer.text));
}

function headerComplaints(response, { headers }) {
  return Object.keys(response.headers ?? {}).filter((name) => !(name.toLowerCase() in headers)).map((name) => `it has no ${name}`);
}

/** Every complaint about the answer `{status, headers, text}` to a request of `method` to a route at `path`. */
export function complaintsAboutAnswer(method, path, answer) {
  const methods = http.paths[path];
  if (methods === undefined) return [];
  // A method that a route does not have gets the 405 that those have which it has.
  const { responses } = methods[method.toLowerCase()] ?? Object.values(methods)[0];
  const response = resolve(http, responses[answer.status] ?? responses.default);
  answered.add(`${method} ${path} ${answer.status}`);
  return [...headerComplaints(response, answer), ...bodyComplaints(response, answer)]
    .map((complaint) => `${method} ${path}: ${answer.status}: ${complaint}`);
}
