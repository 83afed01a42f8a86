/* The one statement that everything is written for: posting a batch of messages. */

#include "services/message/store.h"

#include <stdlib.h>

#include "services/message/store_private.h"
#include "shared/base/mem.h"
#include "shared/service/db.h"

/* What each draft is: its place n in the batch, and what it says. */
#define DRAFTS                                                                                     \
    "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[]," \
    " $7::boolean[])"                                                                              \
    " WITH ORDINALITY AS t (conversation_id, group_id, id, author_id, body, nonce, closed, n)"

/*
 * Counts up each conversation's head, in the order of ids, and gives its drafts
 * the numbers up to there. A conversation's first message makes its head; one
 * that has been removed yields no head, and so its drafts no rows. One row of
 * the outbox tells of all.
 */
#define POST(drafts)                                                                               \
    " counted AS ("                                                                                \
    "  INSERT INTO msg.heads AS h (conversation_id, group_id, last_seq, last_rev)"                 \
    "  SELECT conversation_id, group_id, count(*), count(*) FROM " drafts                          \
    "  GROUP BY conversation_id, group_id ORDER BY conversation_id"                                \
    "  ON CONFLICT (conversation_id) DO UPDATE"                                                    \
    "  SET last_seq = h.last_seq + excluded.last_seq, last_rev = h.last_rev + excluded.last_rev"   \
    "  WHERE h.removed_at IS NULL"                                                                 \
    "  RETURNING conversation_id, last_seq, last_rev"                                              \
    " ), ranked AS ("                                                                              \
    "  SELECT *, row_number() OVER (PARTITION BY conversation_id ORDER BY n DESC) - 1 AS behind"   \
    "  FROM " drafts " ), numbered AS ("                                                           \
    "  SELECT r.*, c.last_seq - r.behind AS seq, c.last_rev - r.behind AS rev,"                    \
    "  date_trunc('milliseconds', now()) AS created_at"                                            \
    "  FROM ranked r JOIN counted c USING (conversation_id)"                                       \
    " ), posted AS ("                                                                              \
    "  INSERT INTO msg.messages"                                                                   \
    "  (conversation_id, seq, rev, id, author_id, body, nonce, created_at)"                        \
    "  SELECT conversation_id, seq, rev, id, author_id, body, nonce, created_at FROM numbered"     \
    " ), told AS ("                                                                                \
    "  INSERT INTO msg.outbox (id, verb, conversation_ids, closed, seqs, revs)"                    \
    "  SELECT $8, 'created', array_agg(conversation_id), array_agg(closed), array_agg(seq),"       \
    "  array_agg(rev) FROM numbered HAVING count(*) > 0"                                           \
    " )"

/* What read_outcome expects, in this order. */
enum outcome { POSTED, REPEATED, CLASHED };
enum { AT_N, AT_OUTCOME, AT_SEQ, AT_REV, AT_CREATED, AT_EDITED, AT_REMOVED, AT_BODY, AT_OUTBOX };
#define POSTED_COLUMNS                                                                             \
    "n, 0, seq, rev, " MS("created_at") ", NULL::bigint, NULL::bigint, NULL::text, $8::uuid"
#define KNOWN_COLUMNS                                                                              \
    "m.seq, m.rev, " MS("m.created_at") ", " MS("m.edited_at") ", " MS(                            \
        "m.removed_at") ", m.body, NULL::uuid"

/* Takes for granted that all of them are new: an id that is known breaks the unique constraint. */
const struct tc_stmt message_post_stmt = {
    .name = "message_post",
    .sql = "WITH draft AS (" DRAFTS ")," POST("draft") " SELECT " POSTED_COLUMNS " FROM numbered",
};

/* Sorts out first what is known, so that repeats take no number. */
const struct tc_stmt message_post_new_stmt = {
    .name = "message_post_new",
    .sql = "WITH draft AS (" DRAFTS "),"
           " known AS ("
           "  SELECT d.n, CASE WHEN m.author_id = d.author_id AND m.nonce = d.nonce"
           "  THEN 1 ELSE 2 END, " KNOWN_COLUMNS
           "  FROM draft d JOIN msg.messages m USING (conversation_id, id)"
           "  JOIN msg.heads h USING (conversation_id) WHERE h.removed_at IS NULL"
           " ), fresh AS ("
           "  SELECT * FROM draft WHERE n NOT IN (SELECT n FROM known)"
           " )," POST("fresh") " SELECT " POSTED_COLUMNS
                               " FROM numbered UNION ALL SELECT * FROM known",
};

