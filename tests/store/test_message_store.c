/* Changing, reading and ending: the statements against PostgreSQL. */

#include "tests/support/messages.h"

#include <stdlib.h>

#include "services/message/store_removal.h"
#include "shared/base/mem.h"

static const char odd_body[] = "{\"a\", \\b\\ NULL}\n\t\x01 \xe2\x80\xa8\xf0\x9f\xa6\x8a ";

static void check_bodies(void *ctx, size_t range, enum tc_status status,
                         const struct message_page *page)
{
    const char *conversation = ctx;
    assert_int_equal(range, 0);
    assert_int_equal(status, TC_OK);
    assert_int_equal(page->count, 2);
    assert_string_equal(page->items[0].body, odd_body);
    assert_string_equal(page->items[1].body, "NULL");
    assert_string_equal(page->items[1].author_id, ann);
    assert_string_equal(page->items[1].conversation_id, conversation);
    assert_true(tc_id_is_v7(page->items[1].id));
}

static void bodies_come_back_byte_for_byte(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    post_text(conversation, odd_body);
    post_text(conversation, "NULL");

    struct message_range range = {
        .conversation_id = conversation, .before = 10, .upwards = true, .limit = 10};
    message_store_list(db, &range, 1, check_bodies, conversation);
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

    assert_int_equal(stored(conversation).messages, 2);
    assert_int_equal(stored(conversation).bodies, 1);

    assert_int_equal(message_store_remove(db, &ref, true, &message), TC_NOT_FOUND);
    ref.user_id = ann;
    assert_int_equal(message_store_edit(db, &ref, "again", &message), TC_NOT_FOUND);
    assert_head(conversation, 2, 3);
}

/* What became of ranges; the messages without their texts, which do not last. */
#define LOOKS_MAX 8
struct looks {
    size_t times[LOOKS_MAX];
    enum tc_status status[LOOKS_MAX];
    struct message_page pages[LOOKS_MAX];
    size_t order[LOOKS_MAX], count;
};

static void note_look(void *ctx, size_t range, enum tc_status status,
                      const struct message_page *page)
{
    struct looks *looks = ctx;
    assert_true((status == TC_OK) == (page != NULL));
    looks->times[range]++;
    looks->status[range] = status;
    if (page != NULL)
        looks->pages[range] = *page;
    looks->order[looks->count++] = range;
}

static struct message_page list(const char *conversation, int64_t after, int64_t before,
                                bool upwards, int64_t limit)
{
    static struct looks looks;
    looks = (struct looks){.count = 0};
    struct message_range range = {.conversation_id = conversation,
                                  .after = after,
                                  .before = before,
                                  .upwards = upwards,
                                  .limit = limit};
    message_store_list(db, &range, 1, note_look, &looks);
    assert_int_equal(looks.times[0], 1);
    assert_int_equal(looks.status[0], TC_OK);
    return looks.pages[0];
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

static void many_lists_get_each_its_own_page(void **state)
{
    (void)state;
    char full[TC_ID_SIZE], empty[TC_ID_SIZE], gone[TC_ID_SIZE];
    tc_id_make(full);
    tc_id_make(empty);
    tc_id_make(gone);
    for (int i = 0; i < 5; i++)
        post_text(full, "text");
    assert_int_equal(message_store_remove_conversation(db, gone, group), TC_OK);

    const struct message_range ranges[] = {
        {.conversation_id = gone, .before = 10, .limit = 3},
        {.conversation_id = full, .before = 10, .limit = 2},
        {.conversation_id = empty, .before = 10, .limit = 3},
        {.conversation_id = gone, .before = 10, .limit = 3},
        {.conversation_id = full, .after = 1, .before = 10, .limit = 3, .upwards = true},
        {.conversation_id = full, .after = 5, .before = 10, .limit = 3, .upwards = true},
    };
    static struct looks looks;
    looks = (struct looks){.count = 0};
    message_store_list(db, ranges, 6, note_look, &looks);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(looks.times[i], 1);
    assert_int_equal(looks.order[0], 1); /* the empty ones come last */
    assert_int_equal(looks.order[1], 4);
    assert_int_equal(looks.status[0], TC_NOT_FOUND);
    assert_int_equal(looks.pages[1].items[0].seq, 5);
    assert_int_equal(looks.pages[1].count, 2);
    assert_int_equal(looks.status[2], TC_OK);
    assert_int_equal(looks.pages[2].count, 0);
    assert_false(looks.pages[2].more);
    assert_int_equal(looks.status[3], TC_NOT_FOUND);
    assert_int_equal(looks.pages[4].items[0].seq, 2);
    assert_int_equal(looks.pages[4].count, 3);
    assert_int_equal(looks.status[5], TC_OK);
    assert_int_equal(looks.pages[5].count, 0);
    message_store_list(db, ranges, 0, note_look, &looks);
    assert_int_equal(looks.count, 6);
}

static void lists_that_fail_are_told_so(void **state)
{
    (void)state;
    char full[TC_ID_SIZE];
    tc_id_make(full);
    post_text(full, "text");
    const struct message_range ranges[] = {
        {.conversation_id = full, .before = 10, .limit = 3},
        {.conversation_id = "no id", .before = 10, .limit = 3},
        {.conversation_id = full, .before = 10, .limit = 3},
    };
    static struct looks looks;
    looks = (struct looks){.count = 0};
    message_store_list(db, ranges, 3, note_look, &looks);
    assert_int_equal(looks.count, 3);
    assert_int_equal(looks.status[0], TC_OK);
    assert_int_equal(looks.status[1], TC_INTERNAL);
    assert_int_equal(looks.status[2], TC_OK); /* it fails alone */
    assert_int_equal(looks.pages[2].count, 1);
    assert_int_equal(list(full, 0, 10, false, 3).count, 1);
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

    static struct looks looks;
    looks = (struct looks){.count = 0};
    struct message_range range = {.conversation_id = gone, .before = 10, .limit = 10};
    message_store_list(db, &range, 1, note_look, &looks);
    assert_int_equal(looks.status[0], TC_NOT_FOUND);
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
        MESSAGES_TEST(bodies_come_back_byte_for_byte),
        MESSAGES_TEST(an_edit_is_the_authors_and_counts_the_rev_up),
        MESSAGES_TEST(if_rev_keeps_an_older_state_from_winning),
        MESSAGES_TEST(a_removed_message_leaves_a_tombstone_without_body),
        MESSAGES_TEST(a_list_takes_the_newest_or_goes_on_from_a_place),
        MESSAGES_TEST(many_lists_get_each_its_own_page),
        MESSAGES_TEST(lists_that_fail_are_told_so),
        MESSAGES_TEST(heads_come_in_the_order_asked_with_zeros_for_empty_ones),
        MESSAGES_TEST(a_removed_conversation_is_over_for_good),
        MESSAGES_TEST(a_large_conversation_goes_in_turns),
        MESSAGES_TEST(a_removed_group_takes_its_conversations_along),
        MESSAGES_TEST(what_was_let_into_a_removed_group_before_goes_too),
    };
    return cmocka_run_group_tests(tests, messages_open, messages_close);
}
