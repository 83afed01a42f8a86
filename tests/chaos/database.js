// What the database holds of some groups, read as its owner: the truth that the checker compares with.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const queries = {
  conversations: `SELECT json_build_object('id', id, 'group', group_id, 'closed', closed,
      'removed', removed_at IS NOT NULL) FROM conv.conversations WHERE group_id = ANY(:'groups'::uuid[])`,
  heads: `SELECT json_build_object('conversation', conversation_id, 'last_seq', last_seq, 'last_rev', last_rev)
      FROM msg.heads WHERE group_id = ANY(:'groups'::uuid[])`,
  messages: `SELECT json_build_object('conversation', conversation_id, 'seq', seq, 'rev', rev, 'id', id,
      'author', author_id, 'body', body, 'nonce', nonce, 'removed', m.removed_at IS NOT NULL)
      FROM msg.messages m JOIN msg.heads h USING (conversation_id) WHERE h.group_id = ANY(:'groups'::uuid[])
      ORDER BY conversation_id, seq`,
  members: `SELECT json_build_object('group', group_id, 'user', user_id) FROM grp.members
      WHERE group_id = ANY(:'groups'::uuid[])`,
  groups: `SELECT to_json(id) FROM grp.groups WHERE id = ANY(:'groups'::uuid[])`,
  requests: `SELECT json_build_object('group', group_id, 'user', user_id) FROM grp.requests
      WHERE group_id = ANY(:'groups'::uuid[])`,
  participants: `SELECT json_build_object('conversation', conversation_id, 'user', user_id)
      FROM conv.participants p JOIN conv.conversations c ON c.id = p.conversation_id
      JOIN grp.members m USING (group_id, user_id)
      WHERE group_id = ANY(:'groups'::uuid[]) AND p.member_since = (extract(epoch FROM joined_at) * 1000000)::bigint`,
};

/** The rows that a statement gives, each one a JSON text. */
export async function query(databaseUrl, sql, variables = {}) {
  const settings = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const child = run('psql', ['-qXtA', '-v', 'ON_ERROR_STOP=1', ...settings, databaseUrl], { maxBuffer: 1 << 28 });
  child.child.stdin.on('error', () => {}); // a psql that has ended already says itself why
  child.child.stdin.end(sql);
  const { stdout } = await child;
  return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** How many changes of all services JetStream has not acknowledged yet. */
export async function untold(databaseUrl) {
  const schemas = await query(databaseUrl, `SELECT to_json(schemaname) FROM pg_tables WHERE tablename = 'outbox'`);
  const counts = schemas.map((schema) => `SELECT count(*) FROM ${schema}.outbox WHERE acked_seq IS NULL;`);
  return (await query(databaseUrl, counts.join('\n'))).reduce((sum, count) => sum + count, 0);
}

const list = (groups) => ({ groups: `{${groups.join(',')}}` });

/** How much of those groups that are removed is still there. */
export async function unfollowed(databaseUrl, groups) {
  const [count] = await query(databaseUrl, `WITH gone AS (
      SELECT id FROM unnest(:'groups'::uuid[]) AS g (id) WHERE NOT EXISTS (SELECT FROM grp.groups WHERE groups.id = g.id)
    ) SELECT (SELECT count(*) FROM conv.conversations JOIN gone ON gone.id = group_id WHERE removed_at IS NULL)
      + (SELECT count(*) FROM msg.messages JOIN msg.heads USING (conversation_id) JOIN gone ON gone.id = group_id)`, list(groups));
  return count;
}

/** What `queries` has of those groups, and `untold` of all. */
export async function readDatabase(databaseUrl, groups) {
  const tables = { untold: await untold(databaseUrl) };
  for (const [name, sql] of Object.entries(queries)) tables[name] = await query(databaseUrl, sql, list(groups));
  return tables;
}
