/* Making, removing, listing and viewing groups, by handlers without a database. */

#include "services/group/group.h"
#include "tests/support/group_stand_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/base64.h"
#include "shared/base/buf.h"
#include "shared/base/mem.h"

static struct call ask_as(const char *user, const struct tc_route *routes, const char *op,
                          const char *data)
{
    struct call call = {.op = op, .user = user, .data = data};
    call_route(routes, &call);
    return call;
}

static void assert_group(const cJSON *group, const char *role)
{
    assert_string_equal(json_text(group, "id"), GROUP);
    assert_int_equal(json_number(group, "version"), 1);
    assert_string_equal(json_text(group, "name"), "Cans");
    assert_string_equal(json_text(group, "description"), "d");
    assert_string_equal(json_text(group, "visibility"), "public");
    assert_string_equal(json_text(group, "owner_id"), ANN);
    assert_int_equal(json_number(group, "member_count"), 2);
    assert_string_equal(json_text(group, "created_at"), "2023-11-14T22:13:20.123Z");
    if (role != NULL)
        assert_string_equal(json_text(group, "role"), role);
    else
        assert_null(json_at(group, "role"));
}

static void create_takes_each_once_and_tells_each_himself(void **state)
{
    (void)state;
    struct call call = ask_as(ANN, group_routes, "group/create",
                              "{\"name\":\"Cans\",\"member_ids\":[\"" BOB "\",\"@Bob\",\"" ANN
                              "\",\"@ann\",\"@cleo\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.log, "create ann bob cleo; ");
    assert_string_equal(store.draft.visibility, "public");
    assert_string_equal(store.draft.description, "");
    assert_int_equal(store.groups_max, 1000);
    assert_string_equal(json_text(call.answer, "type"), "group/created");
    assert_group(json_at(call.answer, "data.group"), "owner");
    assert_string_equal(events_of(&call), "user ann group.created first origin; "
                                          "user bob group.joined first; "
                                          "user cleo group.joined first; ");
    assert_group(json_at(call.events[0].payload, "data.group"), NULL);
    assert_group(json_at(call.events[1].payload, "data.group"), NULL);
    assert_string_equal(json_text(call.events[1].payload, "data.user.id"), BOB);
    assert_string_equal(json_text(call.events[2].payload, "data.user.id"), CLEO);
    call_done(&call);
}

static void create_refuses_what_is_no_group(void **state)
{
    (void)state;
    static const struct {
        const char *data, *field;
    } bad[] = {
        {"{}", "name"},
        {"{\"name\":\" x\"}", "name"},
        {"{\"name\":\"x\",\"description\":\"\\r\"}", "description"},
        {"{\"name\":\"x\",\"visibility\":\"Public\"}", "visibility"},
        {"{\"name\":\"x\",\"visibility\":1}", "visibility"},
        {"{\"name\":\"x\",\"member_ids\":{}}", "member_ids"},
        {"{\"name\":\"x\",\"member_ids\":[\"" ANN "\",\"ben\"]}", "member_ids.1"},
    };
    for (size_t i = 0; i < TC_COUNT(bad); i++) {
        struct call call = ask_as(ANN, group_routes, "group/create", bad[i].data);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, bad[i].field);
        call_done(&call);
    }
    assert_string_equal(store.log, "");
}

static void create_names_who_does_not_exist(void **state)
{
    (void)state;
    call_answers("auth.users", "{\"users\":[null]}");
    struct call call = ask_as(ANN, group_routes, "group/create",
                              "{\"name\":\"x\",\"member_ids\":[\"@bob\",\"@nobody\"]}");
    assert_int_equal(call.status, TC_NOT_FOUND);
    assert_string_equal(call.field, "member_ids.1");
    assert_string_equal(store.log, "");
    call_done(&call);
}

static void create_beyond_the_limit_is_a_conflict_without_events(void **state)
{
    (void)state;
    store.created = TC_CONFLICT;
    struct call call = ask_as(ANN, group_routes, "group/create", "{\"name\":\"x\"}");
    assert_int_equal(call.status, TC_CONFLICT);
    assert_non_null(call.message);
    assert_int_equal(call.event_count, 0);
    call_done(&call);
}

static void who_comes_late_changes_nothing(void **state)
{
    (void)state;
    struct call call = {
        .op = "group/create", .user = ANN, .data = "{\"name\":\"x\"}", .late = true};
    call_route(group_routes, &call);
    assert_int_equal(call.status, TC_UNAVAILABLE);
    assert_string_equal(store.log, "");
    call_done(&call);
}

#define ITS "{\"group_id\":\"" GROUP "\"}"

static void remove_tells_members_and_those_who_wait(void **state)
{
    (void)state;
    store.requesters[0] = CLEO;
    struct call call = ask_as(ANN, group_routes, "group/remove", ITS);
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(json_text(call.answer, "data.group_id"), GROUP);
    assert_string_equal(events_of(&call), "group group.removed first origin; "
                                          "user cleo group.join-failed because not_found; ");
    assert_string_equal(json_text(call.events[0].payload, "data.group_id"), GROUP);
    assert_string_equal(json_text(call.events[1].payload, "data.group_id"), GROUP);
    call_done(&call);
}

