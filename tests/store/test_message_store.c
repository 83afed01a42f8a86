/* Changing and ending, and the heads: the statements against PostgreSQL. */

#include "tests/support/messages.h"

#include <stdlib.h>

#include "services/message/store_removal.h"
#include "shared/base/mem.h"

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

    assert_int_equal(stored(conversation).messages, 2);
    assert_int_equal(stored(conversation).bodies, 1);

    assert_int_equal(message_store_remove(db, &ref, true, &message), TC_NOT_FOUND);
    ref.user_id = ann;
    assert_int_equal(message_store_edit(db, &ref, "again", &message), TC_NOT_FOUND);
    assert_head(conversation, 2, 3);
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

    struct message_head heads[3];
    const char *const ids[] = {full, gone, empty};
    assert_int_equal(message_store_heads(db, ids, 3, heads), TC_OK);
    assert_false(heads[0].gone);
    assert_int_equal(heads[0].last_seq, 1);
    assert_true(heads[1].gone);
    assert_false(heads[2].gone);
    assert_int_equal(heads[2].last_rev, 0);
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
    assert_int_equal(stored(gone).messages, 0);
    assert_int_equal(stored(other).messages, 1);

    struct draft drafts[2];
    struct message_post *posts[] = {draft(&drafts[0], gone, "late"),
                                    draft(&drafts[1], other, "fine")};
    message_store_post(db, posts, 2);
    assert_int_equal(posts[0]->status, TC_NOT_FOUND);
    assert_int_equal(posts[1]->status, TC_OK);
    assert_int_equal(posts[1]->message.seq, 2);

    assert_head(gone, 1, 1);
}

static void post_many(const char *conversation, size_t count)
{
    struct draft *drafts = tc_alloc(count * sizeof(*drafts));
    struct message_post **posts = tc_alloc(count * sizeof(struct message_post *));
    for (size_t i = 0; i < count; i++)
        posts[i] = draft(&drafts[i], conversation, "text");
    message_store_post(db, posts, count);
    assert_int_equal(posts[count - 1]->status, TC_OK);
    free(posts);
    free(drafts);
    messages_end(NULL); /* the rows so far */
}

static void a_large_conversation_goes_in_turns(void **state)
{
    (void)state;
    enum { COUNT = 17000 };
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    post_many(conversation, COUNT);
    for (int64_t seq = 1; seq <= 3; seq++) {
        struct message_ref ref = {.conversation_id = conversation, .seq = seq, .user_id = ann};
        struct message_info message;
        assert_int_equal(message_store_edit(db, &ref, "edited", &message), TC_OK);
    }

    assert_int_equal(message_store_remove_conversation(db, conversation, group), TC_LATER);
    assert_in_range(stored(conversation).messages, 1, COUNT - 1);
    struct draft late;
    struct message_post *post = draft(&late, conversation, "late");
    message_store_post(db, &post, 1);
    assert_int_equal(post->status, TC_NOT_FOUND);

    assert_int_equal(message_store_remove_conversation(db, conversation, group), TC_OK);
    assert_int_equal(stored(conversation).messages, 0);
    assert_int_equal(changes_kept(conversation), 0);
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
    assert_int_equal(stored(one).messages + stored(two).messages, 0);
    assert_int_equal(stored(elsewhere).messages, 1);
    post_text(elsewhere, "goes on");
    post = draft(&theirs, one, "late");
    message_store_post(db, &post, 1);
    assert_int_equal(post->status, TC_NOT_FOUND);
}

static void what_was_let_into_a_removed_group_before_goes_too(void **state)
{
    (void)state;
    char late[TC_ID_SIZE];
    tc_id_make(late);
    assert_int_equal(message_store_remove_group(db, group), TC_OK);
    assert_true(age_removed_group(group, 29));
    post_text(late, "was under way");
    message_store_settle_groups(db);
    assert_int_equal(stored(late).messages, 1);

    assert_true(age_removed_group(group, 2));
    message_store_settle_groups(db);
    assert_int_equal(stored(late).messages, 0);
    struct draft next;
    struct message_post *post = draft(&next, late, "later");
    message_store_post(db, &post, 1);
    assert_int_equal(post->status, TC_NOT_FOUND);

    assert_false(age_removed_group(group, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MESSAGES_TEST(an_edit_is_the_authors_and_counts_the_rev_up),
        MESSAGES_TEST(if_rev_keeps_an_older_state_from_winning),
        MESSAGES_TEST(a_removed_message_leaves_a_tombstone_without_body),
        MESSAGES_TEST(heads_come_in_the_order_asked_with_zeros_for_empty_ones),
        MESSAGES_TEST(a_removed_conversation_is_over_for_good),
        MESSAGES_TEST(a_large_conversation_goes_in_turns),
        MESSAGES_TEST(a_removed_group_takes_its_conversations_along),
        MESSAGES_TEST(what_was_let_into_a_removed_group_before_goes_too),
    };
    return cmocka_run_group_tests(tests, messages_open, messages_close);
}
