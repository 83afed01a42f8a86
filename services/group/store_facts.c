/* What other services ask, and what removals leave behind; every statement is in statements.c. */

#include "services/group/store_facts.h"

#include "services/group/statements.h"
#include "shared/base/arena.h"
#include "shared/base/mem.h"
#include "shared/service/db.h"

enum tc_status fact_store_members(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                  struct member_fact *out)
{
    TC_CLEANUP(tc_arena_free) struct tc_arena scratch = {0};
    const char **groups = tc_arena_alloc(&scratch, count * sizeof(*groups));
    const char **users = tc_arena_alloc(&scratch, count * sizeof(*users));
    for (size_t i = 0; i < count; i++) {
        groups[i] = pairs[i].group_id;
        users[i] = pairs[i].user_id;
    }
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run(db, &facts_stmt,
                  TC_ARGS(tc_db_array(db, groups, count), tc_db_array(db, users, count)), &rows);
    if (status != TC_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct member_fact){
            .role = tc_rows_text(rows, i, 0),
            .since = tc_rows_int(rows, i, 1),
            .size = tc_rows_int(rows, i, 2),
        };
    return TC_OK;
}

enum tc_status fact_store_memberships(struct tc_db *db, const struct user_list *users, size_t limit,
                                      struct membership *out, size_t *count)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(
        db, &memberships_stmt,
        TC_ARGS(tc_db_array(db, users->ids, users->count), tc_db_int(db, (int64_t)limit)), &rows);
    if (status != TC_OK)
        return status;
    *count = tc_rows_count(rows);
    for (size_t i = 0; i < *count; i++)
        out[i] = (struct membership){
            .user = (size_t)tc_rows_int(rows, i, 0),
            .group_id = tc_rows_text(rows, i, 1),
            .since = tc_rows_int(rows, i, 2),
        };
    return TC_OK;
}

enum tc_status upkeep_store_drop_requests(struct tc_db *db, const char *group_id,
                                          const char *users[UPKEEP_CHUNK], size_t *count)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run(db, &drop_requests_stmt, TC_ARGS(group_id, tc_db_int(db, UPKEEP_CHUNK)), &rows);
    if (status != TC_OK)
        return status;
    *count = tc_rows_count(rows);
    for (size_t i = 0; i < *count; i++)
        users[i] = tc_rows_text(rows, i, 0);
    return TC_OK;
}

enum tc_status upkeep_store_drop_members(struct tc_db *db, const char *group_id, bool *left)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run_one(db, &drop_members_stmt,
                                          TC_ARGS(group_id, tc_db_int(db, UPKEEP_CHUNK)), &rows);
    if (status == TC_OK)
        *left = tc_rows_int(rows, 0, 0) > 0;
    return status;
}
