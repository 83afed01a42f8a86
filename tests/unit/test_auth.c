/* Sessions and users, through their route tables, over a store that does as it is told. */

#include "tests/support/auth_store.h"
#include "tests/support/call.h"

#include <stdio.h>

static enum tc_status run(const struct tc_route *routes, struct call *call)
{
    call_route(routes, call);
    return call->status;
}

static void tokens_are_verified_each_for_itself(void **state)
{
    (void)state;
    struct call calls[] = {
        {.op = "auth.verify", .data = "{\"token_hash\":\"" TOKEN_HASH "\"}"},
        {.op = "auth.verify", .data = "{\"token_hash\":\"xyz\"}"},
        {.op = "auth.verify",
         .data = "{\"token_hash\":"
                 "\"0000000000000000000000000000000000000000000000000000000000000000\"}"},
        {.op = "auth.verify", .data = "{}"},
        {.op = "auth.verify", .data = "{\"token_hash\":\"" TOKEN_HASH "\"}"},
    };
    call_batch(session_routes, calls, 5);

    static const enum tc_status expected[] = {TC_OK, TC_INVALID_FIELD, TC_UNAUTHENTICATED,
                                              TC_INVALID_FIELD, TC_OK};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(calls[i].status, expected[i]);
    assert_int_equal(cJSON_GetArraySize(calls[4].answer), 2);
    assert_user(json_at(calls[4].answer, "user"), &ann);
    assert_string_equal(json_text(calls[4].answer, "session.id"), SESSION);
    assert_string_equal(json_text(calls[4].answer, "session.expires_at"),
                        "1970-01-02T00:00:00.000Z");
    assert_int_equal(store.days, 30);
    for (size_t i = 0; i < 5; i++)
        call_done(&calls[i]);
}

static void a_database_that_is_away_is_no_bad_token(void **state)
{
    (void)state;
    struct call call = {.op = "auth.verify", .data = "{\"token_hash\":\"" TOKEN_HASH "\"}"};
    store.status = TC_UNAVAILABLE;
    assert_int_equal(run(session_routes, &call), TC_UNAVAILABLE);
    call_done(&call);
}

static void assert_told_of_end(const struct call *call, unsigned flags)
{
    assert_int_equal(call->event_count, 1);
    assert_string_equal(call->events[0].subject,
                        "tincan.event.user." ANN "." SESSION ".session.revoked");
    assert_int_equal(call->events[0].flags, flags);
    assert_string_equal(json_text(call->events[0].payload, "type"), "session/revoked");
    assert_string_equal(json_text(call->events[0].payload, "data.session_id"), SESSION);
}

