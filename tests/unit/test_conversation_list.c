/* conversation/list: its pages, and where they end; by its handler without a database. */

#include "services/conversation/conversation.h"
#include "tests/support/conversation_stand_in.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/base64.h"
#include "shared/base/buf.h"

static const struct conversation open_room = {
    .id = ROOM,
    .group_id = GROUP,
    .name = "Lunch",
    .topic = "",
    .owner_id = ANN,
    .version = 1,
    .created_at = 1700000000123,
};

static struct conversation closed_room(void)
{
    struct conversation room = open_room;
    room.closed = true;
    room.participants = ANN " " BOB;
    return room;
}

static struct call list(const char *data)
{
    struct call call = {.op = "conversation/list", .user = ANN, .data = data};
    call_route(conversation_routes, &call);
    return call;
}

static void list_shows_a_page_and_where_to_go_on(void **state)
{
    (void)state;
    const struct conversation rooms[] = {open_room, closed_room()};
    store.list = rooms;
    store.list_count = 2;
    store.list_more = true;
    members_are("member@5");
    struct call call = list("{\"group_id\":\"" GROUP "\"}");
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.query.limit, 50);
    assert_int_equal(store.query.since, 5);
    assert_false(store.query.all);
    assert_string_equal(store.query.user_id, ANN);
    assert_string_equal(json_text(call.answer, "type"), "conversation/list-response");
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.conversations")), 2);

    struct tc_buf again = {0};
    tc_buf_printf(&again, "{\"group_id\":\"" GROUP "\",\"limit\":2,\"cursor\":\"%s\"}",
                  json_text(call.answer, "data.cursor"));
    call_done(&call);
    store.list_count = 0;
    store.list_more = false;
    members_are("owner@5");
    call = list(again.data);
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.query.limit, 2);
    assert_true(store.query.all);
    assert_int_equal(store.query.after_ms, 1700000000123);
    assert_string_equal(store.query.after_id, ROOM);
    assert_null(json_at(call.answer, "data.cursor"));
    call_done(&call);
    tc_buf_free(&again);
}

static void list_ends_a_page_at_its_size(void **state)
{
    (void)state;
    char topic[1001] = "";
    memset(topic, '\n', sizeof(topic) - 1); /* two bytes each, once escaped */
    struct conversation rooms[200];
    for (size_t i = 0; i < 200; i++) {
        rooms[i] = open_room;
        rooms[i].topic = topic;
        rooms[i].created_at = (int64_t)i;
    }
    store.list = rooms;
    store.list_count = 200;
    members_are("member@5");
    struct call call = list("{\"group_id\":\"" GROUP "\",\"limit\":200}");
    int shown = cJSON_GetArraySize(json_at(call.answer, "data.conversations"));
    assert_in_range(shown, 262144 / 2400, 262144 / 2200);

    struct tc_buf cursor = {0};
    assert_true(tc_base64_read(json_text(call.answer, "data.cursor"), &cursor));
    assert_int_equal(strtol(cursor.data, NULL, 10), shown - 1);
    tc_buf_free(&cursor);
    call_done(&call);
}

static void list_shows_one_at_least_however_long(void **state)
{
    (void)state;
    struct tc_buf ids = {0};
    for (int i = 0; i < 7000; i++)
        tc_buf_printf(&ids, "%s" ANN, i > 0 ? " " : "");
    struct conversation rooms[] = {closed_room(), open_room};
    rooms[0].participants = ids.data;
    store.list = rooms;
    store.list_count = 2;
    members_are("member@5");
    struct call call = list("{\"group_id\":\"" GROUP "\"}");
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.conversations")), 1);
    assert_int_equal(
        cJSON_GetArraySize(json_at(call.answer, "data.conversations.0.participant_ids")), 7000);
    assert_non_null(json_at(call.answer, "data.cursor"));
    call_done(&call);
    tc_buf_free(&ids);
}

static void list_refuses_a_cursor_that_only_looks_like_one(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        size_t len;
    } bad[] = {
        {"99999999999999999 " ROOM, 54},
        {"12 " ROOM "\0and more", 48},
        {"12 " ROOM " ", 40},
        {"12x" ROOM, 39},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct tc_buf cursor = {0}, data = {0};
        tc_base64_write(bad[i].key, bad[i].len, &cursor);
        tc_buf_printf(&data, "{\"group_id\":\"" GROUP "\",\"cursor\":\"%s\"}", cursor.data);
        struct call call = list(data.data);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, "cursor");
        call_done(&call);
        tc_buf_free(&cursor);
        tc_buf_free(&data);
    }
}

static void list_refuses_what_is_no_page(void **state)
{
    (void)state;
    static const struct {
        const char *data, *field;
    } bad[] = {
        {"{}", "group_id"},
        {"{\"group_id\":\"" GROUP "\",\"limit\":0}", "limit"},
        {"{\"group_id\":\"" GROUP "\",\"limit\":201}", "limit"},
        {"{\"group_id\":\"" GROUP "\",\"cursor\":\"made up\"}", "cursor"},
        {"{\"group_id\":\"" GROUP "\",\"cursor\":\"\"}", "cursor"},
        {"{\"group_id\":\"" GROUP "\",\"cursor\":\"MTIz\"}", "cursor"},   /* "123" */
        {"{\"group_id\":\"" GROUP "\",\"cursor\":\"MSB4\"}", "cursor"},   /* "1 x" */
        {"{\"group_id\":\"" GROUP "\",\"cursor\":\"LTEgeA\"}", "cursor"}, /* "-1 x" */
        {"{\"group_id\":\"" GROUP "\",\"cursor\":17}", "cursor"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct call call = list(bad[i].data);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, bad[i].field);
        call_done(&call);
    }
}

static void list_is_for_members(void **state)
{
    (void)state;
    members_are("none@0");
    struct call call = list("{\"group_id\":\"" GROUP "\"}");
    assert_int_equal(call.status, TC_FORBIDDEN);
    call_done(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_IN_TEST(list_shows_a_page_and_where_to_go_on),
        STAND_IN_TEST(list_ends_a_page_at_its_size),
        STAND_IN_TEST(list_shows_one_at_least_however_long),
        STAND_IN_TEST(list_refuses_a_cursor_that_only_looks_like_one),
        STAND_IN_TEST(list_refuses_what_is_no_page),
        STAND_IN_TEST(list_is_for_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
