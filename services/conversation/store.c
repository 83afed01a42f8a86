/* The tables of schema conv: making, changing and removing conversations. */

#include "services/conversation/store.h"

#include "services/conversation/rows.h"
#include "services/conversation/statements.h"
#include "shared/service/db.h"

void conversation_read(const struct tc_rows *rows, size_t row, struct conversation *out)
{
    *out = (struct conversation){
        .id = tc_rows_text(rows, row, 0),
        .version = tc_rows_int(rows, row, 1),
        .group_id = tc_rows_text(rows, row, 2),
        .name = tc_rows_text(rows, row, 3),
        .topic = tc_rows_text(rows, row, 4),
        .owner_id = tc_rows_text(rows, row, 5),
        .closed = tc_rows_bool(rows, row, 6),
        .created_at = tc_rows_int(rows, row, 7),
    };
    const char *participants = tc_rows_text(rows, row, 8);
    if (out->closed) /* the text of an empty set is NULL */
        out->participants = participants != NULL ? participants : "";
}

static const char *users_of(struct tc_db *db, const struct listings *listings)
{
    return listings != NULL ? tc_db_array(db, listings->users, listings->count) : NULL;
}

static const char *sinces_of(struct tc_db *db, const struct listings *listings)
{
    return listings != NULL ? tc_db_ints(db, listings->since, listings->count) : NULL;
}

/* Why a group takes no further conversation. */
static enum tc_status why_no_room(struct tc_db *db, const char *group_id)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(db, &group_is_gone_stmt, TC_ARGS(group_id), &rows);
    if (status != TC_OK)
        return status;
    return tc_rows_count(rows) > 0 ? TC_NOT_FOUND : TC_CONFLICT;
}

enum tc_status conversation_store_create(struct tc_db *db, const struct conversation_draft *draft,
                                         int64_t limit, struct conversation *out)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run_one(db, &create_stmt,
                      TC_ARGS(draft->id, draft->group_id, draft->name, draft->topic,
                              draft->owner_id, users_of(db, draft->participants),
                              sinces_of(db, draft->participants), tc_db_int(db, limit)),
                      &rows);
    if (status == TC_NOT_FOUND)
        return why_no_room(db, draft->group_id);
    if (status != TC_OK)
        return status;
    conversation_read(rows, 0, out);
    return TC_OK;
}

enum tc_status conversation_store_change(struct tc_db *db, const struct conversation_change *change,
                                         struct conversation *out)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run_one(db, &change_stmt,
                      TC_ARGS(change->id, tc_db_int(db, change->version), change->name,
                              change->topic, users_of(db, &change->come),
                              sinces_of(db, &change->come), users_of(db, &change->go)),
                      &rows);
    if (status != TC_OK)
        return status;
    conversation_read(rows, 0, out);
    return TC_OK;
}

enum tc_status conversation_store_remove(struct tc_db *db, const char *id, int64_t version)
{
    struct tc_rows *rows;
    return tc_db_run_one(db, &remove_stmt, TC_ARGS(id, tc_db_int(db, version)), &rows);
}
