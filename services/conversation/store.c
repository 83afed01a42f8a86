/* The tables of schema conv, as far as requests read and change them. */

#include "services/conversation/store.h"

#include "services/conversation/rows.h"
#include "services/conversation/statements.h"
#include "shared/base/arena.h"
#include "shared/base/mem.h"
#include "shared/service/access.h"
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