static void logging_out_ends_the_askers_session_and_says_so_first(void **state)
{
    (void)state;
    struct call call = {.op = "auth/logout", .user = ANN, .session = SESSION};
    assert_int_equal(run(session_routes, &call), TC_OK);
    assert_int_equal(store.ended, 1);
    assert_told_of_end(&call, TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    assert_null(call.answer);
    call_done(&call);
}

static void logging_out_again_says_so_again(void **state)
{
    (void)state;
    struct call call = {.op = "auth/logout", .user = ANN, .session = SESSION};
    store.status = TC_NOT_FOUND;
    assert_int_equal(run(session_routes, &call), TC_OK);
    assert_told_of_end(&call, TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    call_done(&call);
}

static void who_has_no_session_cannot_log_out(void **state)
{
    (void)state;
    struct call call = {.op = "auth/logout", .user = ANN};
    assert_int_equal(run(session_routes, &call), TC_CONFLICT);
    assert_int_equal(store.ended, 0);
    call_done(&call);
}

static void a_token_logs_out(void **state)
{
    (void)state;
    struct call call = {.op = "auth.logout", .data = "{\"token_hash\":\"" TOKEN_HASH "\"}"};
    assert_int_equal(run(session_routes, &call), TC_OK);
    assert_told_of_end(&call, TC_EVENT_FIRST);
    assert_int_equal(cJSON_GetArraySize(call.answer), 0);
    call_done(&call);
}

static void a_token_that_is_over_is_told_of_nowhere(void **state)
{
    (void)state;
    struct call over = {.op = "auth.logout", .data = "{\"token_hash\":\"" TOKEN_HASH "\"}"};
    struct call bad = {.op = "auth.logout", .data = "{\"token_hash\":\"\"}"};
    store.status = TC_NOT_FOUND;
    assert_int_equal(run(session_routes, &over), TC_UNAUTHENTICATED);
    assert_int_equal(over.event_count, 0);
    assert_int_equal(run(session_routes, &bad), TC_INVALID_FIELD);
    assert_string_equal(bad.field, "token_hash");
    call_done(&over);
    call_done(&bad);
}

static void users_are_viewed_in_the_order_asked_once_each(void **state)
{
    (void)state;
    struct call call = {.op = "user/view",
                        .user = ANN,
                        .data = "{\"user_ids\":[\"@nobody\",\"" BOB "\",\"" SESSION
                                "\",\"@BOB\",\"" ANN "\",\"@ann\",\"" BOB "\"]}"};
    assert_int_equal(run(user_routes, &call), TC_OK);
    assert_string_equal(json_text(call.answer, "type"), "user/view-response");
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.users")), 2);
    assert_user(json_at(call.answer, "data.users.0"), &bob);
    assert_user(json_at(call.answer, "data.users.1"), &ann);
    call_done(&call);
}

/* {"user_ids":[...]} with so many times Ann in it. */
static const char *anns(size_t count)
{
    static char data[16384];
    size_t len = (size_t)sprintf(data, "{\"user_ids\":[");
    for (size_t i = 0; i < count; i++)
        len += (size_t)sprintf(data + len, "%s\"" ANN "\"", i > 0 ? "," : "");
    sprintf(data + len, "]}");
    return data;
}

static void one_to_two_hundred_users_are_viewed(void **state)
{
    (void)state;
    static const struct {
        const char *data, *field;
    } bad[] = {
        {"{}", "user_ids"},
        {"{\"user_ids\":null}", "user_ids"},
        {"{\"user_ids\":\"" ANN "\"}", "user_ids"},
        {"{\"user_ids\":[]}", "user_ids"},
        {"{\"user_ids\":[\"" ANN "\",\"ann\"]}", "user_ids.1"},
        {"{\"user_ids\":[\"@a b\"]}", "user_ids.0"},
        {"{\"user_ids\":[7]}", "user_ids.0"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct call call = {.op = "user/view", .user = ANN, .data = bad[i].data};
        assert_int_equal(run(user_routes, &call), TC_INVALID_FIELD);
        assert_string_equal(call.field, bad[i].field);
        call_done(&call);
    }
    struct call most = {.op = "user/view", .user = ANN, .data = anns(200)};
    assert_int_equal(run(user_routes, &most), TC_OK);
    struct call more = {.op = "user/view", .user = ANN, .data = anns(201)};
    assert_int_equal(run(user_routes, &more), TC_INVALID_FIELD);
    assert_int_equal(store.found, 1);
    call_done(&most);
    call_done(&more);
}

static void services_find_each_user_in_his_place(void **state)
{
    (void)state;
    struct call call = {.op = "auth.users",
                        .data = "{\"users\":[\"@bob\",\"@nobody\",7,{},\"" ANN "\",\"@bob\"]}"};
    assert_int_equal(run(user_routes, &call), TC_OK);
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "users")), 6);
    assert_user(json_at(call.answer, "users.0"), &bob);
    for (const char *const *null = (const char *const[]){"users.1", "users.2", "users.3", NULL};
         *null != NULL; null++)
        assert_true(cJSON_IsNull(json_at(call.answer, *null)));
    assert_user(json_at(call.answer, "users.4"), &ann);
    assert_user(json_at(call.answer, "users.5"), &bob);
    call_done(&call);

    struct call none = {.op = "auth.users", .data = "{\"users\":[]}"};
    struct call bad = {.op = "auth.users", .data = "{\"users\":{}}"};
    assert_int_equal(run(user_routes, &none), TC_OK);
    assert_int_equal(run(user_routes, &bad), TC_INVALID_FIELD);
    call_done(&none);
    call_done(&bad);
}

#define TEST(function) cmocka_unit_test_setup(function, auth_store_begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tokens_are_verified_each_for_itself),
        TEST(a_database_that_is_away_is_no_bad_token),
        TEST(logging_out_ends_the_askers_session_and_says_so_first),
        TEST(logging_out_again_says_so_again),
        TEST(who_has_no_session_cannot_log_out),
        TEST(a_token_logs_out),
        TEST(a_token_that_is_over_is_told_of_nowhere),
        TEST(users_are_viewed_in_the_order_asked_once_each),
        TEST(one_to_two_hundred_users_are_viewed),
        TEST(services_find_each_user_in_his_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
