/* The rows of the outbox that changes write, and what is made of those that nobody has told. */

#include "tests/support/messages.h"

#include <stdlib.h>
#include <string.h>

#include "services/message/store_orphans.h"
#include "services/message/store_removal.h"

/* What the tests do behind the store's back. */
static const struct tc_stmt keys_stmt = {
    .name = "test_keys",
    .sql = "SELECT verb, cardinality(conversation_ids), cardinality(closed), seqs, revs, closed"
           " FROM msg.outbox WHERE id = $1",
};
static const struct tc_stmt rows_stmt = {
    .name = "test_rows",
    .sql = "SELECT count(*) FROM msg.outbox WHERE conversation_ids @> ARRAY[$1::uuid]",
};
static const struct tc_stmt age_stmt = {
    .name = "test_age",
    .sql = "UPDATE msg.outbox SET created_at = created_at - interval '6 s',"
           " adopted_at = adopted_at - interval '6 s' WHERE conversation_ids @> ARRAY[$1::uuid]",
};
static const struct tc_stmt acknowledge_stmt = {
    .name = "test_acknowledge",
    .sql = "UPDATE msg.outbox SET acked_seq = 1"
           " WHERE acked_seq IS NULL AND NOT conversation_ids @> ARRAY[$1::uuid]",
};
static const struct tc_stmt *const test_statements[] = {&keys_stmt, &rows_stmt, &age_stmt,
                                                        &acknowledge_stmt, NULL};
static struct tc_db *beside;

static struct tc_rows *look(const struct tc_stmt *stmt, const char *id)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run(beside, stmt, TC_ARGS(id), &rows), TC_OK);
    return rows;
}

static int64_t rows_of(const char *conversation)
{
    return tc_rows_int(look(&rows_stmt, conversation), 0, 0);
}

/* What other tests have left is none of ours. */
static struct tc_rows *adopt(const char *conversation)
{
    look(&acknowledge_stmt, conversation);
    struct tc_rows *rows;
    assert_int_equal(tc_db_run(db, &message_orphans_stmt, TC_NO_ARGS, &rows), TC_OK);
    return rows;
}

static void a_batch_writes_one_row(void **state)
{
    (void)state;
    char one[TC_ID_SIZE], two[TC_ID_SIZE];
    tc_id_make(one);
    tc_id_make(two);
    struct draft drafts[3];
    struct message_post *posts[3];
    for (size_t i = 0; i < 3; i++)
        posts[i] = draft(&drafts[i], i == 1 ? two : one, "text");
    posts[1]->closed = true;
    message_store_post(db, posts, 3);

    const char *id = posts[0]->message.outbox_id;
    assert_true(tc_id_is_v7(id));
    assert_string_equal(posts[1]->message.outbox_id, id);
    assert_string_equal(posts[2]->message.outbox_id, id);
    struct tc_rows *rows = look(&keys_stmt, id);
    assert_string_equal(tc_rows_text(rows, 0, 0), "created");
    assert_int_equal(tc_rows_int(rows, 0, 1), 3);
    assert_int_equal(tc_rows_int(rows, 0, 2), 3);
    assert_int_equal(rows_of(one), 1);
    assert_int_equal(rows_of(two), 1);
}

static void a_repeat_writes_none(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    struct draft first, again, fresh;
    struct message_post *posts[] = {draft(&first, conversation, "one"),
                                    draft(&fresh, conversation, "two")};
    message_store_post(db, posts, 1);
    again = first;
    again.post.message.id = again.id;
    again.post.message.nonce = again.nonce;
    struct message_post *repeats[] = {&again.post, posts[1]};
    message_store_post(db, repeats, 2);
    assert_true(again.post.duplicate);
    assert_null(again.post.message.outbox_id);
    assert_non_null(posts[1]->message.outbox_id);
    struct tc_rows *rows = look(&keys_stmt, posts[1]->message.outbox_id);
    assert_string_equal(tc_rows_text(rows, 0, 3), "{2}");

    message_store_post(db, repeats, 1);
    assert_true(again.post.duplicate);
    assert_int_equal(rows_of(conversation), 2);
}

