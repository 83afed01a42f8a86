/* Newest pages: answered as they were read while nothing has changed since. */

#include "tests/support/message_stand_in.h"

#include <string.h>

#include "services/message/pages.h"

/* Asks for a page, whose newest message is number 100; returns whether it was read for that. */
static bool reads(const char *data)
{
    size_t before = store.lists;
    struct call call = message_ask("message/list", data);
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(json_text(call.answer, "type"), "message/list-response");
    assert_true(json_number(call.answer, "data.messages.1.seq") == 100);
    assert_true(cJSON_IsTrue(json_at(call.answer, "data.more")));
    call_done(&call);
    return store.lists > before;
}

static int keep(void **state)
{
    message_stand_in_clear(state);
    pages_keep(TALK, 50, (struct page_state){0, 0}, "", 0); /* drops all: there is no room */
    store.page_count = 2;
    store.page_more = true;
    pages_bytes = 1 << 20;
    return 0;
}

static void the_newest_page_is_read_once_until_something_changes(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    assert_int_equal(store.heads, 0);
    assert_false(reads(AT("")));
    assert_false(reads(AT("")));
    assert_int_equal(store.heads, 2);
    store.rev++;
    assert_true(reads(AT("")));
    assert_false(reads(AT("")));
}

static void a_page_of_another_limit_is_another_page(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    assert_true(reads(AT(",\"limit\":2")));
    assert_false(reads(AT(",\"limit\":2")));
    assert_true(reads(AT("")));
}

static void only_newest_pages_are_kept(void **state)
{
    (void)state;
    for (int time = 0; time < 2; time++) {
        assert_true(reads(AT(",\"before\":101")));
        assert_true(reads(AT(",\"after\":1,\"before\":9007199254740991")));
    }
    assert_true(reads(AT("")));
    assert_true(reads(AT(",\"before\":101"))); /* which is not the page that is kept now */
    struct call oldest = message_ask("message/list", AT(",\"after\":0"));
    assert_true(json_number(oldest.answer, "data.messages.0.seq") == 1);
    call_done(&oldest);
    assert_int_equal(store.heads, 0);
}

static void a_kept_page_is_nothing_to_a_new_connection(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    store.connection++;
    assert_true(reads(AT("")));
    assert_false(reads(AT("")));
}

static void a_kept_page_ends_with_its_conversation(void **state)
{
    (void)state;
    static const char data[] = "{\"conversation_id\":\"" OTHER "\"}";
    assert_true(reads(data));
    store.gone = true;
    assert_true(reads(data)); /* which then finds that it is gone */
}

static void without_heads_pages_are_read(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    store.heads_fail = true;
    assert_true(reads(AT("")));
}

static void an_empty_page_is_not_kept(void **state)
{
    (void)state;
    store.page_count = 0;
    for (size_t time = 1; time <= 2; time++) {
        struct call call = message_ask("message/list", AT(""));
        assert_int_equal(call.status, TC_OK);
        call_done(&call);
        assert_int_equal(store.lists, time);
    }
}

static void kept_pages_and_read_ones_are_answered_each(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    store.body_size = 1; /* of those that are read from now on */
    struct call calls[] = {
        {.op = "message/list",
         .user = BOB,
         .data = "{\"conversation_id\":\"" OTHER "\",\"limit\":3}",
         .access = MEMBER},
        {.op = "message/list", .user = BOB, .data = AT(""), .access = MEMBER},
        {.op = "message/list", .user = ANN, .data = AT(""), .access = MEMBER},
        {.op = "message/list", .user = ANN, .data = AT(",\"limit\":7"), .access = MEMBER},
    };
    call_batch(read_routes, calls, 4);
    assert_int_equal(store.heads, 2);
    assert_int_equal(store.lists, 3);
    static const char *const conversations[] = {OTHER, TALK, TALK, TALK};
    for (size_t i = 0; i < 4; i++) {
        bool kept = i == 1 || i == 2;
        assert_int_equal(calls[i].status, TC_OK);
        assert_string_equal(json_text(calls[i].answer, "data.messages.0.conversation_id"),
                            conversations[i]);
        assert_string_equal(json_text(calls[i].answer, "data.messages.0.body"), kept ? "" : "x");
        call_done(&calls[i]);
    }
}

#define TEST(function) cmocka_unit_test_setup(function, keep)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_page_is_read_once_until_something_changes),
        TEST(a_page_of_another_limit_is_another_page),
        TEST(only_newest_pages_are_kept),
        TEST(a_kept_page_is_nothing_to_a_new_connection),
        TEST(a_kept_page_ends_with_its_conversation),
        TEST(without_heads_pages_are_read),
        TEST(an_empty_page_is_not_kept),
        TEST(kept_pages_and_read_ones_are_answered_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
