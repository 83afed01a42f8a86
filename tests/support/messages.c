/* What the tests of the message store share. */

#include "tests/support/messages.h"

#include <stdlib.h>

static const struct tc_stmt head_stmt = {
    .name = "test_head",
    .sql = "SELECT last_seq, last_rev FROM msg.heads WHERE conversation_id = $1",
};
static const struct tc_stmt stored_stmt = {
    .name = "test_stored",
    .sql = "SELECT count(*), count(body), count(DISTINCT rev) FROM msg.messages"
           " WHERE conversation_id = $1",
};
static const struct tc_stmt kept_stmt = {
    .name = "test_kept",
    .sql = "SELECT count(*) FROM msg.changes WHERE conversation_id = $1",
};
static const struct tc_stmt leave_stmt = {
    .name = "test_leave",
    .sql = "INSERT INTO msg.changes (conversation_id, rev, seq, last_seq) VALUES ($1, $2, $3, $4)",
};
/* As packaging/restored.sql, for one conversation. */
static const struct tc_stmt restored_stmt = {
    .name = "test_restored",
    .sql = "WITH head AS ("
           "  SELECT coalesce(max(last_seq), 0) AS seq, coalesce(max(last_rev), 0) AS rev"
           "  FROM msg.heads WHERE conversation_id = $1"
           " ), lost AS (INSERT INTO msg.lost SELECT $1::uuid, rev, $3::bigint FROM head"
           " ), marked AS ("
           "  INSERT INTO msg.changes (conversation_id, rev, seq, last_seq)"
           "  SELECT $1::uuid, rev + 1, 0, seq FROM head)"
           " INSERT INTO msg.heads (conversation_id, group_id, last_seq, last_rev)"
           " VALUES ($1, $2, 0, $3) ON CONFLICT (conversation_id) DO UPDATE SET last_rev = $3",
};
static const struct tc_stmt plain_stmt = {
    .name = "test_plain",
    .sql = "SELECT seq, rev FROM msg.messages WHERE conversation_id = $1 AND rev > $2 ORDER BY rev",
};
static const struct tc_stmt age_stmt = {
    .name = "test_age",
    .sql = "UPDATE msg.removed_groups SET removed_at = removed_at - make_interval(secs => $2)"
           " WHERE group_id = $1 RETURNING 1",
};
static const struct tc_stmt *const statements[] = {
    &head_stmt, &stored_stmt, &kept_stmt, &leave_stmt, &restored_stmt, &plain_stmt, &age_stmt, NULL,
};

struct tc_db *db;
char group[TC_ID_SIZE], ann[TC_ID_SIZE], bob[TC_ID_SIZE];
static struct tc_db *aside;

int messages_open(void **state)
{
    (void)state;
    const char *url = getenv("TINCAN_DATABASE_URL_MESSAGE");
    if (url == NULL)
        return -1;
    db = tc_db_open(url, message_statements);
    aside = tc_db_open(url, statements);
    return tc_db_is_up(db) && tc_db_is_up(aside) ? 0 : -1;
}

int messages_close(void **state)
{
    (void)state;
    tc_db_close(&db);
    tc_db_close(&aside);
    return 0;
}

int messages_begin(void **state)
{
    (void)state;
    tc_id_make(group);
    tc_id_make(ann);
    tc_id_make(bob);
    return 0;
}

int messages_end(void **state)
{
    (void)state;
    tc_db_release(db);
    tc_db_release(aside);
    return 0;
}

struct message_post *draft(struct draft *out, const char *conversation, const char *body)
{
    tc_id_make(out->id);
    tc_id_make(out->nonce);
    out->post = (struct message_post){.group_id = group, .status = TC_INTERNAL};
    out->post.message = (struct message_info){
        .conversation_id = conversation,
        .id = out->id,
        .author_id = ann,
        .body = body,
        .nonce = out->nonce,
    };
    return &out->post;
}

void post_text(const char *conversation, const char *body)
{
    struct draft one;
    struct message_post *post = draft(&one, conversation, body);
    message_store_post(db, &post, 1);
    assert_int_equal(post->status, TC_OK);
}

void assert_head(const char *conversation, int64_t seq, int64_t rev)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(aside, &head_stmt, TC_ARGS(conversation), &rows), TC_OK);
    assert_int_equal(tc_rows_int(rows, 0, 0), seq);
    assert_int_equal(tc_rows_int(rows, 0, 1), rev);
}

struct stored stored(const char *conversation)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(aside, &stored_stmt, TC_ARGS(conversation), &rows), TC_OK);
    return (struct stored){
        .messages = tc_rows_int(rows, 0, 0),
        .bodies = tc_rows_int(rows, 0, 1),
        .revs = tc_rows_int(rows, 0, 2),
    };
}

int64_t changes_kept(const char *conversation)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(aside, &kept_stmt, TC_ARGS(conversation), &rows), TC_OK);
    return tc_rows_int(rows, 0, 0);
}

void leave_change(const char *conversation, int64_t rev, int64_t seq, int64_t last_seq)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run(aside, &leave_stmt,
                               TC_ARGS(conversation, tc_db_int(aside, rev), tc_db_int(aside, seq),
                                       tc_db_int(aside, last_seq)),
                               &rows),
                     TC_OK);
}

void restored(const char *conversation, int64_t next)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run(aside, &restored_stmt,
                               TC_ARGS(conversation, group, tc_db_int(aside, next)), &rows),
                     TC_OK);
}

bool age_removed_group(const char *group_id, int seconds)
{
    struct tc_rows *rows;
    return tc_db_run_one(aside, &age_stmt, TC_ARGS(group_id, tc_db_int(aside, seconds)), &rows) ==
           TC_OK;
}

struct plain changed_since(const char *conversation, int64_t rev)
{
    struct plain plain = {.count = 0};
    struct tc_rows *rows;
    assert_int_equal(
        tc_db_run(aside, &plain_stmt, TC_ARGS(conversation, tc_db_int(aside, rev)), &rows), TC_OK);
    for (; plain.count < tc_rows_count(rows); plain.count++) {
        assert_true(plain.count < PLAIN_MAX);
        plain.seqs[plain.count] = tc_rows_int(rows, plain.count, 0);
        plain.revs[plain.count] = tc_rows_int(rows, plain.count, 1);
    }
    return plain;
}