static void a_change_writes_one_and_a_refusal_none(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    post_text(conversation, "text");
    struct message_ref ref = {
        .conversation_id = conversation, .seq = 1, .user_id = ann, .closed = true};
    struct message_info message;
    assert_int_equal(message_store_edit(db, &ref, "edited", &message), TC_OK);
    struct tc_rows *rows = look(&keys_stmt, message.outbox_id);
    assert_string_equal(tc_rows_text(rows, 0, 0), "edited");
    assert_string_equal(tc_rows_text(rows, 0, 3), "{1}");
    assert_string_equal(tc_rows_text(rows, 0, 4), "{2}");
    assert_string_equal(tc_rows_text(rows, 0, 5), "{t}");

    ref.user_id = bob;
    assert_int_equal(message_store_edit(db, &ref, "again", &message), TC_FORBIDDEN);
    assert_int_equal(rows_of(conversation), 2);
    assert_int_equal(message_store_remove(db, &ref, true, &message), TC_OK);
    rows = look(&keys_stmt, message.outbox_id);
    assert_string_equal(tc_rows_text(rows, 0, 0), "removed");
    assert_string_equal(tc_rows_text(rows, 0, 4), "{3}");
}

static void an_orphan_shows_the_message_as_it_is_under_its_own_rev(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    struct draft drafts[2];
    struct message_post *posts[] = {draft(&drafts[0], conversation, "one"),
                                    draft(&drafts[1], conversation, "two")};
    posts[0]->closed = posts[1]->closed = true;
    message_store_post(db, posts, 2);
    struct message_ref ref = {.conversation_id = conversation, .seq = 1, .user_id = ann};
    struct message_info message;
    assert_int_equal(message_store_edit(db, &ref, "edited", &message), TC_OK);
    assert_int_equal(tc_rows_count(adopt(conversation)), 0); /* its writer may be at it */

    look(&age_stmt, conversation);
    struct tc_rows *rows = adopt(conversation);
    assert_int_equal(tc_rows_count(rows), 3);
    struct message_orphan orphan;
    message_store_orphan(rows, 0, &orphan);
    assert_string_equal(orphan.message.outbox_id, posts[0]->message.outbox_id);
    assert_string_equal(orphan.verb, "created");
    assert_string_equal(orphan.group_id, group);
    assert_true(orphan.closed);
    assert_string_equal(orphan.message.conversation_id, conversation);
    assert_string_equal(orphan.message.id, drafts[0].id);
    assert_string_equal(orphan.message.nonce, drafts[0].nonce);
    assert_string_equal(orphan.message.body, "edited");
    assert_int_equal(orphan.message.rev, 1);
    message_store_orphan(rows, 1, &orphan);
    assert_int_equal(orphan.message.rev, 2);
    assert_string_equal(orphan.message.body, "two");
    message_store_orphan(rows, 2, &orphan);
    assert_string_equal(orphan.verb, "edited");
    assert_string_equal(orphan.message.outbox_id, message.outbox_id);
    assert_false(orphan.closed);
    assert_int_equal(orphan.message.rev, 3);

    assert_int_equal(tc_rows_count(adopt(conversation)), 0); /* one adopts it, and has 5 s */
    look(&age_stmt, conversation);
    assert_int_equal(tc_rows_count(adopt(conversation)), 3);
}

static void of_a_conversation_that_is_gone_nothing_is_shown(void **state)
{
    (void)state;
    char gone[TC_ID_SIZE], other[TC_ID_SIZE];
    tc_id_make(gone);
    tc_id_make(other);
    struct draft drafts[2];
    struct message_post *posts[] = {draft(&drafts[0], gone, "one"),
                                    draft(&drafts[1], other, "two")};
    message_store_post(db, posts, 2);
    assert_int_equal(message_store_remove_conversation(db, gone, group), TC_OK);
    look(&age_stmt, gone);
    struct tc_rows *rows = adopt(gone);
    assert_int_equal(tc_rows_count(rows), 2);
    size_t shown = 0;
    for (size_t i = 0; i < 2; i++) {
        struct message_orphan orphan;
        message_store_orphan(rows, i, &orphan);
        assert_string_equal(orphan.message.outbox_id, posts[0]->message.outbox_id);
        if (orphan.message.id == NULL)
            continue;
        assert_string_equal(orphan.message.conversation_id, other);
        shown++;
    }
    assert_int_equal(shown, 1);
}

static int open_all(void **state)
{
    beside = tc_db_open(getenv("TINCAN_DATABASE_URL_MESSAGE"), test_statements);
    return messages_open(state);
}

static int close_all(void **state)
{
    tc_db_close(&beside);
    return messages_close(state);
}

static int end(void **state)
{
    tc_db_release(beside);
    return messages_end(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, messages_begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_batch_writes_one_row),
        TEST(a_repeat_writes_none),
        TEST(a_change_writes_one_and_a_refusal_none),
        TEST(an_orphan_shows_the_message_as_it_is_under_its_own_rev),
        TEST(of_a_conversation_that_is_gone_nothing_is_shown),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
