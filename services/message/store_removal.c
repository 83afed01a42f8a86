/* Ending conversations: their heads become tombstones, and their messages go, chunk by chunk. */

#include "services/message/store_removal.h"

#include "services/message/store_private.h"
#include "shared/service/db.h"

#define CHUNKS 8 /* that one call deletes at most: some 100 ms */

const struct tc_stmt message_end_conversation_stmt = {
    .name = "message_end_conversation",
    .sql = "INSERT INTO msg.heads AS h (conversation_id, group_id, last_seq, last_rev, removed_at)"
           " VALUES ($1, $2, 0, 0, " NOW ")"
           " ON CONFLICT (conversation_id) DO UPDATE SET removed_at = excluded.removed_at"
           " WHERE h.removed_at IS NULL",
};

const struct tc_stmt message_end_group_stmt = {
    .name = "message_end_group",
    .sql = "WITH noted AS ("
           "  INSERT INTO msg.removed_groups (group_id) VALUES ($1) ON CONFLICT DO NOTHING"
           " ), head AS ("
           "  SELECT conversation_id FROM msg.heads WHERE group_id = $1 AND removed_at IS NULL"
           "  ORDER BY conversation_id FOR UPDATE"
           " )"
           " UPDATE msg.heads h SET removed_at = " NOW " FROM head"
           " WHERE h.conversation_id = head.conversation_id",
};

/*
 * A message that was let in before the group was removed may make a head after
 * that. All that lets one in has ended by now: facts of two services, 10 s each,
 * a request's deadline and a statement's.
 */
const struct tc_stmt message_unsettled_groups_stmt = {
    .name = "message_unsettled_groups",
    .sql = "SELECT group_id FROM msg.removed_groups WHERE removed_at < now() - interval '30 s'"
           " ORDER BY removed_at LIMIT 200",
};
const struct tc_stmt message_settle_group_stmt = {
    .name = "message_settle_group",
    .sql = "DELETE FROM msg.removed_groups WHERE group_id = $1",
};

/*
 * One chunk of the messages and changes of ended conversations: of each a range
 * of numbers, which no plan can make more of. No row: nothing was left.
 */
#define CHUNK "2000"
#define PURGE(which)                                                                               \
    "WITH ended AS ("                                                                              \
    "  SELECT h.conversation_id, h.last_seq, m.seq, c.rev FROM msg.heads h"                        \
    "  CROSS JOIN LATERAL (SELECT min(seq) AS seq FROM msg.messages"                               \
    "  WHERE conversation_id = h.conversation_id) m"                                               \
    "  CROSS JOIN LATERAL (SELECT min(rev) AS rev FROM msg.changes"                                \
    "  WHERE conversation_id = h.conversation_id) c"                                               \
    "  WHERE h." which " = $1 AND h.removed_at IS NOT NULL"                                        \
    "  AND (m.seq IS NOT NULL OR c.rev IS NOT NULL) LIMIT 200"                                     \
    " ), counted AS MATERIALIZED ("                                                                \
    "  SELECT *, sum(coalesce(last_seq - seq + 1, 0)) OVER (ORDER BY conversation_id"              \
    "  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ahead FROM ended"                      \
    " ), chunk AS ("                                                                               \
    "  SELECT * FROM counted WHERE coalesce(ahead, 0) < " CHUNK " ), gone AS ("                    \
    "  DELETE FROM msg.messages m USING chunk WHERE m.conversation_id = chunk.conversation_id"     \
    "  AND m.seq >= chunk.seq AND m.seq < chunk.seq + " CHUNK " RETURNING 1"                       \
    " ), forgotten AS ("                                                                           \
    "  DELETE FROM msg.changes c USING chunk WHERE c.conversation_id = chunk.conversation_id"      \
    "  AND c.rev >= chunk.rev AND c.rev < chunk.rev + " CHUNK " RETURNING 1"                       \
    " )"                                                                                           \
    " SELECT WHERE EXISTS (SELECT FROM gone) OR EXISTS (SELECT FROM forgotten)"

const struct tc_stmt message_purge_conversation_stmt = {
    .name = "message_purge_conversation",
    .sql = PURGE("conversation_id"),
};
const struct tc_stmt message_purge_group_stmt = {
    .name = "message_purge_group",
    .sql = PURGE("group_id"),
};

/* Each chunk is a transaction of its own, so that none takes long. */
static enum tc_status purge(struct tc_db *db, const struct tc_stmt *stmt, const char *id)
{
    for (int i = 0; i < CHUNKS; i++) {
        struct tc_rows *rows;
        enum tc_status status = tc_db_run_one(db, stmt, TC_ARGS(id), &rows);
        if (status != TC_OK)
            return status == TC_NOT_FOUND ? TC_OK : status;
    }
    return TC_LATER;
}

enum tc_status message_store_remove_conversation(struct tc_db *db, const char *conversation_id,
                                                 const char *group_id)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run(db, &message_end_conversation_stmt, TC_ARGS(conversation_id, group_id), &rows);
    if (status == TC_OK)
        status = purge(db, &message_purge_conversation_stmt, conversation_id);
    return status;
}

enum tc_status message_store_remove_group(struct tc_db *db, const char *group_id)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(db, &message_end_group_stmt, TC_ARGS(group_id), &rows);
    if (status == TC_OK)
        status = purge(db, &message_purge_group_stmt, group_id);
    return status;
}

void message_store_settle_groups(struct tc_db *db)
{
    struct tc_rows *groups, *none;
    if (tc_db_run(db, &message_unsettled_groups_stmt, TC_NO_ARGS, &groups) != TC_OK)
        return;
    for (size_t i = 0; i < tc_rows_count(groups); i++) {
        const char *group_id = tc_rows_text(groups, i, 0);
        if (message_store_remove_group(db, group_id) == TC_OK)
            tc_db_run(db, &message_settle_group_stmt, TC_ARGS(group_id), &none);
    }
}