static void remove_is_the_owners(void **state)
{
    (void)state;
    store.removed = TC_NOT_FOUND;
    struct call call = ask_as(BOB, group_routes, "group/remove", ITS);
    assert_int_equal(call.status, TC_FORBIDDEN);
    assert_int_equal(call.event_count, 0);
    call_done(&call);
    store.found = TC_NOT_FOUND;
    call = ask_as(BOB, group_routes, "group/remove", ITS);
    assert_int_equal(call.status, TC_NOT_FOUND);
    call_done(&call);
    assert_string_equal(store.log, "remove bob; find bob; remove bob; find bob; ");
}

static void a_removal_clears_up_behind_itself(void **state)
{
    (void)state;
    struct call call = {.data = "{\"data\":{}}"};
    store.member_chunks = 3;
    store.requesters[0] = DORA;
    call_listener(&upkeep_listeners[0], "tincan.event.group." GROUP "." GROUP ".group.removed",
                  &call);
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.member_chunks, 0);
    assert_string_equal(events_of(&call), "user dora group.join-failed because not_found; ");
    call_done(&call);
}

static void list_shows_groups_with_the_askers_role(void **state)
{
    (void)state;
    struct group_info found[] = {store.group, store.group};
    found[1].role = "none";
    store.list = found;
    store.list_count = 2;
    struct call call =
        ask_as(BOB, list_routes, "group/list", "{\"query\":\"ca\",\"mine\":true,\"limit\":7}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(json_text(call.answer, "type"), "group/list-response");
    assert_group(json_at(call.answer, "data.groups.0"), "owner");
    assert_group(json_at(call.answer, "data.groups.1"), "none");
    assert_null(json_at(call.answer, "data.cursor"));
    assert_string_equal(store.query.asker_id, BOB);
    assert_string_equal(store.query.text, "ca");
    assert_true(store.query.mine);
    assert_int_equal(store.query.limit, 7);
    assert_string_equal(store.after_key, "");
    call_done(&call);

    call = ask_as(BOB, list_routes, "group/list", "{}");
    assert_null(store.query.text);
    assert_false(store.query.mine);
    assert_int_equal(store.query.limit, 50);
    call_done(&call);
}

static void a_cursor_leads_on_from_the_last_one_shown(void **state)
{
    (void)state;
    struct group_info found[] = {store.group};
    found[0].name_key = "\xc3\xa4pfel \"1\"";
    store.list = found;
    store.list_count = 1;
    store.more = true;
    struct call call = ask_as(BOB, list_routes, "group/list", "{\"limit\":1}");
    char data[256];
    snprintf(data, sizeof(data), "{\"cursor\":\"%s\"}", json_text(call.answer, "data.cursor"));
    call_done(&call);
    call = ask_as(BOB, list_routes, "group/list", data);
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.after_key, found[0].name_key);
    assert_string_equal(store.after_id, GROUP);
    call_done(&call);
}

static void a_page_ends_at_256_kib(void **state)
{
    (void)state;
    static char text[4001];
    memset(text, 'x', sizeof(text) - 1);
    struct group_info found[100];
    for (size_t i = 0; i < TC_COUNT(found); i++) {
        found[i] = store.group;
        found[i].description = text;
    }
    store.list = found;
    store.list_count = TC_COUNT(found);
    struct call call = ask_as(BOB, list_routes, "group/list", "{\"limit\":100}");
    int shown = cJSON_GetArraySize(json_at(call.answer, "data.groups"));
    assert_in_range(shown, 55, 63);
    assert_non_null(json_at(call.answer, "data.cursor"));
    call_done(&call);
}

/* A cursor as a stranger might make one. */
static const char *cursor_of(const char *bytes, size_t len)
{
    static char data[256];
    TC_CLEANUP(tc_buf_free) struct tc_buf cursor = {0};
    tc_base64_write(bytes, len, &cursor);
    snprintf(data, sizeof(data), "{\"group_id\":\"" GROUP "\",\"members\":true,\"cursor\":\"%s\"}",
             cursor.data);
    return data;
}

static void lists_refuse_cursors_that_nobody_gave(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "x", "AAAA", GROUP, GROUP "\xff", "00000000-0000-7000-8000-00000000000Gx",
    };
    for (size_t i = 0; i < TC_COUNT(bad); i++) {
        struct call call =
            ask_as(BOB, list_routes, "group/list", cursor_of(bad[i], strlen(bad[i])));
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, "cursor");
        call_done(&call);
    }
    static const char nul[] = GROUP "a\0b";
    struct call call = ask_as(BOB, list_routes, "group/list", cursor_of(nul, sizeof(nul) - 1));
    assert_int_equal(call.status, TC_INVALID_FIELD);
    call_done(&call);

    static const char *const times[] = {
        GROUP "x",
        GROUP "-1",
        GROUP "1x",
        GROUP " 1",
        GROUP "99999999999999999999",
        GROUP "999999999999999999",
    };
    for (size_t i = 0; i < TC_COUNT(times); i++) {
        call = ask_as(ANN, list_routes, "group/view", cursor_of(times[i], strlen(times[i])));
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, "cursor");
        call_done(&call);
    }
}

