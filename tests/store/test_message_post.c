/* Posting messages: the batch statement against PostgreSQL. */

#include "tests/support/messages.h"

#include <stdlib.h>

#include "shared/base/clock.h"

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

/* The hint that there is a repeat changes nothing but the way, be it right or wrong. */
static void a_hint_is_only_a_hint(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    for (int64_t seq = 1; seq <= 4; seq += 2) {
        struct draft first, again, fresh;
        struct message_post *post = draft(&first, conversation, "first");
        post->is_known = seq == 1;
        message_store_post(db, &post, 1);
        assert_int_equal(post->status, TC_OK);
        assert_false(post->duplicate);
        assert_int_equal(post->message.seq, seq);

        again = first;
        struct message_post *posts[] = {&again.post, draft(&fresh, conversation, "new")};
        again.post.is_known = seq == 1;
        message_store_post(db, posts, 2);
        assert_true(posts[0]->duplicate);
        assert_int_equal(posts[0]->message.seq, seq);
        assert_false(posts[1]->duplicate);
        assert_int_equal(posts[1]->message.seq, seq + 1);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        MESSAGES_TEST(a_batch_numbers_each_conversation_in_its_order),
        MESSAGES_TEST(a_repeat_takes_no_number_and_shows_what_is_there),
        MESSAGES_TEST(a_repeat_shows_the_message_as_it_is_now),
        MESSAGES_TEST(a_hint_is_only_a_hint),
        MESSAGES_TEST(an_id_with_another_nonce_or_author_is_no_repeat),
        MESSAGES_TEST(a_bad_row_fails_alone),
        MESSAGES_TEST(two_drafts_of_one_id_fail_alone),
    };
    return cmocka_run_group_tests(tests, messages_open, messages_close);
}
