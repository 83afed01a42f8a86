/*
 * Every statement of the group service, on the tables of migrations/0020_grp_groups.sql.
 *
 * What changes a group, its members or its requests locks the row of the group
 * first, several of them by id: so nothing of one group ever changes beneath
 * another change to it, member_count is always the number of its rows, and
 * nobody deadlocks. Rows that were there when the statement began may be gone
 * once it has that lock: a condition on them is one on locked rows. The group's
 * own new values are made of the locked row too, since an UPDATE checks its
 * constraints before it finds out that the row it began with is an old one.
 */

#include "services/group/statements.h"

#include "services/group/group.h"
#include "shared/service/db.h"

/* In microseconds, which a float has exactly until 2106, and sooner than extract its numeric. */
#define SINCE "(date_part('epoch', m.joined_at) * 1000000)::bigint"

/* What group_read expects, in this order; then come the role, and a listing's name_key. */
#define CREATED_AT "(extract(epoch FROM g.created_at) * 1000)::bigint"
#define GROUP                                                                                      \
    "g.id, g.version, g.name, g.description, g.visibility, g.owner_id, "                           \
    "g.member_count, " CREATED_AT

/*
 * What the asker, $1, is to g. Looked up for each group by itself: a join would
 * let the planner read all of a group's members, or all of a user's groups.
 */
#define ROLE                                                                                       \
    "CASE WHEN g.owner_id = $1 THEN 'owner'"                                                       \
    " WHEN (SELECT true FROM grp.members z WHERE z.group_id = g.id AND z.user_id = $1)"            \
    " THEN 'member'"                                                                               \
    " WHEN (SELECT true FROM grp.requests z WHERE z.group_id = g.id AND z.user_id = $1)"           \
    " THEN 'requested' ELSE 'none' END"

/* Likewise what a.user_id is to the group $1. */
#define A_IS_MEMBER                                                                                \
    "coalesce((SELECT true FROM grp.members z"                                                     \
    "          WHERE z.group_id = $1 AND z.user_id = a.user_id), false)"
#define A_IS_ASKING                                                                                \
    "coalesce((SELECT true FROM grp.requests z"                                                    \
    "          WHERE z.group_id = $1 AND z.user_id = a.user_id), false)"

/*
 * In how many groups a.user_id is. Not behind a lock of his own, which joining
 * several groups at once by way of several processes may use to get a few more.
 */
#define GROUPS_OF_A                                                                                \
    "(SELECT count(*) FROM grp.members x JOIN grp.groups y ON y.id = x.group_id"                   \
    " WHERE x.user_id = a.user_id)"

const struct tc_stmt create_stmt = {
    .name = "create",
    .writes = true,
    .sql = "WITH g AS ("
           "  INSERT INTO grp.groups"
           "    (id, name, description, visibility, owner_id, member_count)"
           "  SELECT $1::uuid, $2, $3, $4, ($5::uuid[])[1], cardinality($5::uuid[])"
           "  WHERE NOT EXISTS (SELECT FROM unnest($5::uuid[]) AS a (user_id)"
           "                    WHERE " GROUPS_OF_A " >= $6)"
           "  RETURNING *"
           "), m AS ("
           "  INSERT INTO grp.members (group_id, user_id)"
           "  SELECT g.id, a.user_id FROM g, unnest($5::uuid[]) WITH ORDINALITY AS a (user_id, n)"
           "  ORDER BY a.n"
           ")"
           " SELECT " GROUP ", 'owner' FROM g",
};

const struct tc_stmt find_stmt = {
    .name = "find",
    .sql = "SELECT * FROM ("
           "  SELECT " GROUP ", " ROLE " AS role FROM grp.groups g WHERE g.id = $2"
           ") AS g WHERE g.visibility <> 'hidden' OR g.role IN ('owner', 'member')",
};

/*
 * $7 are added, $8 have to be asking to join, $9 are removed. Each list is taken
 * as it is or nothing is done; one who has become a member only just now breaks
 * the primary key, which undoes everything.
 */
