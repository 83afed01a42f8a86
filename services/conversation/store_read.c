/* The tables of schema conv: what requests, other services and edges want to know. */

#include "services/conversation/store_read.h"

#include "services/conversation/rows.h"
#include "services/conversation/statements.h"
#include "services/conversation/store.h"
#include "shared/base/arena.h"
#include "shared/base/mem.h"
#include "shared/service/access.h"
#include "shared/service/db.h"

enum tc_status conversation_store_find(struct tc_db *db, const struct tc_access_key *keys,
                                       size_t count, struct conversation_state *out)
{
    TC_CLEANUP(tc_arena_free) struct tc_arena scratch = {0};
    const char **ids = tc_arena_alloc(&scratch, count * sizeof(*ids));
    const char **users = tc_arena_alloc(&scratch, count * sizeof(*users));
    for (size_t i = 0; i < count; i++) {
        ids[i] = keys[i].conversation_id;
        users[i] = keys[i].user_id;
    }
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(
        db, &find_stmt, TC_ARGS(tc_db_array(db, ids, count), tc_db_array(db, users, count)), &rows);
    if (status != TC_OK)
        return status;

    for (size_t i = 0; i < count; i++)
        out[i] = (struct conversation_state){
            .group_id = tc_rows_text(rows, i, 0),
            .owner_id = tc_rows_text(rows, i, 1),
            .version = tc_rows_int(rows, i, 2),
            .since = tc_rows_int(rows, i, 3),
            .closed = tc_rows_bool(rows, i, 4),
        };
    return TC_OK;
}

enum tc_status conversation_store_listings(struct tc_db *db, const char *id,
                                           const char *const *users, size_t count, int64_t *since,
                                           int64_t *total)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run_one(db, &listings_stmt, TC_ARGS(id, tc_db_array(db, users, count)), &rows);
    if (status != TC_OK)
        return status;

    for (size_t i = 0; i < count; i++)
        since[i] = tc_rows_int(rows, i, 0);
    *total = tc_rows_int(rows, 0, 1);
    return TC_OK;
}

enum tc_status conversation_store_list(struct tc_db *db, const struct conversation_query *query,
                                       struct conversation *out, size_t *count, bool *more)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(
        db, &list_stmt,
        TC_ARGS(query->group_id, query->user_id, tc_db_bool(query->all),
                tc_db_int(db, query->since), tc_db_int(db, query->after_ms), query->after_id,
                tc_db_int(db, query->limit), tc_db_int(db, query->bytes)),
        &rows);
    if (status != TC_OK)
        return status;

    *count = tc_rows_count(rows);
    for (size_t i = 0; i < *count; i++)
        conversation_read(rows, i, &out[i]);
    *more = *count > 0 && tc_rows_int(rows, 0, 9) > (int64_t)*count;
    return TC_OK;
}

enum tc_status conversation_store_listings_of(struct tc_db *db, const char *const *users,
                                              size_t user_count, struct user_listings *out)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(
        db, &listings_of_stmt,
        TC_ARGS(tc_db_array(db, users, user_count), tc_db_int(db, (int64_t)out->limit)), &rows);
    if (status != TC_OK)
        return status;

    out->count = tc_rows_count(rows);
    for (size_t i = 0; i < out->count; i++)
        out->items[i] = (struct user_listing){
            .user = (size_t)tc_rows_int(rows, i, 0),
            .conversation_id = tc_rows_text(rows, i, 1),
            .group_id = tc_rows_text(rows, i, 2),
            .since = tc_rows_int(rows, i, 3),
        };
    return TC_OK;
}
