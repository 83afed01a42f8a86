/* The tables of schema conv: what follows from what happens to groups. */

#include "services/conversation/store_upkeep.h"

#include "services/conversation/rows.h"
#include "services/conversation/statements.h"
#include "shared/service/db.h"

#define CLEAR_CHUNK 100

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
