/* What the tests of the group store share. */

#include "tests/support/groups.h"

#include <stdlib.h>

#include "services/group/group.h"

static const struct tc_stmt members_seen = {
    .name = "test_members",
    .sql = "SELECT g.member_count, count(m.user_id),"
           "   count(m.user_id) FILTER (WHERE m.user_id = g.owner_id)"
           " FROM grp.groups g LEFT JOIN grp.members m ON m.group_id = g.id"
           " WHERE g.id = $1 GROUP BY g.id",
};
static const struct tc_stmt requests_seen = {
    .name = "test_requests",
    .sql = "SELECT count(*) FROM grp.requests WHERE group_id = $1",
};
static const struct tc_stmt lock_seen = {
    .name = "test_lock",
    .sql = "SELECT xmax <> 0::text::xid FROM grp.groups WHERE id = $1",
};
static const struct tc_stmt many_made = {
    .name = "test_many",
    .sql = "INSERT INTO grp.groups (id, name, description, visibility, owner_id, member_count)"
           " SELECT gen_random_uuid(), $1 || ' ' || lpad(i::text, 5, '0'), '', 'public', $2, 1"
           " FROM generate_series($3::int, $4::int) AS i",
};
static const struct tc_stmt many_dropped = {
    .name = "test_drop",
    .sql = "DELETE FROM grp.groups WHERE owner_id = $1",
};
static const struct tc_stmt joined_set = {
    .name = "test_joined",
    .sql = "UPDATE grp.members SET joined_at = 'epoch'::timestamptz + $3::bigint * interval '1 us'"
           " WHERE group_id = $1 AND user_id = $2 RETURNING user_id",
};
static const struct tc_stmt *const statements[] = {
    &members_seen, &requests_seen, &lock_seen, &many_made, &many_dropped, &joined_set, NULL};

struct tc_db *db;
char ann[TC_ID_SIZE], bob[TC_ID_SIZE], cleo[TC_ID_SIZE], dora[TC_ID_SIZE];
static struct tc_db *aside;

int groups_open(void **state)
{
    (void)state;
    const char *url = getenv("TINCAN_DATABASE_URL_GROUP");
    if (url == NULL)
        return -1;
    db = tc_db_open(url, group_statements);
    aside = tc_db_open(url, statements);
    return tc_db_is_up(db) && tc_db_is_up(aside) ? 0 : -1;
}

int groups_close(void **state)
{
    (void)state;
    tc_db_close(&db);
    tc_db_close(&aside);
    return 0;
}

int groups_begin(void **state)
{
    (void)state;
    tc_id_make(ann);
    tc_id_make(bob);
    tc_id_make(cleo);
    tc_id_make(dora);
    return 0;
}

int groups_end(void **state)
{
    (void)state;
    tc_db_release(db);
    tc_db_release(aside);
    return 0;
}

struct group_info make_group(const char *name, const char *visibility, bool with_bob)
{
    char id[TC_ID_SIZE];
    tc_id_make(id);
    struct group_draft draft = {
        .id = id,
        .name = name,
        .description = "",
        .visibility = visibility,
        .member_ids = (const char *[]){ann, bob},
        .member_count = with_bob ? 2 : 1,
    };
    struct group_info made = {0};
    assert_int_equal(group_store_create(db, &draft, GROUPS_MAX, &made), TC_OK);
    return made;
}

struct group_info join(const char *group_id, const char *user_id)
{
    struct group_info out = {0};
    struct member_pair pair = {group_id, user_id};
    assert_int_equal(member_store_join(db, &pair, 1, GROUPS_MAX, &out), TC_OK);
    return out;
}

struct departure leave(const char *group_id, const char *user_id)
{
    struct departure out = {0};
    struct member_pair pair = {group_id, user_id};
    assert_int_equal(member_store_leave(db, &pair, 1, &out), TC_OK);
    return out;
}

void ask(const char *group_id, const char *user_id)
{
    struct group_info group;
    assert_int_equal(member_store_ask(db, group_id, user_id, GROUPS_MAX, &group), TC_OK);
}

const char *role_of(const char *group_id, const char *user_id)
{
    struct group_info group;
    enum tc_status status = group_store_find(db, group_id, user_id, &group);
    return status == TC_OK ? group.role : "none";
}

void assert_members(const char *group_id, int64_t members)
{
    struct tc_rows *rows = NULL;
    assert_int_equal(tc_db_run_one(aside, &members_seen, TC_ARGS(group_id), &rows), TC_OK);
    assert_int_equal(tc_rows_int(rows, 0, 0), tc_rows_int(rows, 0, 1));
    assert_int_equal(tc_rows_int(rows, 0, 1), members);
    assert_int_equal(tc_rows_int(rows, 0, 2), 1);
}

void assert_requests(const char *group_id, int64_t requests)
{
    struct tc_rows *rows = NULL;
    assert_int_equal(tc_db_run_one(aside, &requests_seen, TC_ARGS(group_id), &rows), TC_OK);
    assert_int_equal(tc_rows_int(rows, 0, 0), requests);
}

bool was_touched(const char *group_id)
{
    struct tc_rows *rows = NULL;
    assert_int_equal(tc_db_run_one(aside, &lock_seen, TC_ARGS(group_id), &rows), TC_OK);
    return tc_rows_bool(rows, 0, 0);
}

void make_groups(const char *mark, int first, int last)
{
    struct tc_rows *rows = NULL;
    struct tc_args args = TC_ARGS(mark, ann, tc_db_int(aside, first), tc_db_int(aside, last));
    assert_int_equal(tc_db_run(aside, &many_made, args, &rows), TC_OK);
}

void drop_groups(void)
{
    struct tc_rows *rows = NULL;
    assert_int_equal(tc_db_run(aside, &many_dropped, TC_ARGS(ann), &rows), TC_OK);
}

void set_joined(const char *group_id, const char *user_id, int64_t us)
{
    struct tc_rows *rows;
    assert_int_equal(
        tc_db_run_one(aside, &joined_set, TC_ARGS(group_id, user_id, tc_db_int(aside, us)), &rows),
        TC_OK);
}
