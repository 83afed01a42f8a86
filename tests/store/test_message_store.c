/* Each statement of the message service against PostgreSQL, in conversations of its own. */

#include "tests/support/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "services/message/store.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/service/db.h"

/* What the tests look at behind the store's back. */
static const struct tc_stmt head_stmt = {
    .name = "test_head",
    .sql = "SELECT last_seq, last_rev, removed_at IS NOT NULL FROM msg.heads"
           " WHERE conversation_id = $1",
};
static const struct tc_stmt count_stmt = {
    .name = "test_count",
    .sql = "SELECT count(*), count(body), coalesce(max(rev), 0), count(DISTINCT rev)"
           " FROM msg.messages WHERE conversation_id = $1",
};
static const struct tc_stmt *const test_statements[] = {&head_stmt, &count_stmt, NULL};

static struct tc_db *db, *aside;
static char group[TC_ID_SIZE], ann[TC_ID_SIZE], bob[TC_ID_SIZE];

/* A post with its own id and, if wanted, nonce. */
struct draft {
    struct message_post post;
    char id[TC_ID_SIZE], nonce[TC_ID_SIZE];
};

static struct message_post *draft(struct draft *out, const char *conversation, const char *body)
{
    tc_id_make(out->id);
    tc_id_make(out->nonce);
    out->post = (struct message_post){
        .message =
            {
                .conversation_id = conversation,
                .id = out->id,
                .author_id = ann,
                .body = body,
                .nonce = out->nonce,
            },
        .group_id = group,
        .status = TC_INTERNAL,
    };
    return &out->post;
}

static void post_text(const char *conversation, const char *body)
{
    struct draft one;
    struct message_post *post = draft(&one, conversation, body);
    message_store_post(db, &post, 1);
    assert_int_equal(post->status, TC_OK);
}

static void assert_head(const char *conversation, int64_t seq, int64_t rev)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(aside, &head_stmt, TC_ARGS(conversation), &rows), TC_OK);
    assert_int_equal(tc_rows_int(rows, 0, 0), seq);
    assert_int_equal(tc_rows_int(rows, 0, 1), rev);
}

static int64_t stored(const char *conversation)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(aside, &count_stmt, TC_ARGS(conversation), &rows), TC_OK);
    return tc_rows_int(rows, 0, 0);
}

static void a_batch_numbers_each_conversation_in_its_order(void **state)
{
    (void)state;
    char one[TC_ID_SIZE], two[TC_ID_SIZE];
    tc_id_make(one);
    tc_id_make(two);
    post_text(one, "before");
    struct draft drafts[5];
    struct message_post *posts[5];
    for (size_t i = 0; i < 5; i++)
        posts[i] = draft(&drafts[i], i % 2 == 0 ? one : two, "text");

    int64_t before = tc_now_ms();
    message_store_post(db, posts, 5);

    const int64_t seqs[] = {2, 1, 3, 2, 4};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(posts[i]->status, TC_OK);
        assert_false(posts[i]->duplicate);
        assert_int_equal(posts[i]->message.seq, seqs[i]);
        assert_int_equal(posts[i]->message.rev, seqs[i]);
        assert_true(llabs(posts[i]->message.created_at - before) < 60000);
        assert_int_equal(posts[i]->message.edited_at, 0);
    }
    assert_head(one, 4, 4);
    assert_head(two, 2, 2);
}

static void bodies_come_back_byte_for_byte(void **state)
{
    (void)state;
    static const char body[] = "{\"a\", \\b\\ NULL}\n\t\x01 \xe2\x80\xa8\xf0\x9f\xa6\x8a ";
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    post_text(conversation, body);
    post_text(conversation, "NULL");

    struct message_page page;
    struct message_range range = {
        .conversation_id = conversation, .before = 10, .upwards = true, .limit = 10};
    assert_int_equal(message_store_list(db, &range, &page), TC_OK);
    assert_string_equal(page.items[0].body, body);
    assert_string_equal(page.items[1].body, "NULL");
    assert_string_equal(page.items[1].author_id, ann);
    assert_string_equal(page.items[1].conversation_id, conversation);
    assert_true(tc_id_is_v7(page.items[1].id));
}

