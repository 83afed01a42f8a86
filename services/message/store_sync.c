/* What has changed in conversations since a rev, without an index on the messages' rev. */

#include "services/message/store_sync.h"

#include <stdlib.h>
#include <string.h>

#include "services/message/store_private.h"
#include "shared/base/mem.h"
#include "shared/service/db.h"

/*
 * Conversations are looked into while those before them cannot have filled a
 * page: so many messages, as short as they can be, or so many bytes of them.
 * The limit is a subquery, so that no plan counts on a conversation's being
 * shorter than it, and reads the whole of one that is not.
 */
#define LOOK_UNTIL "1200"
#define LEAST_BYTES "200" /* a message's JSON without its body */

/*
 * The messages that nobody has changed, created after a.after. Between that rev
 * and the next change that is known there are at most rev - 1 - after others,
 * so not more of the last_seq messages there were then can be new; where later
 * changes have superseded some of those between, it looks at as many too many.
 */
#define CREATED                                                                                    \
    "SELECT m.* FROM msg.messages m WHERE m.conversation_id = a.id AND m.seq > coalesce(("         \
    "  SELECT c.last_seq - (c.rev - 1 - a.after) FROM msg.changes c"                               \
    "  WHERE c.conversation_id = a.id AND c.rev > a.after ORDER BY c.rev LIMIT 1),"                \
    "  a.last_seq - (a.last_rev - a.after))"                                                       \
    " AND m.rev > a.after AND m.edited_at IS NULL AND m.removed_at IS NULL"                        \
    " ORDER BY m.seq LIMIT (SELECT $3::bigint)"

/* Those that somebody has changed since; a change that was superseded shows no message. */
#define CHANGED                                                                                    \
    "SELECT m.* FROM msg.changes c JOIN msg.messages m USING (conversation_id, seq, rev)"          \
    " WHERE c.conversation_id = a.id AND c.rev > a.after ORDER BY c.rev LIMIT (SELECT $3::bigint)"

/* A replica may have heard of less than the asker: that is no news. */
#define NOT_BEHIND " AND NOT pg_is_in_recovery()"

#define BEFORE " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"

/*
 * A rev among those that a restore has lost is no state of ours: it is told from
 * 0 on. The one that the restored state ended with is the same as the one that
 * it went on from. See packaging/restored.sql.
 */
const struct tc_stmt message_sync_stmt = {
    .name = "message_sync",
    .sql = "WITH head AS ("
           "  SELECT t.n, t.id, t.rev, h.removed_at IS NOT NULL AS gone,"
           "  coalesce(h.last_seq, 0) AS last_seq, coalesce(h.last_rev, 0) AS last_rev,"
           "  CASE WHEN t.rev > coalesce(h.last_rev, 0) OR t.rev > l.after_rev THEN 0"
           "  ELSE coalesce(l.until_rev, t.rev) END AS after"
           "  FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS t (id, rev, n)"
           "  LEFT JOIN msg.heads h ON h.conversation_id = t.id"
           "  LEFT JOIN msg.lost l ON l.conversation_id = t.id"
           "  AND l.after_rev <= t.rev AND t.rev < l.until_rev"
           " ), asked AS MATERIALIZED ("
           "  SELECT *, sum(least($3, last_rev - after)) OVER (ORDER BY n" BEFORE ") AS ahead"
           "  FROM head WHERE gone OR last_rev > rev OR (last_rev < rev" NOT_BEHIND ")"
           " ), found AS ("
           "  SELECT a.n, m.*, sum(" LEAST_BYTES " + coalesce(octet_length(m.body), 0))"
           "  OVER (ORDER BY a.n, m.rev" BEFORE ") AS ahead"
           "  FROM asked a CROSS JOIN LATERAL ("
           "   (" CREATED ") UNION ALL (" CHANGED ") ORDER BY rev LIMIT (SELECT $3::bigint)) m"
           "  WHERE NOT a.gone AND coalesce(a.ahead, 0) < " LOOK_UNTIL " )"
           " SELECT " MESSAGE_COLUMNS ", a.n, a.gone, a.after, a.last_rev FROM asked a"
           " LEFT JOIN found m ON m.n = a.n AND coalesce(m.ahead, 0) < $4::bigint"
           " ORDER BY a.n, m.rev",
};
const struct tc_stmt message_stirred_stmt = {
    .name = "message_stirred",
    .sql = "SELECT t.n FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS t (id, rev, n)"
           " LEFT JOIN msg.heads h ON h.conversation_id = t.id"
           " WHERE h.removed_at IS NOT NULL OR h.last_rev > t.rev"
           " OR (coalesce(h.last_rev, 0) < t.rev" NOT_BEHIND ")",
};

