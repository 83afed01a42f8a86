/* What handlers read from a request, and what becomes of what they write. */

#include "tests/support/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/json.h"
#include "shared/service/number.h"
#include "shared/service/users.h"

#define ANN "0190b5a0-0000-7000-8000-00000000000a"
#define BOB "0190b5a0-0000-7000-8000-00000000000b"
#define GROUP "0190b5a0-0000-7000-8000-0000000000aa"

static enum tc_status read_everything(struct tc_request *req, struct tc_db *db)
{
    (void)db;
    static const char *const colours[] = {"red", "blue", NULL};
    tc_request_text(req, "name", TC_TEXT_LINE, 5);
    tc_request_text_or(req, "topic", TC_TEXT_BLOCK, 5, "");
    tc_request_id_or(req, "group_id", NULL);
    tc_request_int_or(req, "limit", 1, 200, 50);
    tc_request_bool_or(req, "mine", false);
    tc_request_choice_or(req, "colour", colours, "red");
    tc_request_user_or(req, "owner_id", NULL);
    tc_request_users(req, "members.add");
    return tc_request_is_bad(req) ? TC_INVALID_FIELD : TC_OK;
}

static enum tc_status list_users(struct tc_request *req, struct tc_db *db)
{
    (void)db;
    struct tc_list list = tc_request_users(req, "members.add");
    struct tc_buf *out = tc_request_answer(req);
    tc_json_array(out, "users");
    for (size_t i = 0; i < list.count; i++)
        tc_json_text(out, NULL, list.items[i]);
    tc_json_end_array(out);
    tc_json_array(out, "places");
    for (size_t i = 0; i < list.count; i++)
        tc_json_int(out, NULL, (int64_t)list.places[i]);
    tc_json_end_array(out);
    return TC_OK;
}

static enum tc_status name_users(struct tc_request *req, struct tc_db *db)
{
    (void)db;
    struct tc_list list = tc_request_users(req, "members.add");
    const struct tc_user *users[8];
    enum tc_status status = tc_users_named(req, &list, "members.add", users);
    if (status != TC_OK)
        return status;
    tc_user_write(users[0], tc_request_answer(req), "user");
    return TC_OK;
}

static enum tc_status tell_everyone(struct tc_request *req, struct tc_db *db)
{
    (void)db;
    tc_json_text(tc_request_answer(req), "x", "answer");
    struct tc_event event = {"group/joined", TC_TO_USER, ANN, GROUP, .flags = TC_EVENT_FIRST};
    tc_json_text(tc_request_event(req, &event), "x", "joined");
    event.audience = TC_TO_GROUP;
    event.owner = GROUP;
    tc_request_event_also(req, &event);
    tc_json_text(tc_request_event(req, &(struct tc_event){"group/join-failed", TC_TO_USER, BOB,
                                                          GROUP, .error = TC_FORBIDDEN}),
                 "group_id", GROUP);
    tc_json_text(
        tc_request_event(req, &(struct tc_event){"group/left", TC_TO_USER, BOB, GROUP,
                                                 .subject = "member/left", .msg_id = "m.1"}),
        "x", "left");
    return TC_OK;
}

static const struct tc_route routes[] = {
    {.op = "group/edit", .handler = read_everything},
    {.op = "group/view", .handler = list_users},
    {.op = "group/join", .handler = name_users},
    {.op = "group/create", .handler = tell_everyone},
    {0},
};

static void each_bad_field_is_named_by_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *data, *field;
    } rows[] = {
        {"{}", "name"},
        {"{\"name\":null}", "name"},
        {"{\"name\":1}", "name"},
        {"{\"name\":\"\"}", "name"},
        {"{\"name\":\"123456\"}", "name"},
        {"{\"name\":\" a\"}", "name"},
        {"{\"name\":\"a\\u00a0\"}", "name"},
        {"{\"name\":\"a\\nb\"}", "name"},
        {"{\"name\":\"a\",\"topic\":\"a\\rb\"}", "topic"},
        {"{\"name\":\"a\",\"group_id\":\"x\"}", "group_id"},
        {"{\"name\":\"a\",\"limit\":0}", "limit"},
        {"{\"name\":\"a\",\"limit\":1.5}", "limit"},
        {"{\"name\":\"a\",\"limit\":1e999}", "limit"},
        {"{\"name\":\"a\",\"limit\":\"5\"}", "limit"},
        {"{\"name\":\"a\",\"mine\":1}", "mine"},
        {"{\"name\":\"a\",\"colour\":\"green\"}", "colour"},
        {"{\"name\":\"a\",\"owner_id\":\"@x\"}", "owner_id"},
        {"{\"name\":\"a\",\"members\":[]}", "members"},
        {"{\"name\":\"a\",\"members\":{\"add\":{}}}", "members.add"},
        {"{\"name\":\"a\",\"members\":{\"add\":[\"@ann\",5]}}", "members.add.1"},
        {"{\"name\":\"a\",\"members\":{\"add\":[\"@a b\"]}}", "members.add.0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct call call = {.op = "group/edit", .user = ANN, .data = rows[i].data};
        call_route(routes, &call);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, rows[i].field);
        call_done(&call);
    }
}

