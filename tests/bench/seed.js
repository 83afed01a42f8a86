// The world that a load plays in, written into the database as the services would have left it.
//
//     node tests/bench/seed.js world=1 rooms=1000 members=10 [users=10000] [messages=0]
//
// with TINCAN_DATABASE_URL of a running stack. All is numbers, so the load client knows every name: in world w user n is
// 01900000-<w>-7001-8000-<n>, with the token bench-<w>-<n>; 7002 are groups, 7003 their one conversation each, 7004
// sessions. Room r has the users r * members and the ones after it, modulo users: with fewer users than places each is
// in several rooms.
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

function statements({ world, rooms, members, users, messages }) {
  const hex = (number, width) => `lpad(to_hex(${number}), ${width}, '0')`;
  const id = (kind, number) => `('01900000-' || ${hex(world, 4)} || '-700${kind}-8000-' || ${hex(number, 12)})::uuid`;
  const token = `'bench-' || ${hex(world, 4)} || '-' || ${hex('n', 32)}`;
  const numbers = (count, name = 'n') => `generate_series(0, ${count - 1}) AS ${name}`;
  return `
    BEGIN;
    INSERT INTO auth.users (id, username, display_name, password)
      SELECT ${id(1, 'n')}, 'bench.${world}.' || n, 'Bench ' || n, 'none' FROM ${numbers(users)};
    INSERT INTO auth.sessions (id, user_id, token_hash, expires_at)
      SELECT ${id(4, 'n')}, ${id(1, 'n')}, sha256((${token})::bytea), now() + interval '30 days' FROM ${numbers(users)};
    INSERT INTO grp.groups (id, name, description, visibility, owner_id, member_count)
      SELECT ${id(2, 'r')}, 'Bench ' || r, '', 'private', ${id(1, `r * ${members} % ${users}`)}, ${members} FROM ${numbers(rooms, 'r')};
    INSERT INTO grp.members (group_id, user_id)
      SELECT ${id(2, 'r')}, ${id(1, `(r * ${members} + m) % ${users}`)} FROM ${numbers(rooms, 'r')}, ${numbers(members, 'm')};
    INSERT INTO conv.groups (group_id, conversations) SELECT ${id(2, 'r')}, 1 FROM ${numbers(rooms, 'r')};
    INSERT INTO conv.conversations (id, group_id, name, topic, owner_id, closed)
      SELECT ${id(3, 'r')}, ${id(2, 'r')}, 'Talk', '', ${id(1, `r * ${members} % ${users}`)}, false FROM ${numbers(rooms, 'r')};
    ${messages > 0 ? history({ rooms, members, users, messages, id, numbers, hex, world }) : ''}
    COMMIT;
    ${messages > 0 ? 'VACUUM ANALYZE; CHECKPOINT' : 'ANALYZE'};`;
}

// In the order in which they would have been written: every conversation goes on at the same time.
const history = ({ rooms, members, users, messages, id, numbers, hex, world }) => `
    INSERT INTO msg.heads (conversation_id, group_id, last_seq, last_rev)
      SELECT ${id(3, 'r')}, ${id(2, 'r')}, ${messages}, ${messages} FROM ${numbers(rooms, 'r')};
    INSERT INTO msg.messages (conversation_id, seq, rev, id, author_id, body)
      SELECT ${id(3, 'r')}, s + 1, s + 1,
        ('01900000-' || ${hex(world, 4)} || '-7005-8000-' || ${hex(`s::bigint * ${rooms} + r`, 12)})::uuid,
        ${id(1, `(r * ${members} + s % ${members}) % ${users}`)}, repeat('lorem ipsum ', 10)
      FROM ${numbers(messages, 's')}, ${numbers(rooms, 'r')};`;

/** Writes a world, and what PostgreSQL would do about it later; what is left out of its description is as above. */
export function seed(databaseUrl, description) {
  const world = { world: 1, rooms: 1, members: 10, messages: 0, ...description };
  world.users ??= world.rooms * world.members;
  execFileSync('psql', ['-qXv', 'ON_ERROR_STOP=1', databaseUrl], { input: statements(world), stdio: ['pipe', 'ignore', 'inherit'] });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const wanted = process.argv.slice(2).map((argument) => argument.split('='));
  seed(process.env.TINCAN_DATABASE_URL, Object.fromEntries(wanted.map(([name, value]) => [name, Number(value)])));
}
