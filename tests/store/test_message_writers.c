/* Several processes that write to the same conversations at once. */

#include "tests/support/messages.h"

#include <pthread.h>
#include <stdlib.h>

#include "services/message/store_sync.h"

enum { WRITERS = 3, ROUNDS = 30, BATCH = 6 };

static const struct tc_stmt told_stmt = {
    .name = "test_told",
    .sql = "SELECT count(*), count(DISTINCT e.rev), max(e.rev) FROM msg.outbox o"
           " CROSS JOIN unnest(o.conversation_ids, o.revs) AS e (conversation_id, rev)"
           " WHERE e.conversation_id = $1",
};
static const struct tc_stmt *const test_statements[] = {&told_stmt, NULL};

struct writer {
    pthread_t thread;
    struct tc_db *own;
    const char *conversations[2];
    char author[TC_ID_SIZE];
    size_t failures;
};

/* Posts to both conversations, in turn in one order and the other. */
static void post(struct writer *writer, int round, struct message_ref *edits,
                 struct message_ref *removes)
{
    struct draft drafts[BATCH];
    struct message_post *posts[BATCH];
    for (size_t i = 0; i < BATCH; i++) {
        posts[i] = draft(&drafts[i], writer->conversations[(i + (size_t)round) % 2], "text");
        posts[i]->message.author_id = writer->author;
    }
    message_store_post(writer->own, posts, BATCH);
    for (size_t i = 0; i < BATCH; i++)
        writer->failures += posts[i]->status != TC_OK || posts[i]->duplicate;
    *edits = (struct message_ref){.conversation_id = posts[0]->message.conversation_id,
                                  .seq = posts[0]->message.seq,
                                  .user_id = writer->author};
    *removes = (struct message_ref){.conversation_id = posts[1]->message.conversation_id,
                                    .seq = posts[1]->message.seq,
                                    .user_id = writer->author};
}

static void *write_much(void *arg)
{
    struct writer *writer = arg;
    writer->own = tc_db_open(getenv("TINCAN_DATABASE_URL_MESSAGE"), message_statements);
    for (int round = 0; round < ROUNDS; round++) {
        struct message_ref edits, removes;
        struct message_info changed;
        post(writer, round, &edits, &removes);
        for (int i = 0; i < 2; i++)
            writer->failures += message_store_edit(writer->own, &edits, "new", &changed) != TC_OK;
        writer->failures += message_store_remove(writer->own, &removes, false, &changed) != TC_OK;
        /* All of them want this one. */
        edits.seq = 1;
        writer->failures += message_store_edit(writer->own, &edits, "x", &changed) != TC_FORBIDDEN;
        tc_db_release(writer->own);
    }
    tc_db_close(&writer->own);
    return NULL;
}

/* Each rev has been told of once, and sync finds what a plain look finds. */
static void check(struct tc_db *beside, const char *conversation)
{
    const int64_t messages = 1 + WRITERS * ROUNDS * BATCH / 2;
    const int64_t changes = WRITERS * ROUNDS * 3 / 2;
    assert_int_equal(stored(conversation).messages, messages);
    assert_int_equal(stored(conversation).revs, messages);
    assert_head(conversation, messages, messages + changes);

    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(beside, &told_stmt, TC_ARGS(conversation), &rows), TC_OK);
    for (int column = 0; column < 3; column++)
        assert_int_equal(tc_rows_int(rows, 0, column), messages + changes);

    static struct message_sync sync;
    for (int64_t rev = 0; rev < messages + changes; rev += 7) {
        struct message_since since = {conversation, rev};
        struct plain plain = changed_since(conversation, rev);
        assert_int_equal(message_store_sync(db, &since, 1,
                                            (struct message_room){1000, (size_t)256 * 1024}, &sync),
                         TC_OK);
        assert_int_equal(sync.message_count, plain.count);
        for (size_t i = 0; i < plain.count; i++)
            assert_int_equal(sync.messages[i].rev, plain.revs[i]);
    }
}

static void writers_leave_no_gap_and_no_double(void **state)
{
    (void)state;
    char one[TC_ID_SIZE], two[TC_ID_SIZE];
    tc_id_make(one);
    tc_id_make(two);
    post_text(one, "the first");
    post_text(two, "the first");
    struct writer writers[WRITERS];
    for (size_t i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.conversations = {i % 2 == 0 ? one : two, i % 2 ? one : two}};
        tc_id_make(writers[i].author);
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_much, &writers[i]), 0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
        assert_int_equal(writers[i].failures, 0);
    }
    struct tc_db *beside = tc_db_open(getenv("TINCAN_DATABASE_URL_MESSAGE"), test_statements);
    check(beside, one);
    check(beside, two);
    tc_db_close(&beside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {MESSAGES_TEST(writers_leave_no_gap_and_no_double)};
    return cmocka_run_group_tests(tests, messages_open, messages_close);
}