static void a_repeat_takes_no_number_and_shows_what_is_there(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    struct draft first, again, fresh;
    struct message_post *post = draft(&first, conversation, "first");
    message_store_post(db, &post, 1);

    struct message_post *posts[] = {draft(&fresh, conversation, "new"),
                                    draft(&again, conversation, "other words")};
    posts[1]->message.id = first.id;
    posts[1]->message.nonce = first.nonce;
    message_store_post(db, posts, 2);

    assert_int_equal(posts[0]->status, TC_OK);
    assert_false(posts[0]->duplicate);
    assert_int_equal(posts[0]->message.seq, 2);
    assert_int_equal(posts[1]->status, TC_OK);
    assert_true(posts[1]->duplicate);
    assert_int_equal(posts[1]->message.seq, 1);
    assert_string_equal(posts[1]->message.body, "first");
    assert_int_equal(posts[1]->message.created_at, first.post.message.created_at);
    assert_head(conversation, 2, 2);
}

static void a_repeat_shows_the_message_as_it_is_now(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    struct draft first;
    struct message_post *post = draft(&first, conversation, "first");
    message_store_post(db, &post, 1);
    struct message_ref ref = {.conversation_id = conversation, .seq = 1, .user_id = ann};
    struct message_info changed;

    assert_int_equal(message_store_edit(db, &ref, "second", &changed), TC_OK);
    post->message.body = "first";
    message_store_post(db, &post, 1);
    assert_true(post->duplicate);
    assert_string_equal(post->message.body, "second");
    assert_int_equal(post->message.rev, 2);
    assert_true(post->message.edited_at > 0);

    assert_int_equal(message_store_remove(db, &ref, false, &changed), TC_OK);
    post->message.body = "first";
    assert_int_equal(message_store_find(db, post), TC_OK);
    assert_true(post->duplicate);
    assert_null(post->message.body);
    assert_true(post->message.removed_at > 0);
    assert_head(conversation, 1, 3);
}

static void an_id_with_another_nonce_or_author_is_no_repeat(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    struct draft first, other, theirs, good;
    struct message_post *post = draft(&first, conversation, "first");
    message_store_post(db, &post, 1);

    struct message_post *posts[] = {draft(&other, conversation, "x"),
                                    draft(&theirs, conversation, "y"),
                                    draft(&good, conversation, "z")};
    posts[0]->message.id = first.id;
    posts[1]->message.id = first.id;
    posts[1]->message.nonce = first.nonce;
    posts[1]->message.author_id = bob;
    message_store_post(db, posts, 3);

    assert_int_equal(posts[0]->status, TC_CONFLICT);
    assert_int_equal(posts[1]->status, TC_CONFLICT);
    assert_int_equal(posts[2]->status, TC_OK);
    assert_int_equal(posts[2]->message.seq, 2);
    assert_int_equal(message_store_find(db, posts[0]), TC_NOT_FOUND);
    assert_int_equal(message_store_find(db, posts[1]), TC_NOT_FOUND);
}

static void a_bad_row_fails_alone(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    struct draft drafts[3];
    struct message_post *posts[] = {draft(&drafts[0], conversation, "a"),
                                    draft(&drafts[1], conversation, ""),
                                    draft(&drafts[2], conversation, "c")};
    message_store_post(db, posts, 3);

    assert_int_equal(posts[0]->status, TC_OK);
    assert_int_equal(posts[1]->status, TC_INVALID_FIELD);
    assert_int_equal(posts[2]->status, TC_OK);
    assert_int_equal(posts[2]->message.seq, 2);
    assert_head(conversation, 2, 2);
}

static void two_drafts_of_one_id_fail_alone(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    struct draft drafts[2];
    struct message_post *posts[] = {draft(&drafts[0], conversation, "a"),
                                    draft(&drafts[1], conversation, "b")};
    posts[1]->message.id = drafts[0].id;
    message_store_post(db, posts, 2);

    assert_int_equal(posts[0]->status, TC_OK);
    assert_int_equal(posts[1]->status, TC_CONFLICT);
    assert_head(conversation, 1, 1);
}