const struct tc_stmt edit_stmt = {
    .name = "edit",
    .writes = true,
    .sql = "WITH g AS MATERIALIZED ("
           "  SELECT * FROM grp.groups WHERE id = $1 AND owner_id = $2 FOR NO KEY UPDATE"
           "), leaving AS MATERIALIZED ("
           "  SELECT m.user_id FROM g JOIN grp.members m ON m.group_id = g.id"
           "  WHERE m.user_id = ANY ($9::uuid[]) FOR UPDATE OF m"
           "), asking AS MATERIALIZED ("
           "  SELECT r.user_id FROM g JOIN grp.requests r ON r.group_id = g.id"
           "  WHERE r.user_id = ANY ($8::uuid[]) FOR UPDATE OF r"
           "), heir AS MATERIALIZED ("
           "  SELECT m.user_id FROM g JOIN grp.members m ON m.group_id = g.id"
           "  WHERE m.user_id = $6::uuid FOR UPDATE OF m"
           "), ok AS MATERIALIZED ("
           "  SELECT g.* FROM g"
           "  WHERE (SELECT count(*) FROM leaving) = cardinality($9::uuid[])"
           "    AND (SELECT count(*) FROM asking) = cardinality($8::uuid[])"
           "    AND ($6::uuid IS NULL OR $6::uuid = ANY ($7::uuid[]) OR EXISTS (SELECT FROM heir))"
           "    AND NOT EXISTS ("
           "      SELECT FROM unnest($7::uuid[]) AS a (user_id)"
           "      WHERE " A_IS_MEMBER " OR " GROUPS_OF_A " >= $10)"
           "), gone AS ("
           "  DELETE FROM grp.members m USING ok, leaving"
           "  WHERE m.group_id = ok.id AND m.user_id = leaving.user_id"
           "), come AS ("
           "  INSERT INTO grp.members (group_id, user_id)"
           "  SELECT ok.id, a.user_id FROM ok, unnest($7::uuid[]) WITH ORDINALITY AS a (user_id, n)"
           "  ORDER BY a.n"
           "), heard AS ("
           "  DELETE FROM grp.requests r USING ok WHERE r.group_id = ok.id"
           "    AND (r.user_id = ANY ($7::uuid[]) OR r.user_id = ANY ($8::uuid[]))"
           "), changed AS ("
           "  UPDATE grp.groups u SET"
           "    version = ok.version + 1,"
           "    name = coalesce($3, ok.name),"
           "    description = coalesce($4, ok.description),"
           "    visibility = coalesce($5, ok.visibility),"
           "    owner_id = coalesce($6::uuid, ok.owner_id),"
           "    member_count ="
           "      ok.member_count + cardinality($7::uuid[]) - cardinality($9::uuid[])"
           "  FROM ok WHERE u.id = ok.id RETURNING u.*"
           ")"
           " SELECT " GROUP ", CASE WHEN g.owner_id = $2 THEN 'owner' ELSE 'member' END"
           " FROM changed g",
};

/* Members and requests go later (drop_members, drop_requests); without the group they are none. */
const struct tc_stmt remove_stmt = {
    .name = "remove",
    .writes = true,
    .sql = "DELETE FROM grp.groups WHERE id = $1 AND owner_id = $2 RETURNING id",
};

const struct tc_stmt beginnings_stmt = {
    .name = "beginnings",
    .sql = "SELECT grp.beginnings($1)",
};

/* $1 asks; the page begins behind ($2, $3) and has $4 groups; $5 are the words to find. */
#define BEHIND " (g.name_key, g.id) > ($2, $3::uuid)"
#define IN_ORDER " ORDER BY g.name_key, g.id LIMIT $4"
#define FOUND " ($5::tsquery IS NULL OR g.words @@ $5::tsquery)"
#define OWN                                                                                        \
    "SELECT g.* FROM grp.members w JOIN grp.groups g ON g.id = w.group_id"                         \
    " WHERE w.user_id = $1 AND" BEHIND " AND" FOUND
#define OWN_HIDDEN OWN " AND g.visibility = 'hidden'"
#define SHOW_PAGE " SELECT " GROUP ", " ROLE ", g.name_key FROM page g" IN_ORDER

/* What anyone may see, and those of one's own that only members may. */
const struct tc_stmt list_all_stmt = {
    .name = "list_all",
    .sql = "WITH page AS ("
           "  (SELECT g.* FROM grp.groups g WHERE g.visibility <> 'hidden' AND" BEHIND IN_ORDER
           "  ) UNION ALL (" OWN_HIDDEN IN_ORDER "))" SHOW_PAGE,
};

/*
 * Where few are found, they are put into order; where many are, the first ones
 * are not far when looked for in that order, which is what the bare function,
 * unlike its operator, makes of it. Each way alone could take for ever.
 */
#define FEW "5000"

const struct tc_stmt list_found_stmt = {
    .name = "list_found",
    .sql = "WITH found AS MATERIALIZED ("
           "  SELECT g.id, g.name_key FROM grp.groups g"
           "  WHERE g.visibility <> 'hidden' AND g.words @@ $5::tsquery LIMIT " FEW " + 1"
           "), few AS MATERIALIZED (SELECT count(*) <= " FEW " AS yes FROM found"
           "), first AS MATERIALIZED ("
           "  (SELECT g.id FROM found g WHERE (SELECT yes FROM few) AND" BEHIND IN_ORDER
           "  ) UNION ALL ("
           "  SELECT g.id FROM grp.groups g WHERE NOT (SELECT yes FROM few)"
           "    AND g.visibility <> 'hidden' AND ts_match_vq(g.words, $5::tsquery)"
           "    AND" BEHIND IN_ORDER ")"
           "), page AS ("
           "  (SELECT g.* FROM first JOIN grp.groups g ON g.id = first.id"
           "  ) UNION ALL (" OWN_HIDDEN IN_ORDER "))" SHOW_PAGE,
};

