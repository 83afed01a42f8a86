/* Listing messages and heads, with a store that remembers what it was asked. */

#include "tests/support/message_stand_in.h"

#include "shared/base/buf.h"

static void a_list_looks_downwards_unless_only_after_is_given(void **state)
{
    (void)state;
    const struct {
        const char *data;
        int64_t after, before, limit;
        bool upwards;
    } cases[] = {
        {AT(""), 0, INT64_MAX, 50, false},
        {AT(",\"before\":7,\"limit\":200"), 0, 7, 200, false},
        {AT(",\"before\":7,\"after\":3"), 3, 7, 50, false},
        {AT(",\"after\":0,\"limit\":1"), 0, INT64_MAX, 1, true},
        {AT(",\"after\":3,\"before\":null"), 3, INT64_MAX, 50, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call call = message_ask("message/list", cases[i].data);
        assert_int_equal(call.status, TC_OK);
        assert_int_equal(store.range.after, cases[i].after);
        assert_true(store.range.before == cases[i].before || store.range.before > 1LL << 52);
        assert_int_equal(store.range.limit, cases[i].limit);
        assert_int_equal(store.range.upwards, cases[i].upwards);
        assert_string_equal(json_text(call.answer, "type"), "message/list-response");
        assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.messages")), 0);
        assert_true(cJSON_IsFalse(json_at(call.answer, "data.more")));
        call_done(&call);
    }
}

static void a_list_always_rises(void **state)
{
    (void)state;
    store.page_count = 3;
    store.page_more = true;
    struct call call = message_ask("message/list", AT(""));
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.messages")), 3);
    assert_true(json_number(call.answer, "data.messages.0.seq") == 98);
    assert_true(json_number(call.answer, "data.messages.2.seq") == 100);
    assert_true(cJSON_IsTrue(json_at(call.answer, "data.more")));
    call_done(&call);

    call = message_ask("message/list", AT(",\"after\":0"));
    assert_true(json_number(call.answer, "data.messages.0.seq") == 1);
    assert_true(json_number(call.answer, "data.messages.2.seq") == 3);
    call_done(&call);
}

static void lists_are_looked_up_together_and_answered_each(void **state)
{
    (void)state;
    store.page_count = 2;
    struct call calls[] = {
        {.op = "message/list", .user = ANN, .data = AT(""), .access = MEMBER},
        {.op = "message/list", .user = ANN, .data = AT(",\"limit\":0"), .access = MEMBER},
        {.op = "message/list", .user = ANN, .data = AT("")},
        {.op = "message/list",
         .user = BOB,
         .data = "{\"conversation_id\":\"" OTHER "\",\"after\":0}",
         .access = MEMBER},
        {.op = "message/list",
         .user = ANN,
         .data = "{\"conversation_id\":\"" GONE "\"}",
         .access = MEMBER},
    };
    call_batch(read_routes, calls, 5);
    assert_int_equal(store.calls, 1);
    assert_string_equal(json_text(calls[0].answer, "data.messages.0.conversation_id"), TALK);
    assert_true(json_number(calls[0].answer, "data.messages.1.seq") == 100);
    assert_int_equal(calls[1].status, TC_INVALID_FIELD);
    assert_string_equal(calls[1].field, "limit");
    assert_int_equal(calls[2].status, TC_NOT_FOUND);
    assert_string_equal(json_text(calls[3].answer, "data.messages.0.conversation_id"), OTHER);
    assert_true(json_number(calls[3].answer, "data.messages.1.seq") == 2);
    assert_int_equal(calls[4].status, TC_NOT_FOUND);
    for (size_t i = 0; i < 5; i++)
        call_done(&calls[i]);
}

static void a_page_ends_at_256_kib(void **state)
{
    (void)state;
    store.page_count = 20;
    store.body_size = 30000;
    struct call call = message_ask("message/list", AT(""));
    int count = cJSON_GetArraySize(json_at(call.answer, "data.messages"));
    assert_int_equal(count, 8);
    assert_true(json_number(call.answer, "data.messages.7.seq") == 100);
    assert_true(json_number(call.answer, "data.messages.0.seq") == 93);
    assert_true(cJSON_IsTrue(json_at(call.answer, "data.more")));
    call_done(&call);
}

static void heads_are_those_that_the_asker_takes_part_in(void **state)
{
    (void)state;
    call_answers("conversation.access", "{\"access\":[{},{\"group_id\":\"" GROUP
                                        "\",\"owner_id\":\"" BOB "\",\"role\":\"member\"}]}");
    struct call call = message_ask("message/heads", "{\"conversation_ids\":[\"" OTHER "\",\"" TALK
                                                    "\",\"" OTHER "\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.asked_count, 1);
    assert_string_equal(store.asked[0], TALK);
    assert_string_equal(json_text(call.answer, "type"), "message/heads-response");
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.heads")), 1);
    assert_string_equal(json_text(call.answer, "data.heads.0.conversation_id"), TALK);
    assert_true(json_number(call.answer, "data.heads.0.last_seq") == 3);
    assert_true(json_number(call.answer, "data.heads.0.last_rev") == 5);
    call_done(&call);

    call_answers("conversation.access", NULL);
    call = message_ask("message/heads", "{\"conversation_ids\":[\"" TALK "\"]}");
    assert_int_equal(call.status, TC_UNAVAILABLE);
    call_done(&call);
}

static void at_most_500_heads_at_once(void **state)
{
    (void)state;
    struct tc_buf data = {0};
    tc_buf_text(&data, "{\"conversation_ids\":[");
    for (int i = 0; i < 501; i++)
        tc_buf_text(&data, i > 0 ? ",\"" TALK "\"" : "\"" TALK "\"");
    tc_buf_text(&data, "]}");
    struct call call = message_ask("message/heads", data.data);
    assert_int_equal(call.status, TC_INVALID_FIELD);
    assert_string_equal(call.field, "conversation_ids");
    call_done(&call);
    tc_buf_free(&data);
}

static void bad_fields_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *op, *data, *field;
    } cases[] = {
        {"message/list", "{}", "conversation_id"},
        {"message/list", AT(",\"limit\":0"), "limit"},
        {"message/list", AT(",\"limit\":201"), "limit"},
        {"message/list", AT(",\"before\":0"), "before"},
        {"message/list", AT(",\"after\":-1"), "after"},
        {"message/list", AT(",\"after\":\"1\""), "after"},
        {"message/heads", "{}", "conversation_ids"},
        {"message/heads", "{\"conversation_ids\":[]}", "conversation_ids"},
        {"message/heads", "{\"conversation_ids\":[\"" TALK "\",\"x\"]}", "conversation_ids.1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call call = {.op = cases[i].op, .user = ANN, .data = cases[i].data};
        call_route(read_routes, &call);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, cases[i].field);
        call_done(&call);
    }
    assert_int_equal(store.calls, 0);
}

static void only_who_takes_part_may_list(void **state)
{
    (void)state;
    struct call call = {.op = "message/list", .user = ANN, .data = AT("")};
    call_route(read_routes, &call);
    assert_int_equal(call.status, TC_NOT_FOUND);
    call_done(&call);
    call.access = (struct tc_access){.group_id = GROUP, .closed = true, .role = TC_ROLE_OWNER};
    call_route(read_routes, &call);
    assert_int_equal(call.status, TC_FORBIDDEN);
    call_done(&call);
    assert_int_equal(store.calls, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, message_stand_in_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_looks_downwards_unless_only_after_is_given),
        TEST(a_list_always_rises),
        TEST(lists_are_looked_up_together_and_answered_each),
        TEST(a_page_ends_at_256_kib),
        TEST(heads_are_those_that_the_asker_takes_part_in),
        TEST(at_most_500_heads_at_once),
        TEST(bad_fields_are_named),
        TEST(only_who_takes_part_may_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