static void an_edit_is_the_authors_and_counts_the_rev_up(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    post_text(conversation, "one");
    post_text(conversation, "two");
    struct message_ref ref = {.conversation_id = conversation, .seq = 1, .user_id = ann};
    struct message_info message;

    assert_int_equal(message_store_edit(db, &ref, "uno", &message), TC_OK);
    assert_string_equal(message.body, "uno");
    assert_string_equal(message.conversation_id, conversation);
    assert_int_equal(message.seq, 1);
    assert_int_equal(message.rev, 3);
    assert_true(message.edited_at >= message.created_at);
    assert_int_equal(message.removed_at, 0);
    assert_head(conversation, 2, 3);

    ref.user_id = bob;
    assert_int_equal(message_store_edit(db, &ref, "x", &message), TC_FORBIDDEN);
    ref.seq = 3;
    assert_int_equal(message_store_edit(db, &ref, "x", &message), TC_NOT_FOUND);
    assert_head(conversation, 2, 3);
}

static void if_rev_keeps_an_older_state_from_winning(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    post_text(conversation, "one");
    struct message_ref ref = {
        .conversation_id = conversation, .seq = 1, .user_id = ann, .if_rev = 1};
    struct message_info message;

    assert_int_equal(message_store_edit(db, &ref, "two", &message), TC_OK);
    assert_int_equal(message_store_edit(db, &ref, "three", &message), TC_CONFLICT);
    assert_int_equal(message_store_remove(db, &ref, false, &message), TC_CONFLICT);
    ref.user_id = bob;
    assert_int_equal(message_store_edit(db, &ref, "three", &message), TC_FORBIDDEN);
    ref.user_id = ann;
    ref.if_rev = 2;
    assert_int_equal(message_store_remove(db, &ref, false, &message), TC_OK);
    assert_head(conversation, 1, 3);
}

static void a_removed_message_leaves_a_tombstone_without_body(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    post_text(conversation, "one");
    post_text(conversation, "two");
    struct message_ref ref = {.conversation_id = conversation, .seq = 1, .user_id = bob};
    struct message_info message;

    assert_int_equal(message_store_remove(db, &ref, false, &message), TC_FORBIDDEN);
    assert_int_equal(message_store_remove(db, &ref, true, &message), TC_OK);
    assert_null(message.body);
    assert_string_equal(message.author_id, ann);
    assert_true(message.removed_at >= message.created_at);
    assert_int_equal(message.rev, 3);

    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(aside, &count_stmt, TC_ARGS(conversation), &rows), TC_OK);
    assert_int_equal(tc_rows_int(rows, 0, 0), 2);
    assert_int_equal(tc_rows_int(rows, 0, 1), 1);

    assert_int_equal(message_store_remove(db, &ref, true, &message), TC_NOT_FOUND);
    ref.user_id = ann;
    assert_int_equal(message_store_edit(db, &ref, "again", &message), TC_NOT_FOUND);
    assert_head(conversation, 2, 3);
}

static struct message_page list(const char *conversation, int64_t after, int64_t before,
                                bool upwards, int64_t limit)
{
    struct message_page page;
    struct message_range range = {.conversation_id = conversation,
                                  .after = after,
                                  .before = before,
                                  .upwards = upwards,
                                  .limit = limit};
    assert_int_equal(message_store_list(db, &range, &page), TC_OK);
    return page;
}

static void a_list_takes_the_newest_or_goes_on_from_a_place(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    struct message_page page = list(conversation, 0, INT64_MAX, false, 3);
    assert_int_equal(page.count, 0);
    assert_false(page.more);
    for (int i = 0; i < 5; i++)
        post_text(conversation, "text");

    page = list(conversation, 0, INT64_MAX, false, 3);
    assert_int_equal(page.count, 3);
    assert_true(page.more);
    assert_int_equal(page.items[0].seq, 5);
    assert_int_equal(page.items[2].seq, 3);

    page = list(conversation, 0, 3, false, 2);
    assert_int_equal(page.count, 2);
    assert_false(page.more);
    assert_int_equal(page.items[0].seq, 2);

    page = list(conversation, 1, 5, false, 2);
    assert_int_equal(page.items[0].seq, 4);
    assert_int_equal(page.items[1].seq, 3);
    assert_true(page.more);

    page = list(conversation, 2, INT64_MAX, true, 2);
    assert_int_equal(page.items[0].seq, 3);
    assert_int_equal(page.items[1].seq, 4);
    assert_true(page.more);
}