const struct tc_stmt list_mine_stmt = {
    .name = "list_mine",
    .sql = "WITH page AS (" OWN IN_ORDER ")" SHOW_PAGE,
};

/*
 * The pairs of a batch, ($1[n], $2[n]). Of their groups those are locked in which
 * there is something to do: a lock costs a commit, and who may not know of a
 * group must not learn of it by the time that takes.
 */
#define PAIRS                                                                                      \
    "a AS MATERIALIZED ("                                                                          \
    "  SELECT * FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS a (group_id, user_id, n)"   \
    ")"
#define PAIRS_IN(table)                                                                            \
    "(SELECT x.group_id FROM unnest($1::uuid[], $2::uuid[]) AS p (group_id, user_id)"              \
    " JOIN grp." table " x ON x.group_id = p.group_id AND x.user_id = p.user_id)"

const struct tc_stmt join_stmt = {
    .name = "join",
    .writes = true,
    .sql = "WITH " PAIRS ", g AS MATERIALIZED ("
           "  SELECT * FROM grp.groups WHERE id = ANY ($1::uuid[]) AND visibility = 'public'"
           "  ORDER BY id FOR NO KEY UPDATE"
           "), m AS ("
           "  INSERT INTO grp.members (group_id, user_id)"
           "  SELECT a.group_id, a.user_id FROM a JOIN g ON g.id = a.group_id"
           "  WHERE " GROUPS_OF_A " < $3"
           "  ORDER BY a.n"
           "  ON CONFLICT DO NOTHING RETURNING group_id, user_id"
           "), heard AS ("
           "  DELETE FROM grp.requests r USING m"
           "  WHERE r.group_id = m.group_id AND r.user_id = m.user_id"
           "), sums AS MATERIALIZED ("
           "  SELECT group_id, count(*) AS n FROM m GROUP BY group_id"
           "), changed AS ("
           "  UPDATE grp.groups u SET member_count = g.member_count + sums.n"
           "  FROM sums JOIN g ON g.id = sums.group_id WHERE u.id = g.id RETURNING u.*"
           ")"
           " SELECT " GROUP ", 'member', a.n - 1"
           " FROM m JOIN a USING (group_id, user_id) JOIN changed g ON g.id = m.group_id",
};

/*
 * The version is compared to the one that the statement saw at first: if it has
 * waited for an edit, which may have made a member of this user, nothing is done.
 */
const struct tc_stmt ask_stmt = {
    .name = "ask",
    .writes = true,
    .sql = "WITH g AS MATERIALIZED ("
           "  SELECT * FROM grp.groups WHERE id = $1 AND visibility = 'private' FOR SHARE"
           "), asked AS ("
           "  INSERT INTO grp.requests (group_id, user_id)"
           "  SELECT g.id, a.user_id FROM g, (VALUES ($2::uuid)) AS a (user_id)"
           "  WHERE g.version = (SELECT version FROM grp.groups WHERE id = $1)"
           "    AND NOT " A_IS_MEMBER " AND " GROUPS_OF_A " < $3"
           "  ON CONFLICT DO NOTHING RETURNING group_id"
           ")"
           " SELECT " GROUP ", 'requested' FROM g JOIN asked ON asked.group_id = g.id",
};

#define MEMBERS_LEAVING PAIRS_IN("members")
#define ASKERS_LEAVING PAIRS_IN("requests")

const struct tc_stmt leave_stmt = {
    .name = "leave",
    .writes = true,
    .sql = "WITH " PAIRS ", g AS MATERIALIZED ("
           "  SELECT g.* FROM grp.groups g WHERE g.id = ANY ($1::uuid[])"
           "    AND (g.id IN " MEMBERS_LEAVING " OR g.id IN " ASKERS_LEAVING ")"
           "  ORDER BY g.id FOR NO KEY UPDATE OF g"
           "), gone AS ("
           "  DELETE FROM grp.members m USING a, g"
           "  WHERE g.id = a.group_id AND g.owner_id <> a.user_id"
           "    AND m.group_id = a.group_id AND m.user_id = a.user_id"
           "  RETURNING m.group_id, m.user_id"
           "), withdrawn AS ("
           "  DELETE FROM grp.requests r USING a, g WHERE g.id = a.group_id"
           "    AND r.group_id = a.group_id AND r.user_id = a.user_id"
           "  RETURNING r.group_id, r.user_id"
           "), sums AS MATERIALIZED ("
           "  SELECT group_id, count(*) AS n FROM gone GROUP BY group_id"
           "), changed AS ("
           "  UPDATE grp.groups u SET member_count = g.member_count - sums.n"
           "  FROM sums JOIN g ON g.id = sums.group_id WHERE u.id = g.id"
           ")"
           " SELECT a.n - 1, m.user_id IS NOT NULL, r.user_id IS NOT NULL,"
           "   g.id, g.owner_id, g.member_count"
           " FROM a JOIN g ON g.id = a.group_id"
           " LEFT JOIN gone m ON m.group_id = a.group_id AND m.user_id = a.user_id"
           " LEFT JOIN withdrawn r ON r.group_id = a.group_id AND r.user_id = a.user_id",
};

