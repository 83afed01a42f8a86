/* Changing messages; and all statements about the tables of schema msg, see store_*.c. */

#include "services/message/store.h"

#include "services/message/store_orphans.h"
#include "services/message/store_private.h"
#include "shared/service/db.h"

/*
 * Changes message $2 of conversation $1 if the rest of the condition lets it,
 * and only then counts up the head. The head is locked first, as everybody
 * does, so that revs leave no gap. $3: who asks; $4: its rev so far, or NULL.
 * Of several changes of a message the latest is kept; one that another process
 * has made a moment ago may stay, and is known by the message's rev.
 */
#define CHANGE(verb, assignments, permission)                                                      \
    "WITH head AS ("                                                                               \
    "  SELECT last_seq, last_rev FROM msg.heads"                                                   \
    "  WHERE conversation_id = $1 AND removed_at IS NULL FOR UPDATE"                               \
    " ), before AS ("                                                                              \
    "  SELECT rev FROM msg.messages WHERE conversation_id = $1 AND seq = $2"                       \
    " ), changed AS ("                                                                             \
    "  UPDATE msg.messages m SET rev = head.last_rev + 1, " assignments                            \
    "  FROM head WHERE m.conversation_id = $1 AND m.seq = $2 AND m.removed_at IS NULL"             \
    "  AND " permission " AND ($4::bigint IS NULL OR m.rev = $4)"                                  \
    "  RETURNING m.*"                                                                              \
    " ), counted AS ("                                                                             \
    "  UPDATE msg.heads h SET last_rev = changed.rev FROM changed WHERE h.conversation_id = $1"    \
    " ), noted AS ("                                                                               \
    "  INSERT INTO msg.changes (conversation_id, rev, seq, last_seq)"                              \
    "  SELECT $1, changed.rev, $2, head.last_seq FROM changed, head"                               \
    " ), superseded AS ("                                                                          \
    "  DELETE FROM msg.changes c USING before, changed"                                            \
    "  WHERE c.conversation_id = $1 AND c.rev = before.rev"                                        \
    " ), told AS ("                                                                                \
    "  INSERT INTO msg.outbox (id, verb, conversation_ids, closed, seqs, revs)"                    \
    "  SELECT $6, '" verb "', ARRAY[$1], ARRAY[$7::boolean], ARRAY[$2], ARRAY[rev] FROM changed"   \
    " )"                                                                                           \
    " SELECT " MESSAGE_COLUMNS ", $6 FROM changed m"

static const struct tc_stmt edit_stmt = {
    .name = "message_edit",
    .sql = CHANGE("edited", "body = $5, edited_at = " NOW, "m.author_id = $3"),
};

static const struct tc_stmt remove_stmt = {
    .name = "message_remove",
    .sql = CHANGE("removed", "body = NULL, removed_at = " NOW, "(m.author_id = $3 OR $5)"),
};

/* Why a change did not happen. */
static const struct tc_stmt refusal_stmt = {
    .name = "message_refusal",
    .sql = "SELECT m.author_id = $3 FROM msg.messages m JOIN msg.heads h USING (conversation_id)"
           " WHERE m.conversation_id = $1 AND m.seq = $2"
           " AND m.removed_at IS NULL AND h.removed_at IS NULL",
};

const struct tc_stmt *const message_statements[] = {
    &message_post_stmt,
    &message_post_new_stmt,
    &message_find_stmt,
    &edit_stmt,
    &remove_stmt,
    &refusal_stmt,
    &message_list_up_stmt,
    &message_list_down_stmt,
    &message_heads_stmt,
    &message_sync_stmt,
    &message_stirred_stmt,
    &message_orphans_stmt,
    &message_end_conversation_stmt,
    &message_purge_conversation_stmt,
    &message_end_group_stmt,
    &message_purge_group_stmt,
    &message_unsettled_groups_stmt,
    &message_settle_group_stmt,
    NULL,
};

enum { AT_SEQ, AT_REV, AT_ID, AT_AUTHOR, AT_BODY, AT_CREATED, AT_EDITED, AT_REMOVED };

void message_read(const struct tc_rows *rows, size_t row, const char *conversation_id,
                  struct message_info *out)
{
    *out = (struct message_info){
        .conversation_id = conversation_id,
        .id = tc_rows_text(rows, row, AT_ID),
        .author_id = tc_rows_text(rows, row, AT_AUTHOR),
        .body = tc_rows_text(rows, row, AT_BODY),
        .seq = tc_rows_int(rows, row, AT_SEQ),
        .rev = tc_rows_int(rows, row, AT_REV),
        .created_at = tc_rows_int(rows, row, AT_CREATED),
        .edited_at = tc_rows_int(rows, row, AT_EDITED),
        .removed_at = tc_rows_int(rows, row, AT_REMOVED),
    };
}

static enum tc_status refusal(struct tc_db *db, const struct message_ref *ref, bool any)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run_one(db, &refusal_stmt,
                      TC_ARGS(ref->conversation_id, tc_db_int(db, ref->seq), ref->user_id), &rows);
    if (status != TC_OK)
        return status;
    return any || tc_rows_bool(rows, 0, 0) ? TC_CONFLICT : TC_FORBIDDEN;
}

/* what: the fifth argument of the two statements. */
static enum tc_status change(struct tc_db *db, const struct tc_stmt *stmt,
                             const struct message_ref *ref, const char *what,
                             struct message_info *out)
{
    const char *rev = ref->if_rev > 0 ? tc_db_int(db, ref->if_rev) : NULL;
    char outbox_id[TC_ID_SIZE];
    tc_id_make(outbox_id);
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run_one(db, stmt,
                      TC_ARGS(ref->conversation_id, tc_db_int(db, ref->seq), ref->user_id, rev,
                              what, outbox_id, tc_db_bool(ref->closed)),
                      &rows);
    if (status != TC_OK)
        return status;
    message_read(rows, 0, ref->conversation_id, out);
    out->outbox_id = tc_rows_text(rows, 0, MESSAGE_COLUMN_COUNT);
    return TC_OK;
}

enum tc_status message_store_edit(struct tc_db *db, const struct message_ref *ref, const char *body,
                                  struct message_info *out)
{
    enum tc_status status = change(db, &edit_stmt, ref, body, out);
    return status == TC_NOT_FOUND ? refusal(db, ref, false) : status;
}

enum tc_status message_store_remove(struct tc_db *db, const struct message_ref *ref, bool any,
                                    struct message_info *out)
{
    enum tc_status status = change(db, &remove_stmt, ref, tc_db_bool(any), out);
    return status == TC_NOT_FOUND ? refusal(db, ref, any) : status;
}
