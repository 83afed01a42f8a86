/* The SQL of schema conv (migrations/0030_conv_conversations.sql). */

#include "services/conversation/statements.h"

#include <stddef.h>

#include "shared/service/db.h"

/* Of a table or subquery c, and then the participants, p: what conversation_read expects. */
#define COLUMNS                                                                                    \
    "c.id, c.version, c.group_id, c.name, c.topic, c.owner_id, c.closed,"                          \
    " (extract(epoch FROM c.created_at) * 1000)::bigint"
#define USERS_OF_P "string_agg(p.user_id::text, ' ' ORDER BY p.user_id)"

/* $6 NULL: a conversation of the whole group. */
const struct tc_stmt create_stmt = {
    .name = "conversation_create",
    .writes = true,
    .sql = "WITH room AS ("
           "  INSERT INTO conv.groups AS g (group_id, conversations) VALUES ($2::uuid, 1)"
           "  ON CONFLICT (group_id) DO UPDATE SET conversations = g.conversations + 1"
           "  WHERE g.removed_at IS NULL AND g.conversations < $8::bigint"
           "  RETURNING group_id"
           "), made AS ("
           "  INSERT INTO conv.conversations (id, group_id, name, topic, owner_id, closed)"
           "  SELECT $1::uuid, group_id, $3::text, $4::text, $5::uuid, $6::uuid[] IS NOT NULL"
           "  FROM room RETURNING *"
           "), listed AS ("
           "  INSERT INTO conv.participants (conversation_id, user_id, member_since)"
           "  SELECT made.id, a.user_id, a.since"
           "  FROM made, unnest($6::uuid[], $7::bigint[]) AS a (user_id, since)"
           ")"
           " SELECT " COLUMNS ","
           "  (SELECT " USERS_OF_P " FROM unnest($6::uuid[]) AS p (user_id))"
           " FROM made c",
};

const struct tc_stmt group_is_gone_stmt = {
    .name = "group_is_gone",
    .sql = "SELECT FROM conv.groups WHERE group_id = $1::uuid AND removed_at IS NOT NULL",
};

/* Participants are looked up where there are any. */
const struct tc_stmt find_stmt = {
    .name = "conversation_find",
    .sql = "SELECT c.group_id, c.owner_id, c.version, CASE WHEN c.closed THEN ("
           "   SELECT p.member_since FROM conv.participants p"
           "   WHERE p.conversation_id = c.id AND p.user_id = a.user_id) END, c.closed"
           " FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS a (id, user_id, place)"
           " LEFT JOIN conv.conversations c ON c.id = a.id AND c.removed_at IS NULL"
           " ORDER BY a.place",
};

const struct tc_stmt listings_stmt = {
    .name = "conversation_listings",
    .sql = "SELECT p.member_since,"
           "  (SELECT count(*) FROM conv.participants WHERE conversation_id = $1::uuid)"
           " FROM unnest($2::uuid[]) WITH ORDINALITY AS a (user_id, place)"
           " LEFT JOIN conv.participants p"
           "  ON p.conversation_id = $1::uuid AND p.user_id = a.user_id"
           " ORDER BY a.place",
};

/*
 * The version guards more than the row: a statement that waited for another one
 * sees the row as that one left it, but the listings as they were before. With
 * the version unchanged there was no other one.
 */
const struct tc_stmt change_stmt = {
    .name = "conversation_change",
    .writes = true,
    .sql = "WITH changed AS ("
           "  UPDATE conv.conversations SET version = version + 1,"
           "   name = coalesce($3::text, name), topic = coalesce($4::text, topic)"
           "  WHERE id = $1::uuid AND version = $2::bigint AND removed_at IS NULL RETURNING *"
           "), gone AS ("
           "  DELETE FROM conv.participants p USING changed"
           "  WHERE p.conversation_id = changed.id AND p.user_id = ANY($7::uuid[])"
           "), come AS ("
           "  INSERT INTO conv.participants (conversation_id, user_id, member_since)"
           "  SELECT changed.id, a.user_id, a.since"
           "  FROM changed, unnest($5::uuid[], $6::bigint[]) AS a (user_id, since)"
           "  ON CONFLICT (conversation_id, user_id)"
           "  DO UPDATE SET member_since = excluded.member_since"
           ")"
           " SELECT " COLUMNS ","
           "  (SELECT " USERS_OF_P " FROM"
           "    (SELECT user_id FROM conv.participants"
           "      WHERE conversation_id = c.id AND user_id <> ALL($7::uuid[])"
           "     UNION SELECT unnest($5::uuid[])) AS p (user_id))"
           " FROM changed c",
};

const struct tc_stmt remove_stmt = {
    .name = "conversation_remove",
    .writes = true,
    .sql = "WITH gone AS ("
           "  UPDATE conv.conversations SET name = '', topic = '',"
           "   removed_at = date_trunc('milliseconds', now())"
           "  WHERE id = $1::uuid AND version = $2::bigint AND removed_at IS NULL"
           "  RETURNING id, group_id"
           "), unlisted AS ("
           "  DELETE FROM conv.participants p USING gone WHERE p.conversation_id = gone.id"
           "), room AS ("
           "  UPDATE conv.groups g SET conversations = g.conversations - 1 FROM gone"
           "  WHERE g.group_id = gone.group_id"
           ")"
           " SELECT id FROM gone",
};