static void good_fields_are_taken(void **state)
{
    (void)state;
    struct call call = {.op = "group/edit",
                        .user = ANN,
                        .data = "{\"name\":\"\\u00e4\\u00f6\\u00fc\\ud83d\\ude00x\","
                                "\"topic\":\"a\\n\\tb\",\"limit\":200,\"mine\":true,"
                                "\"colour\":\"blue\",\"owner_id\":\"@ANN\",\"members\":null}"};
    call_route(routes, &call);
    assert_int_equal(call.status, TC_OK);
    call_done(&call);
}

static void repeats_in_a_list_are_folded_and_places_kept(void **state)
{
    (void)state;
    struct call call = {.op = "group/view",
                        .user = ANN,
                        .data = "{\"members\":{\"add\":[\"@bob\",\"" ANN
                                "\",\"@BOB\",\"@cat\",\"" ANN "\"]}}"};
    call_route(routes, &call);
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.users")), 3);
    assert_string_equal(json_text(call.answer, "data.users.0"), "@bob");
    assert_string_equal(json_text(call.answer, "data.users.1"), ANN);
    assert_string_equal(json_text(call.answer, "data.users.2"), "@cat");
    assert_int_equal(json_number(call.answer, "data.places.2"), 3);
    call_done(&call);
}

static void a_list_has_a_limit(void **state)
{
    (void)state;
    call_limits()->list_items = 2;
    struct call call = {.op = "group/view",
                        .user = ANN,
                        .data = "{\"members\":{\"add\":[\"@a1a\",\"@b1b\",\"@c1c\"]}}"};
    call_route(routes, &call);
    assert_string_equal(call.field, "members.add");
    call_done(&call);
    call_limits()->list_items = 1000;
}

static void users_are_asked_for_once_and_an_unknown_one_is_named(void **state)
{
    (void)state;
    struct call call = {
        .op = "group/join", .user = ANN, .data = "{\"members\":{\"add\":[\"@bob\",\"@dan\"]}}"};
    call_answers("auth.users", "{\"users\":[{\"id\":\"" BOB "\",\"username\":\"bob\"},null]}");
    call_route(routes, &call);
    assert_int_equal(call.status, TC_NOT_FOUND);
    assert_string_equal(call.field, "members.add.1");
    assert_string_equal(call_asked(), "{\"users\":[\"@bob\",\"@dan\"]}");
    call_done(&call);

    struct call again = {
        .op = "group/join", .user = ANN, .data = "{\"members\":{\"add\":[\"" BOB "\"]}}"};
    call_route(routes, &again);
    assert_int_equal(again.status, TC_OK);
    assert_string_equal(json_text(again.answer, "data.user.username"), "bob");
    call_done(&again);
}

static void answers_and_events_are_whole_messages(void **state)
{
    (void)state;
    struct call call = {.op = "group/create", .user = ANN, .data = "{}"};
    call_route(routes, &call);
    assert_string_equal(json_text(call.answer, "type"), "group/created");
    assert_string_equal(json_text(call.answer, "re"), "c1");
    assert_string_equal(json_text(call.answer, "data.x"), "answer");

    assert_int_equal(call.event_count, 4);
    assert_string_equal(call.events[0].subject, "tincan.event.user." ANN "." GROUP ".group.joined");
    assert_string_equal(call.events[1].subject,
                        "tincan.event.group." GROUP "." GROUP ".group.joined");
    assert_string_equal(json_text(call.events[1].payload, "data.x"), "joined");
    assert_null(json_at(call.events[1].payload, "re"));
    assert_string_equal(json_text(call.events[2].payload, "error.code"), "forbidden");
    assert_string_equal(json_text(call.events[2].payload, "data.group_id"), GROUP);
    assert_string_equal(call.events[3].subject, "tincan.event.user." BOB "." GROUP ".member.left");
    assert_string_equal(json_text(call.events[3].payload, "type"), "group/left");
    assert_string_equal(call.events[3].msg_id, "m.1");
    call_done(&call);
}

static int64_t number_in(const char *json)
{
    cJSON *item = cJSON_Parse(json);
    assert_non_null(item);
    int64_t number = tc_number(item);
    cJSON_Delete(item);
    return number;
}

static void a_number_that_cannot_be_held_exactly_is_none(void **state)
{
    (void)state;
    assert_int_equal(number_in("1700000000123456"), 1700000000123456);
    assert_int_equal(number_in("-3"), -3);
    assert_int_equal(number_in("9007199254740992"), INT64_C(9007199254740992));
    assert_int_equal(number_in("9007199254740994"), 0);
    assert_int_equal(number_in("19007199254740993000.0"), 0);
    assert_int_equal(number_in("1e999"), 0);
    assert_int_equal(number_in("0.5"), 0);
    assert_int_equal(number_in("\"5\""), 0);
    assert_int_equal(tc_number(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bad_field_is_named_by_its_path),
        cmocka_unit_test(good_fields_are_taken),
        cmocka_unit_test(repeats_in_a_list_are_folded_and_places_kept),
        cmocka_unit_test(a_list_has_a_limit),
        cmocka_unit_test(users_are_asked_for_once_and_an_unknown_one_is_named),
        cmocka_unit_test(answers_and_events_are_whole_messages),
        cmocka_unit_test(a_number_that_cannot_be_held_exactly_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