const struct tc_stmt standings_stmt = {
    .name = "standings",
    .sql = "SELECT " A_IS_MEMBER ", " A_IS_ASKING ", " GROUPS_OF_A
           " FROM unnest($2::uuid[]) WITH ORDINALITY AS a (user_id, n) ORDER BY a.n",
};

/* The page begins behind ($2 microseconds, $3) and has $4 rows. */
#define BY_TIME(table, time)                                                                       \
    "SELECT user_id, (extract(epoch FROM " time ") * 1000000)::bigint FROM grp." table             \
    " WHERE group_id::text COLLATE \"C\" = $1 AND (" time ", user_id) >"                           \
    "   (timestamptz 'epoch' + $2::bigint * interval '1 microsecond', $3::uuid)"                   \
    " ORDER BY " time ", user_id LIMIT $4"

const struct tc_stmt members_stmt = {
    .name = "members",
    .sql = BY_TIME("members", "joined_at"),
};

const struct tc_stmt requests_stmt = {
    .name = "requests",
    .sql = BY_TIME("requests", "requested_at"),
};

/* Materialized, or each mention of joined_at below would look it up again. */
const struct tc_stmt facts_stmt = {
    .name = "facts",
    .sql = "WITH m AS MATERIALIZED ("
           "  SELECT a.n, a.user_id, g.owner_id, g.visibility, g.member_count,"
           "    (SELECT z.joined_at FROM grp.members z"
           "     WHERE z.group_id = g.id AND z.user_id = a.user_id) AS joined_at"
           "  FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS a (group_id, user_id, n)"
           "  LEFT JOIN grp.groups g ON g.id = a.group_id"
           " )"
           " SELECT CASE WHEN m.joined_at IS NULL THEN 'none'"
           "   WHEN m.owner_id = m.user_id THEN 'owner' ELSE 'member' END, " SINCE ","
           "   CASE WHEN m.visibility <> 'hidden' OR m.joined_at IS NOT NULL"
           "     THEN m.member_count ELSE 0 END"
           " FROM m ORDER BY m.n",
};

const struct tc_stmt memberships_stmt = {
    .name = "memberships",
    .sql = "SELECT a.n - 1, m.group_id, " SINCE
           " FROM unnest($1::uuid[]) WITH ORDINALITY AS a (user_id, n)"
           " LEFT JOIN (grp.members m JOIN grp.groups g ON g.id = m.group_id)"
           "   ON m.user_id = a.user_id"
           " ORDER BY a.n, m.group_id LIMIT $2",
};

const struct tc_stmt drop_requests_stmt = {
    .name = "drop_requests",
    .writes = true,
    .sql = "DELETE FROM grp.requests WHERE group_id = $1"
           "   AND user_id IN (SELECT user_id FROM grp.requests WHERE group_id = $1 LIMIT $2)"
           "   AND NOT EXISTS (SELECT FROM grp.groups WHERE id = $1 AND visibility <> 'hidden')"
           " RETURNING user_id",
};

const struct tc_stmt drop_members_stmt = {
    .name = "drop_members",
    .untold = true,
    .sql = "WITH gone AS ("
           "  DELETE FROM grp.members WHERE group_id = $1"
           "    AND user_id IN (SELECT user_id FROM grp.members WHERE group_id = $1 LIMIT $2)"
           "    AND NOT EXISTS (SELECT FROM grp.groups WHERE id = $1)"
           "  RETURNING user_id"
           ") SELECT count(*) FROM gone",
};

const struct tc_stmt *const group_statements[] = {
    &create_stmt,      &find_stmt,          &edit_stmt,         &remove_stmt,   &beginnings_stmt,
    &list_all_stmt,    &list_found_stmt,    &list_mine_stmt,    &join_stmt,     &ask_stmt,
    &leave_stmt,       &standings_stmt,     &members_stmt,      &requests_stmt, &facts_stmt,
    &memberships_stmt, &drop_requests_stmt, &drop_members_stmt, NULL,
};
