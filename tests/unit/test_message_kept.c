/* Newest pages: answered as they were read while nothing has changed since. */

#include "tests/support/message_stand_in.h"

#include "services/message/pages.h"

#define LIST(id)                                                                                   \
    {                                                                                              \
        .op = "message/list", .user = ANN, .data = "{\"conversation_id\":\"" id "\"}",             \
        .access = MEMBER                                                                           \
    }

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
    pages_bytes = 300; /* room for this one, and for none of those before */
    pages_keep(GONE, 50, (struct page_state){0, 0}, "", 0);
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
    store.head[0].last_rev++;
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
    assert_true(reads(AT("")));
    store.head[0].gone = true;
    struct call call = message_ask("message/list", AT(""));
    assert_int_equal(call.status, TC_NOT_FOUND);
    call_done(&call);
}

static void without_heads_nothing_is_read_either(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    store.heads_fail = true;
    struct call calls[] = {LIST(TALK), LIST(THIRD)};
    call_batch(read_routes, calls, 2);
    assert_int_equal(store.lists, 1);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(calls[i].status, TC_UNAVAILABLE);
        call_done(&calls[i]);
    }
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

/*
 * Asks for the newest pages of OTHER, TALK and THIRD in one turn. Checks whose page each got, and
 * that it was read now, or else before: bodies read from now on are an x.
 */
static void assert_each_gets_its_own(bool other_is_read, bool talk_is_read)
{
    const char *const conversations[] = {OTHER, TALK, THIRD};
    const bool is_read[] = {other_is_read, talk_is_read, true};
    store.body_size = 1;
    struct call calls[] = {LIST(OTHER), LIST(TALK), LIST(THIRD)};
    call_batch(read_routes, calls, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(calls[i].status, TC_OK);
        assert_string_equal(json_text(calls[i].answer, "data.messages.0.conversation_id"),
                            conversations[i]);
        assert_string_equal(json_text(calls[i].answer, "data.messages.0.body"),
                            is_read[i] ? "x" : "");
        call_done(&calls[i]);
    }
}

static void pages_of_a_turn_are_answered_each_with_its_own(void **state)
{
    (void)state;
    struct call calls[] = {LIST(TALK), LIST(OTHER)};
    call_batch(read_routes, calls, 2);
    call_done(&calls[0]);
    call_done(&calls[1]);
    assert_each_gets_its_own(false, false);
}

static void what_has_changed_among_kept_pages_is_read(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    struct call call = message_ask("message/list", "{\"conversation_id\":\"" OTHER "\"}");
    call_done(&call);
    store.head[0].last_rev++;
    assert_each_gets_its_own(false, true);
}

static void what_has_gone_among_kept_pages_is_gone(void **state)
{
    (void)state;
    struct call calls[] = {LIST(OTHER), LIST(TALK)};
    call_batch(read_routes, calls, 2);
    call_done(&calls[0]);
    call_done(&calls[1]);
    store.head[0].gone = true;
    struct call again[] = {LIST(OTHER), LIST(TALK)};
    call_batch(read_routes, again, 2);
    assert_int_equal(again[0].status, TC_OK);
    assert_int_equal(again[1].status, TC_NOT_FOUND);
    call_done(&again[0]);
    call_done(&again[1]);
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
        TEST(without_heads_nothing_is_read_either),
        TEST(an_empty_page_is_not_kept),
        TEST(pages_of_a_turn_are_answered_each_with_its_own),
        TEST(what_has_changed_among_kept_pages_is_read),
        TEST(what_has_gone_among_kept_pages_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
