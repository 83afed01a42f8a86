/* The tables of schema conv, as far as groups and edges have a say in them. */

#include "services/conversation/store_upkeep.h"

#include "services/conversation/rows.h"
#include "services/conversation/statements.h"
#include "shared/service/db.h"

#define CLEAR_CHUNK 100

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

enum tc_status conversation_store_strike(struct tc_db *db, const char *group_id,
                                         const char *user_id, int64_t since, struct struck *out)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(
        db, &strike_stmt,
        TC_ARGS(group_id, user_id, tc_db_int(db, since), tc_db_int(db, STRIKE_CHUNK)), &rows);
    if (status != TC_OK)
        return status;

    out->count = 0;
    out->left = tc_rows_count(rows) > 0;
    for (size_t i = 0; i < tc_rows_count(rows); i++)
        if (tc_rows_text(rows, i, 0) != NULL)
            conversation_read(rows, i, &out->items[out->count++]);
    return TC_OK;
}

enum tc_status conversation_store_close_group(struct tc_db *db, const char *group_id)
{
    struct tc_rows *rows;
    return tc_db_run(db, &close_group_stmt, TC_ARGS(group_id), &rows);
}

enum tc_status conversation_store_clear_group(struct tc_db *db, const char *group_id, bool *left)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run(db, &clear_group_stmt, TC_ARGS(group_id, tc_db_int(db, CLEAR_CHUNK)), &rows);
    if (status == TC_OK)
        *left = tc_rows_count(rows) > 0;
    return status;
}