enum { AT_N = MESSAGE_COLUMN_COUNT, AT_GONE, AT_AFTER, AT_LAST_REV };

static void read_news(const struct tc_rows *rows, size_t row, const struct message_since *asked,
                      struct message_news *out)
{
    *out = (struct message_news){
        .conversation_id = asked->conversation_id,
        .gone = tc_rows_bool(rows, row, AT_GONE),
        .rev = tc_rows_int(rows, row, AT_AFTER),
        .last_rev = tc_rows_int(rows, row, AT_LAST_REV),
    };
    out->reset = out->rev == 0 && asked->rev > 0;
}

/* The rows of one conversation stand together. */
static void read_sync(const struct tc_rows *rows, const struct message_since *since,
                      struct message_sync *out)
{
    out->count = out->message_count = 0;
    int64_t n = 0;
    for (size_t row = 0; row < tc_rows_count(rows); row++) {
        if (tc_rows_int(rows, row, AT_N) != n) {
            n = tc_rows_int(rows, row, AT_N);
            read_news(rows, row, &since[n - 1], &out->items[out->count]);
            out->items[out->count++].begin = out->message_count;
        }
        if (tc_rows_text(rows, row, 0) == NULL || out->message_count == MESSAGE_SYNC_MESSAGES)
            continue;
        struct message_news *news = &out->items[out->count - 1];
        message_read(rows, row, news->conversation_id, &out->messages[out->message_count++]);
        news->count++;
    }
}

/* The arguments that the statements begin with. */
struct asked {
    const char *ids, *revs;
};

static struct asked write_asked(struct tc_db *db, const struct message_since *since, size_t count)
{
    const char **ids = tc_alloc(count * sizeof(*ids));
    int64_t *revs = tc_alloc(count * sizeof(*revs));
    for (size_t i = 0; i < count; i++) {
        ids[i] = since[i].conversation_id;
        revs[i] = since[i].rev;
    }
    struct asked asked = {tc_db_array(db, ids, count), tc_db_ints(db, revs, count)};
    free(ids);
    free(revs);
    return asked;
}

enum tc_status message_store_stirred(struct tc_db *db, const struct message_since *since,
                                     size_t count, bool *out)
{
    struct asked asked = write_asked(db, since, count);
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run(db, &message_stirred_stmt, TC_ARGS(asked.ids, asked.revs), &rows);
    if (status != TC_OK)
        return status;
    memset(out, 0, count * sizeof(*out));
    for (size_t row = 0; row < tc_rows_count(rows); row++)
        out[tc_rows_int(rows, row, 0) - 1] = true;
    return TC_OK;
}

enum tc_status message_store_sync(struct tc_db *db, const struct message_since *since, size_t count,
                                  struct message_room room, struct message_sync *out)
{
    struct asked asked = write_asked(db, since, count);
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(db, &message_sync_stmt,
                                      TC_ARGS(asked.ids, asked.revs, tc_db_int(db, room.limit),
                                              tc_db_int(db, (int64_t)room.bytes)),
                                      &rows);
    if (status == TC_OK)
        read_sync(rows, since, out);
    return status;
}
