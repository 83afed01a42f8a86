/* Pages of conversations: the statements against PostgreSQL. */

#include "tests/support/messages.h"

#include "services/message/store_removal.h"

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

    assert_int_equal(page.last_rev, 5);

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

static void a_page_says_the_rev_of_its_conversation(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    for (int i = 0; i < 3; i++)
        post_text(conversation, "text");
    struct message_info first;
    const struct message_ref ref = {.conversation_id = conversation, .seq = 1, .user_id = ann};
    assert_int_equal(message_store_edit(db, &ref, "edited", &first), TC_OK);
    assert_int_equal(first.rev, 4);

    struct message_page newest = list(conversation, 0, INT64_MAX, false, 1);
    assert_int_equal(newest.items[0].rev, 3);
    assert_int_equal(newest.last_rev, 4);
    assert_int_equal(list(conversation, 1, INT64_MAX, true, 2).last_rev, 4);
    assert_head(conversation, 3, 4);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        MESSAGES_TEST(bodies_come_back_byte_for_byte),
        MESSAGES_TEST(a_list_takes_the_newest_or_goes_on_from_a_place),
        MESSAGES_TEST(a_page_says_the_rev_of_its_conversation),
        MESSAGES_TEST(many_lists_get_each_its_own_page),
        MESSAGES_TEST(lists_that_fail_are_told_so),
    };
    return cmocka_run_group_tests(tests, messages_open, messages_close);
}