static void heads_come_in_the_order_asked_with_zeros_for_empty_ones(void **state)
{
    (void)state;
    char empty[TC_ID_SIZE], full[TC_ID_SIZE], gone[TC_ID_SIZE];
    tc_id_make(empty);
    tc_id_make(full);
    tc_id_make(gone);
    post_text(full, "one");
    assert_int_equal(message_store_remove_conversation(db, gone, group), TC_OK);

    struct message_heads heads;
    const char *const ids[] = {full, gone, empty};
    assert_int_equal(message_store_heads(db, ids, 3, &heads), TC_OK);
    assert_int_equal(heads.count, 2);
    assert_string_equal(heads.items[0].conversation_id, full);
    assert_int_equal(heads.items[0].last_seq, 1);
    assert_string_equal(heads.items[1].conversation_id, empty);
    assert_int_equal(heads.items[1].last_rev, 0);
}

static void a_removed_conversation_is_over_for_good(void **state)
{
    (void)state;
    char gone[TC_ID_SIZE], other[TC_ID_SIZE];
    tc_id_make(gone);
    tc_id_make(other);
    post_text(gone, "one");
    post_text(other, "one");

    for (int time = 0; time < 2; time++)
        assert_int_equal(message_store_remove_conversation(db, gone, group), TC_OK);
    assert_int_equal(stored(gone), 0);
    assert_int_equal(stored(other), 1);

    struct draft drafts[2];
    struct message_post *posts[] = {draft(&drafts[0], gone, "late"),
                                    draft(&drafts[1], other, "fine")};
    message_store_post(db, posts, 2);
    assert_int_equal(posts[0]->status, TC_NOT_FOUND);
    assert_int_equal(posts[1]->status, TC_OK);
    assert_int_equal(posts[1]->message.seq, 2);

    struct message_page page;
    struct message_range range = {.conversation_id = gone, .before = 10, .limit = 10};
    assert_int_equal(message_store_list(db, &range, &page), TC_NOT_FOUND);
    assert_head(gone, 1, 1);
}

static void a_large_conversation_goes_in_chunks(void **state)
{
    (void)state;
    enum { COUNT = 4100 };
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    struct draft *drafts = tc_alloc(COUNT * sizeof(*drafts));
    struct message_post **posts = tc_alloc(COUNT * sizeof(struct message_post *));
    for (size_t i = 0; i < COUNT; i++)
        posts[i] = draft(&drafts[i], conversation, "text");
    message_store_post(db, posts, COUNT);
    assert_int_equal(stored(conversation), COUNT);

    assert_int_equal(message_store_remove_conversation(db, conversation, group), TC_OK);
    assert_int_equal(stored(conversation), 0);
    free(posts);
    free(drafts);
}

static void a_removed_group_takes_its_conversations_along(void **state)
{
    (void)state;
    char one[TC_ID_SIZE], two[TC_ID_SIZE], elsewhere[TC_ID_SIZE], other_group[TC_ID_SIZE];
    tc_id_make(one);
    tc_id_make(two);
    tc_id_make(elsewhere);
    tc_id_make(other_group);
    post_text(one, "text");
    post_text(two, "text");
    struct draft theirs;
    struct message_post *post = draft(&theirs, elsewhere, "text");
    post->group_id = other_group;
    message_store_post(db, &post, 1);

    for (int time = 0; time < 2; time++)
        assert_int_equal(message_store_remove_group(db, group), TC_OK);
    assert_int_equal(stored(one) + stored(two), 0);
    assert_int_equal(stored(elsewhere), 1);
    post = draft(&theirs, one, "late");
    message_store_post(db, &post, 1);
    assert_int_equal(post->status, TC_NOT_FOUND);
}