/* bytes_before keeps a page of long lists of participants from being read for nothing. */
const struct tc_stmt list_stmt = {
    .name = "conversation_list",
    .sql = "WITH page AS ("
           "  SELECT * FROM conv.conversations c"
           "  WHERE c.group_id = $1::uuid AND c.removed_at IS NULL"
           "  AND (c.created_at, c.id) >"
           "   (timestamptz 'epoch' + $5::bigint * interval '1 millisecond', $6::uuid)"
           "  AND (NOT c.closed OR $3::boolean OR EXISTS"
           "   (SELECT FROM conv.participants p WHERE p.conversation_id = c.id"
           "     AND p.user_id = $2::uuid AND p.member_since = $4::bigint))"
           "  ORDER BY c.created_at, c.id LIMIT $7::bigint + 1"
           "), sized AS ("
           "  SELECT page.*, list.ids, count(*) OVER () AS found,"
           "   sum(octet_length(name) + octet_length(topic) + coalesce(octet_length(list.ids), 0))"
           "    OVER (ORDER BY created_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
           "    AS bytes_before"
           "  FROM page LEFT JOIN LATERAL"
           "   (SELECT " USERS_OF_P " AS ids FROM conv.participants p"
           "     WHERE p.conversation_id = page.id AND page.closed) AS list ON true"
           ")"
           " SELECT " COLUMNS ", c.ids, c.found FROM sized c"
           " WHERE coalesce(c.bytes_before, 0) <= $8::bigint"
           " ORDER BY c.created_at, c.id LIMIT $7::bigint",
};

const struct tc_stmt listings_of_stmt = {
    .name = "listings_of",
    .sql = "SELECT a.place - 1, p.conversation_id, c.group_id, p.member_since"
           " FROM unnest($1::uuid[]) WITH ORDINALITY AS a (user_id, place)"
           " JOIN conv.participants p ON p.user_id = a.user_id"
           " JOIN conv.conversations c ON c.id = p.conversation_id AND c.removed_at IS NULL"
           " ORDER BY a.place, p.conversation_id LIMIT $2::bigint",
};

/*
 * A row for each listing found; it is empty where another change came between
 * (see change_stmt), which leaves that one to the next run.
 */
const struct tc_stmt strike_stmt = {
    .name = "listings_strike",
    .writes = true,
    .sql = "WITH stale AS ("
           "  SELECT c.id, c.version FROM conv.participants p"
           "  JOIN conv.conversations c ON c.id = p.conversation_id"
           "  WHERE p.user_id = $2::uuid AND p.member_since <> $3::bigint"
           "  AND c.group_id = $1::uuid AND c.removed_at IS NULL"
           "  ORDER BY c.id LIMIT $4::bigint"
           "), changed AS ("
           "  UPDATE conv.conversations c SET version = c.version + 1 FROM stale"
           "  WHERE c.id = stale.id AND c.version = stale.version AND c.removed_at IS NULL"
           "  RETURNING c.*"
           "), gone AS ("
           "  DELETE FROM conv.participants p USING changed"
           "  WHERE p.conversation_id = changed.id AND p.user_id = $2::uuid"
           ")"
           " SELECT " COLUMNS ","
           "  (SELECT " USERS_OF_P " FROM conv.participants p"
           "    WHERE p.conversation_id = c.id AND p.user_id <> $2::uuid)"
           " FROM stale LEFT JOIN changed c ON c.id = stale.id ORDER BY stale.id",
};

const struct tc_stmt close_group_stmt = {
    .name = "group_close",
    .untold = true,
    .sql = "INSERT INTO conv.groups AS g (group_id, conversations, removed_at)"
           " VALUES ($1::uuid, 0, now())"
           " ON CONFLICT (group_id) DO UPDATE SET conversations = 0,"
           "  removed_at = coalesce(g.removed_at, excluded.removed_at)",
};

/* A row for each conversation found, as above. */
const struct tc_stmt clear_group_stmt = {
    .name = "group_clear",
    .untold = true,
    .sql = "WITH found AS ("
           "  SELECT id, version FROM conv.conversations"
           "  WHERE group_id = $1::uuid AND removed_at IS NULL ORDER BY id LIMIT $2::bigint"
           "), gone AS ("
           "  UPDATE conv.conversations c SET name = '', topic = '',"
           "   removed_at = date_trunc('milliseconds', now()) FROM found"
           "  WHERE c.id = found.id AND c.version = found.version AND c.removed_at IS NULL"
           "  RETURNING c.id"
           "), unlisted AS ("
           "  DELETE FROM conv.participants p USING gone WHERE p.conversation_id = gone.id"
           ")"
           " SELECT id FROM found",
};

const struct tc_stmt *const conversation_statements[] = {
    &create_stmt, &group_is_gone_stmt, &find_stmt,        &listings_stmt,
    &change_stmt, &remove_stmt,        &list_stmt,        &listings_of_stmt,
    &strike_stmt, &close_group_stmt,   &clear_group_stmt, NULL,
};