static void list_refuses_bad_fields(void **state)
{
    (void)state;
    static const struct {
        const char *data, *field;
    } bad[] = {
        {"{\"limit\":0}", "limit"},
        {"{\"limit\":201}", "limit"},
        {"{\"mine\":1}", "mine"},
        {"{\"query\":[]}", "query"},
        {"{\"query\":\"\\u0001\"}", "query"},
        {"{\"cursor\":\"\"}", "cursor"},
        {"{\"cursor\":\"?\"}", "cursor"},
    };
    for (size_t i = 0; i < TC_COUNT(bad); i++) {
        struct call call = ask_as(ANN, list_routes, "group/list", bad[i].data);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, bad[i].field);
        call_done(&call);
    }
}

#define LISTS(members, requests)                                                                   \
    "{\"group_id\":\"" GROUP "\",\"members\":" members ",\"requests\":" requests "}"

static void view_shows_who_may_see_it_what_he_may_see(void **state)
{
    (void)state;
    static const struct {
        const char *role, *data;
        enum tc_status status;
    } rows[] = {
        {"none", LISTS("false", "null"), TC_OK},
        {"requested", LISTS("true", "false"), TC_FORBIDDEN},
        {"none", LISTS("true", "false"), TC_FORBIDDEN},
        {"member", LISTS("true", "false"), TC_OK},
        {"member", LISTS("false", "true"), TC_FORBIDDEN},
        {"owner", LISTS("true", "false"), TC_OK},
        {"owner", LISTS("false", "true"), TC_OK},
        {"owner", LISTS("true", "true"), TC_INVALID_FIELD},
    };
    for (size_t i = 0; i < TC_COUNT(rows); i++) {
        store.group.role = rows[i].role;
        struct call call = ask_as(BOB, list_routes, "group/view", rows[i].data);
        assert_int_equal(call.status, rows[i].status);
        if (rows[i].status == TC_OK)
            assert_group(json_at(call.answer, "data.group"), rows[i].role);
        call_done(&call);
    }
    store.found = TC_NOT_FOUND;
    struct call call = ask_as(BOB, list_routes, "group/view", LISTS("true", "false"));
    assert_int_equal(call.status, TC_NOT_FOUND);
    call_done(&call);
}

static void view_gives_members_with_roles_and_times(void **state)
{
    (void)state;
    static const struct member_row rows[] = {{ANN, 1700000000123456}, {BOB, 1700000000999999}};
    store.rows = rows;
    store.row_count = 2;
    store.more = true;
    struct call call = ask_as(ANN, list_routes, "group/view", LISTS("true", "false"));
    const cJSON *members = json_at(call.answer, "data.members");
    assert_string_equal(json_text(members, "0.user.username"), "ann");
    assert_string_equal(json_text(members, "0.role"), "owner");
    assert_string_equal(json_text(members, "0.joined_at"), "2023-11-14T22:13:20.123Z");
    assert_string_equal(json_text(members, "1.role"), "member");
    assert_string_equal(json_text(members, "1.joined_at"), "2023-11-14T22:13:20.999Z");
    assert_null(json_at(call.answer, "data.requests"));
    char data[256];
    snprintf(data, sizeof(data), "{\"group_id\":\"" GROUP "\",\"requests\":true,\"cursor\":\"%s\"}",
             json_text(call.answer, "data.cursor"));
    call_done(&call);

    store.more = false;
    call = ask_as(ANN, list_routes, "group/view", data);
    assert_true(store.member_query.requests);
    assert_int_equal(store.member_query.after_us, 1700000000999999);
    assert_string_equal(store.after_id, BOB);
    assert_string_equal(json_text(call.answer, "data.requests.1.requested_at"),
                        "2023-11-14T22:13:20.999Z");
    assert_null(json_at(call.answer, "data.requests.0.role"));
    assert_null(json_at(call.answer, "data.members"));
    assert_null(json_at(call.answer, "data.cursor"));
    call_done(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_IN_TEST(create_takes_each_once_and_tells_each_himself),
        STAND_IN_TEST(create_refuses_what_is_no_group),
        STAND_IN_TEST(create_names_who_does_not_exist),
        STAND_IN_TEST(create_beyond_the_limit_is_a_conflict_without_events),
        STAND_IN_TEST(who_comes_late_changes_nothing),
        STAND_IN_TEST(remove_tells_members_and_those_who_wait),
        STAND_IN_TEST(remove_is_the_owners),
        STAND_IN_TEST(a_removal_clears_up_behind_itself),
        STAND_IN_TEST(list_shows_groups_with_the_askers_role),
        STAND_IN_TEST(a_cursor_leads_on_from_the_last_one_shown),
        STAND_IN_TEST(a_page_ends_at_256_kib),
        STAND_IN_TEST(lists_refuse_cursors_that_nobody_gave),
        STAND_IN_TEST(list_refuses_bad_fields),
        STAND_IN_TEST(view_shows_who_may_see_it_what_he_may_see),
        STAND_IN_TEST(view_gives_members_with_roles_and_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