/* A second process: posts to both conversations, repeats itself, and edits. */
struct writer {
    pthread_t thread;
    const char *conversations[2];
    char author[TC_ID_SIZE];
    size_t failures;
};

static void *write_much(void *arg)
{
    struct writer *writer = arg;
    struct tc_db *own = tc_db_open(getenv("TINCAN_DATABASE_URL_MESSAGE"), message_statements);
    for (int round = 0; round < 40; round++) {
        struct draft drafts[6];
        struct message_post *posts[6];
        for (size_t i = 0; i < 6; i++) {
            posts[i] = draft(&drafts[i], writer->conversations[(i + (size_t)round) % 2], "text");
            posts[i]->message.author_id = writer->author;
        }
        message_store_post(own, posts, 6);
        struct message_ref ref = {.conversation_id = posts[0]->message.conversation_id,
                                  .seq = posts[0]->message.seq,
                                  .user_id = writer->author};
        struct message_info changed;
        if (message_store_edit(own, &ref, "edited", &changed) != TC_OK)
            writer->failures++;
        for (size_t i = 0; i < 6; i++)
            if (posts[i]->status != TC_OK || posts[i]->duplicate)
                writer->failures++;
        tc_db_release(own);
    }
    tc_db_close(&own);
    return NULL;
}

static void two_writers_leave_no_gap(void **state)
{
    (void)state;
    char one[TC_ID_SIZE], two[TC_ID_SIZE];
    tc_id_make(one);
    tc_id_make(two);
    struct writer writers[2] = {{.conversations = {one, two}}, {.conversations = {two, one}}};
    for (size_t i = 0; i < 2; i++) {
        tc_id_make(writers[i].author);
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_much, &writers[i]), 0);
    }
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(writers[i].thread, NULL), 0);

    assert_int_equal(writers[0].failures + writers[1].failures, 0);
    assert_int_equal(stored(one) + stored(two), 2 * 40 * 6);
    const char *const both[] = {one, two};
    for (size_t i = 0; i < 2; i++) {
        struct tc_rows *rows;
        assert_int_equal(tc_db_run_one(aside, &count_stmt, TC_ARGS(both[i]), &rows), TC_OK);
        /* 240 posted and 40 edited; every rev but those of edited messages is there still. */
        assert_int_equal(tc_rows_int(rows, 0, 0), 240);
        assert_int_equal(tc_rows_int(rows, 0, 3), 240);
        assert_head(both[i], 240, 280);
    }
}

static int open_all(void **state)
{
    (void)state;
    const char *url = getenv("TINCAN_DATABASE_URL_MESSAGE");
    if (url == NULL)
        return -1;
    db = tc_db_open(url, message_statements);
    aside = tc_db_open(url, test_statements);
    return tc_db_is_up(db) && tc_db_is_up(aside) ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    tc_db_close(&db);
    tc_db_close(&aside);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    tc_id_make(group);
    tc_id_make(ann);
    tc_id_make(bob);
    return 0;
}

static int end(void **state)
{
    (void)state;
    tc_db_release(db);
    tc_db_release(aside);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_batch_numbers_each_conversation_in_its_order),
        TEST(bodies_come_back_byte_for_byte),
        TEST(a_repeat_takes_no_number_and_shows_what_is_there),
        TEST(a_repeat_shows_the_message_as_it_is_now),
        TEST(an_id_with_another_nonce_or_author_is_no_repeat),
        TEST(a_bad_row_fails_alone),
        TEST(two_drafts_of_one_id_fail_alone),
        TEST(an_edit_is_the_authors_and_counts_the_rev_up),
        TEST(if_rev_keeps_an_older_state_from_winning),
        TEST(a_removed_message_leaves_a_tombstone_without_body),
        TEST(a_list_takes_the_newest_or_goes_on_from_a_place),
        TEST(heads_come_in_the_order_asked_with_zeros_for_empty_ones),
        TEST(a_removed_conversation_is_over_for_good),
        TEST(a_large_conversation_goes_in_chunks),
        TEST(a_removed_group_takes_its_conversations_along),
        TEST(two_writers_leave_no_gap),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