const struct tc_stmt message_find_stmt = {
    .name = "message_find",
    .sql = "SELECT 1, 1, " KNOWN_COLUMNS " FROM msg.messages m"
           " JOIN msg.heads h USING (conversation_id)"
           " WHERE m.conversation_id = $1 AND m.id = $2 AND m.author_id = $3 AND m.nonce = $4"
           " AND h.removed_at IS NULL",
};

static void read_outcome(const struct tc_rows *rows, size_t row, struct message_post *out)
{
    struct message_info *message = &out->message;
    int64_t outcome = tc_rows_int(rows, row, AT_OUTCOME);
    out->status = outcome == CLASHED ? TC_CONFLICT : TC_OK;
    out->duplicate = outcome == REPEATED;
    message->seq = tc_rows_int(rows, row, AT_SEQ);
    message->rev = tc_rows_int(rows, row, AT_REV);
    message->created_at = tc_rows_int(rows, row, AT_CREATED);
    message->edited_at = tc_rows_int(rows, row, AT_EDITED);
    message->removed_at = tc_rows_int(rows, row, AT_REMOVED);
    message->outbox_id = tc_rows_text(rows, row, AT_OUTBOX);
    if (outcome == REPEATED)
        message->body = tc_rows_text(rows, row, AT_BODY);
}

/* One member of all drafts, as an array. */
static const char *column(struct tc_db *db, struct message_post *const *posts, size_t count,
                          size_t member)
{
    const char **texts = tc_alloc(count * sizeof(*texts));
    for (size_t i = 0; i < count; i++)
        texts[i] = *(const char *const *)((const char *)posts[i] + member);
    const char *array = tc_db_array(db, texts, count);
    free(texts);
    return array;
}

static const char *closed_column(struct tc_db *db, struct message_post *const *posts, size_t count)
{
    const char **texts = tc_alloc(count * sizeof(*texts));
    for (size_t i = 0; i < count; i++)
        texts[i] = tc_db_bool(posts[i]->closed);
    const char *array = tc_db_array(db, texts, count);
    free(texts);
    return array;
}

static enum tc_status run(struct tc_db *db, const struct tc_stmt *stmt,
                          struct message_post *const *posts, size_t count)
{
#define COLUMN(member) column(db, posts, count, offsetof(struct message_post, member))
    char outbox_id[TC_ID_SIZE];
    tc_id_make(outbox_id);
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run(db, stmt,
                  TC_ARGS(COLUMN(message.conversation_id), COLUMN(group_id), COLUMN(message.id),
                          COLUMN(message.author_id), COLUMN(message.body), COLUMN(message.nonce),
                          closed_column(db, posts, count), outbox_id),
                  &rows);
#undef COLUMN
    if (status != TC_OK)
        return status;

    for (size_t i = 0; i < count; i++)
        posts[i]->status = TC_NOT_FOUND;
    for (size_t row = 0; row < tc_rows_count(rows); row++)
        read_outcome(rows, row, posts[tc_rows_int(rows, row, AT_N) - 1]);
    return TC_OK;
}

static bool is_any_known(struct message_post *const *posts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (posts[i]->is_known)
            return true;
    return false;
}

/* Another process may post the same while we look: then it is known the next time. */
static enum tc_status run_until_told_apart(struct tc_db *db, struct message_post *const *posts,
                                           size_t count)
{
    enum tc_status status = TC_CONFLICT;
    if (!is_any_known(posts, count))
        status = run(db, &message_post_stmt, posts, count);
    for (int tries = 0; status == TC_CONFLICT && tries < 3; tries++)
        status = run(db, &message_post_new_stmt, posts, count);
    return status;
}

void message_store_post(struct tc_db *db, struct message_post *const *posts, size_t count)
{
    if (count == 0)
        return;
    enum tc_status status = run_until_told_apart(db, posts, count);
    if (status == TC_OK)
        return;
    if (status == TC_UNAVAILABLE || count == 1) {
        for (size_t i = 0; i < count; i++)
            posts[i]->status = status;
        return;
    }
    for (size_t i = 0; i < count; i++)
        message_store_post(db, &posts[i], 1);
}

enum tc_status message_store_find(struct tc_db *db, struct message_post *post)
{
    const struct message_info *message = &post->message;
    struct tc_rows *rows;
    post->status = tc_db_run_one(
        db, &message_find_stmt,
        TC_ARGS(message->conversation_id, message->id, message->author_id, message->nonce), &rows);
    if (post->status == TC_OK)
        read_outcome(rows, 0, post);
    return post->status;
}
