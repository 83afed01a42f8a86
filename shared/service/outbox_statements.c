/* The SQL of the outbox. */

#include "shared/service/outbox_private.h"

#include <stddef.h>

#include "shared/service/db.h"

const struct tc_stmt outbox_store_stmt = {
    .name = "outbox_store",
    .sql = "INSERT INTO outbox (id, subjects, says, payloads) VALUES ($1, $2, $3, $4)",
};

const struct tc_stmt outbox_adopt_stmt = {
    .name = "outbox_adopt",
    .sql = "WITH orphan AS (" TC_OUTBOX_ORPHANS ")"
           " SELECT o.id, e.n, e.subject, o.payloads[e.says] FROM orphan o,"
           " unnest(o.subjects, o.says) WITH ORDINALITY AS e (subject, says, n)"
           " ORDER BY o.id, e.n",
};

const struct tc_stmt outbox_acknowledge_stmt = {
    .name = "outbox_acknowledge",
    .sql = "UPDATE outbox o SET acked_seq = a.seq, msg_id = a.msg_id"
           " FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS a (id, seq, msg_id)"
           " WHERE o.id = a.id",
};

const struct tc_stmt outbox_forget_stmt = {
    .name = "outbox_forget",
    .sql = "DELETE FROM outbox WHERE acked_seq IS NOT NULL"
           " AND created_at < now() - interval '3 minutes'",
};

const struct tc_stmt outbox_newest_stmt = {
    .name = "outbox_newest",
    .sql = "SELECT acked_seq, msg_id FROM outbox WHERE acked_seq > 0"
           " ORDER BY acked_seq DESC LIMIT 1",
};

/* As orphans of long ago, so that they are adopted at once. */
const struct tc_stmt outbox_reopen_stmt = {
    .name = "outbox_reopen",
    .sql = "UPDATE outbox SET acked_seq = NULL, adopted_at = 'epoch' WHERE acked_seq IS NOT NULL",
};

const struct tc_stmt outbox_waiting_stmt = {
    .name = "outbox_waiting",
    .sql =
        "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)) * 1000, 0)::bigint"
        " FROM outbox WHERE acked_seq IS NULL",
};

static const struct tc_stmt *const usual_statements[] = {
    &outbox_store_stmt,  &outbox_adopt_stmt,  &outbox_acknowledge_stmt, &outbox_forget_stmt,
    &outbox_newest_stmt, &outbox_reopen_stmt, &outbox_waiting_stmt,     NULL,
};
static const struct tc_stmt *const upkeep_statements[] = {
    &outbox_acknowledge_stmt, &outbox_forget_stmt,  &outbox_newest_stmt,
    &outbox_reopen_stmt,      &outbox_waiting_stmt, NULL,
};

const struct tc_stmt *const *outbox_statements(const struct tc_outbox *plan)
{
    return plan == NULL ? usual_statements : upkeep_statements;
}
