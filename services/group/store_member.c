/* Who is in a group, and who asks to be; every statement is in statements.c. */

#include "services/group/store_member.h"

#include <assert.h>

#include "services/group/rows.h"
#include "services/group/statements.h"
#include "shared/service/db.h"

/* Runs a statement on the pairs as two arrays, and a third argument where there is one. */
static enum tc_status run_pairs(struct tc_db *db, const struct tc_stmt *stmt,
                                const struct member_pair *pairs, size_t count, const char *third,
                                struct tc_rows **out)
{
    const char *groups[MEMBER_BATCH_MAX], *users[MEMBER_BATCH_MAX];
    assert(count <= MEMBER_BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        groups[i] = pairs[i].group_id;
        users[i] = pairs[i].user_id;
    }
    struct tc_args args =
        TC_ARGS(tc_db_array(db, groups, count), tc_db_array(db, users, count), third);
    args.count = third != NULL ? 3 : 2;
    return tc_db_run(db, stmt, args, out);
}

enum tc_status member_store_join(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                 int64_t groups_max, struct group_info *out)
{
    struct tc_rows *rows;
    enum tc_status status =
        run_pairs(db, &join_stmt, pairs, count, tc_db_int(db, groups_max), &rows);
    if (status != TC_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct group_info){0};
    for (size_t row = 0; row < tc_rows_count(rows); row++)
        group_read(rows, row, &out[tc_rows_int(rows, row, GROUP_COLUMNS)]);
    return TC_OK;
}

enum tc_status member_store_ask(struct tc_db *db, const char *group_id, const char *user_id,
                                int64_t groups_max, struct group_info *out)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run_one(db, &ask_stmt, TC_ARGS(group_id, user_id, tc_db_int(db, groups_max)), &rows);
    if (status == TC_OK)
        group_read(rows, 0, out);
    return status;
}

enum tc_status member_store_leave(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                  struct departure *out)
{
    struct tc_rows *rows;
    enum tc_status status = run_pairs(db, &leave_stmt, pairs, count, NULL, &rows);
    if (status != TC_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct departure){.how = STAYED};
    for (size_t row = 0; row < tc_rows_count(rows); row++) {
        bool left = tc_rows_bool(rows, row, 1), withdrew = tc_rows_bool(rows, row, 2);
        out[tc_rows_int(rows, row, 0)] = (struct departure){
            .how = left       ? LEFT
                   : withdrew ? WITHDREW
                              : STAYED,
            .group.id = tc_rows_text(rows, row, 3),
            .group.owner_id = tc_rows_text(rows, row, 4),
            .group.member_count = tc_rows_int(rows, row, 5),
        };
    }
    return TC_OK;
}

enum tc_status member_store_standings(struct tc_db *db, const char *group_id,
                                      const struct user_list *users, struct standing *out)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(
        db, &standings_stmt, TC_ARGS(group_id, tc_db_array(db, users->ids, users->count)), &rows);
    if (status != TC_OK)
        return status;
    for (size_t i = 0; i < users->count; i++)
        out[i] = (struct standing){
            .member = tc_rows_bool(rows, i, 0),
            .asking = tc_rows_bool(rows, i, 1),
            .groups = tc_rows_int(rows, i, 2),
        };
    return TC_OK;
}

enum tc_status member_store_list(struct tc_db *db, const struct member_query *query,
                                 struct member_row *out, size_t *count, bool *more)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run(db, query->requests ? &requests_stmt : &members_stmt,
                  TC_ARGS(query->group_id, tc_db_int(db, query->after_us), query->after_id,
                          tc_db_int(db, query->limit + 1)), /* one more shows that there is more */
                  &rows);
    if (status != TC_OK)
        return status;

    size_t found = tc_rows_count(rows);
    *more = found > (size_t)query->limit;
    *count = *more ? (size_t)query->limit : found;
    for (size_t i = 0; i < *count; i++)
        out[i] = (struct member_row){tc_rows_text(rows, i, 0), tc_rows_int(rows, i, 1)};
    return TC_OK;
}
