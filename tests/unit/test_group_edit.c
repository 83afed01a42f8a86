/* group/edit by its handler without a database. */

#include "services/group/group.h"
#include "tests/support/group_stand_in.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/mem.h"

static struct call edit(const char *changes)
{
    static char data[1024];
    snprintf(data, sizeof(data), "{\"group_id\":\"" GROUP "\"%s%s}", changes[0] != '\0' ? "," : "",
             changes);
    struct call call = {.op = "group/edit", .user = ANN, .data = data};
    call_route(edit_routes, &call);
    return call;
}

static void assert_refused(const char *changes, enum tc_status status, const char *field)
{
    struct call call = edit(changes);
    assert_int_equal(call.status, status);
    assert_int_equal(call.event_count, 0);
    if (field != NULL)
        assert_string_equal(call.field, field);
    else
        assert_null(call.field);
    call_done(&call);
}

static void an_edit_changes_what_is_named(void **state)
{
    (void)state;
    struct call call = edit("\"name\":\"New\",\"description\":\"\",\"visibility\":null");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.change.name, "New");
    assert_string_equal(store.change.description, "");
    assert_null(store.change.visibility);
    assert_null(store.change.owner_id);
    assert_string_equal(store.change.asker_id, ANN);
    assert_string_equal(store.log, "find ann; add; asking; remove; ");
    assert_string_equal(json_text(call.answer, "type"), "group/edited");
    assert_string_equal(json_text(call.answer, "data.group.role"), "owner");
    assert_string_equal(events_of(&call), "group group.edited origin; ");
    assert_null(json_at(call.events[0].payload, "data.group.role"));
    call_done(&call);
}

static void an_edit_that_names_nothing_is_a_bad_request(void **state)
{
    (void)state;
    static const char *const nothing[] = {
        "", "\"name\":null", "\"members\":{}", "\"members\":{\"add\":[]}", "\"requests\":null",
    };
    for (size_t i = 0; i < TC_COUNT(nothing); i++)
        assert_refused(nothing[i], TC_BAD_REQUEST, NULL);
    assert_string_equal(store.log, "");
}

static void an_edit_refuses_bad_fields(void **state)
{
    (void)state;
    assert_refused("\"name\":\"\"", TC_INVALID_FIELD, "name");
    assert_refused("\"visibility\":\"x\"", TC_INVALID_FIELD, "visibility");
    assert_refused("\"owner_id\":\"bob\"", TC_INVALID_FIELD, "owner_id");
    assert_refused("\"members\":[]", TC_INVALID_FIELD, "members");
    assert_refused("\"members\":{\"add\":[\"x\"]}", TC_INVALID_FIELD, "members.add.0");
    assert_refused("\"requests\":{\"refuse\":1}", TC_INVALID_FIELD, "requests.refuse");
}

static void an_edit_says_first_what_is_first_wrong(void **state)
{
    (void)state;
    static const char change[] = "\"members\":{\"add\":[\"@nobody\"]}";
    store.found = TC_NOT_FOUND;
    assert_refused(change, TC_NOT_FOUND, NULL);
    store.found = TC_OK;
    store.group.role = "member";
    assert_refused(change, TC_FORBIDDEN, NULL);
    store.group.role = "owner";
    call_answers("auth.users", "{\"users\":[null]}");
    assert_refused(change, TC_NOT_FOUND, "members.add.0");
    call_answers("auth.users", "{\"users\":[null]}");
    assert_refused("\"owner_id\":\"@nobody\"", TC_NOT_FOUND, "owner_id");
    assert_int_equal(store.edits, 0);
}

static void who_comes_and_goes_is_told_as_are_the_members(void **state)
{
    (void)state;
    struct call call = edit("\"members\":{\"add\":[\"" DORA "\",\"@dora\"],\"remove\":[\"@bob\"]},"
                            "\"requests\":{\"accept\":[\"@dora\"],\"refuse\":[\"" CLEO "\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.log, "find ann; add dora; asking dora cleo; remove bob; ");
    assert_string_equal(events_of(&call), "user bob group.left first; group group.left; "
                                          "user dora group.joined first; group group.joined; "
                                          "user cleo group.join-failed because forbidden; "
                                          "group group.edited origin; user dora group.edited; ");
    assert_string_equal(json_text(call.events[0].payload, "data.group_id"), GROUP);
    assert_string_equal(json_text(call.events[0].payload, "data.user.id"), BOB);
    assert_string_equal(json_text(call.events[2].payload, "data.user.id"), DORA);
    assert_string_equal(json_text(call.events[2].payload, "data.group.id"), GROUP);
    assert_string_equal(json_text(call.events[4].payload, "data.group_id"), GROUP);
    call_done(&call);
}

static void newcomers_are_told_of_each_other(void **state)
{
    (void)state;
    struct call call = edit("\"members\":{\"add\":[\"@bob\",\"@cleo\"]}");
    assert_string_equal(events_of(&call), "user bob group.joined first; group group.joined; "
                                          "user cleo member.joined as group/joined; "
                                          "user cleo group.joined first; group group.joined; "
                                          "user bob member.joined as group/joined; "
                                          "group group.edited origin; user bob group.edited; "
                                          "user cleo group.edited; ");
    assert_string_equal(json_text(call.events[2].payload, "data.user.id"), BOB);
    call_done(&call);
}

static void in_a_big_group_only_the_owner_hears_of_others(void **state)
{
    (void)state;
    call_limits()->big_group = 2;
    store.group.member_count = 3;
    struct call call = edit("\"members\":{\"add\":[\"@dora\"],\"remove\":[\"@bob\"]}");
    assert_string_equal(events_of(&call),
                        "user bob group.left first; user ann member.left as group/left; "
                        "user dora group.joined first; user ann member.joined as group/joined; "
                        "group group.edited origin; user dora group.edited; ");
    call_done(&call);
}

static void a_handing_over_is_told_before_the_answer(void **state)
{
    (void)state;
    store.group.role = "owner";
    struct call call = edit("\"owner_id\":\"@Bob\"");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.change.owner_id, BOB);
    assert_string_equal(events_of(&call), "group group.edited first origin; ");
    call_done(&call);
}

static void turning_hidden_drops_the_requests(void **state)
{
    (void)state;
    store.group.visibility = "hidden";
    store.requesters[0] = CLEO;
    struct call call = edit("\"visibility\":\"hidden\"");
    assert_string_equal(events_of(&call), "group group.edited origin; "
                                          "user cleo group.join-failed because forbidden; ");
    call_done(&call);
}

static void nobody_is_in_two_lists(void **state)
{
    (void)state;
    static const struct {
        const char *changes, *field;
    } rows[] = {
        {"\"members\":{\"add\":[\"@bob\",\"@cleo\"],\"remove\":[\"" CLEO "\"]}",
         "members.remove.0"},
        {"\"requests\":{\"accept\":[\"@bob\"],\"refuse\":[\"@bob\"]}", "requests.refuse.0"},
        {"\"members\":{\"add\":[\"@bob\"]},\"requests\":{\"refuse\":[\"@bob\"]}",
         "requests.refuse.0"},
        {"\"members\":{\"remove\":[\"@bob\"]},\"requests\":{\"accept\":[\"@bob\"]}",
         "requests.accept.0"},
        {"\"members\":{\"remove\":[\"@bob\",\"@ann\"]}", "members.remove"},
        {"\"members\":{\"remove\":[\"@bob\"]},\"owner_id\":\"@bob\"", "owner_id"},
    };
    for (size_t i = 0; i < TC_COUNT(rows); i++)
        assert_refused(rows[i].changes, TC_CONFLICT, rows[i].field);
    assert_int_equal(store.edits, 0);
}

static void a_conflict_says_who_is_in_the_way(void **state)
{
    (void)state;
    static const struct {
        const char *changes, *field;
        struct standing bob;
    } rows[] = {
        {"\"members\":{\"add\":[\"@cleo\",\"@bob\"]}", "members.add.1", {.member = true}},
        {"\"members\":{\"add\":[\"@bob\"]}", "members.add.0", {.groups = 1000}},
        {"\"members\":{\"remove\":[\"@bob\"]}", "members.remove.0", {.asking = true}},
        {"\"requests\":{\"accept\":[\"@bob\"]}", "requests.accept.0", {.member = false}},
        {"\"requests\":{\"accept\":[\"@bob\"]}",
         "requests.accept.0",
         {.asking = true, .groups = 1000}},
        {"\"requests\":{\"refuse\":[\"@bob\"]}", "requests.refuse.0", {.member = true}},
        {"\"owner_id\":\"@bob\"", "owner_id", {.asking = true}},
    };
    for (size_t i = 0; i < TC_COUNT(rows); i++) {
        store.edits = 0;
        store.edited[0] = i % 2 == 0 ? TC_NOT_FOUND : TC_CONFLICT;
        store.standings[0].user_id = BOB;
        store.standings[0].standing = rows[i].bob;
        assert_refused(rows[i].changes, TC_CONFLICT, rows[i].field);
        assert_int_equal(store.edits, 1);
    }
}

static void an_edit_that_came_too_late_looks_again(void **state)
{
    (void)state;
    store.edited[0] = TC_NOT_FOUND;
    struct call call = edit("\"members\":{\"add\":[\"@bob\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.edits, 2);
    call_done(&call);

    for (int i = 0; i < 4; i++)
        store.edited[i] = TC_NOT_FOUND;
    assert_refused("\"members\":{\"add\":[\"@bob\"]}", TC_UNAVAILABLE, NULL);
    store.edited[0] = store.edited[2] = TC_UNAVAILABLE;
    store.edits = 0;
    assert_refused("\"name\":\"x\"", TC_UNAVAILABLE, NULL);
    assert_int_equal(store.edits, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_IN_TEST(an_edit_changes_what_is_named),
        STAND_IN_TEST(an_edit_that_names_nothing_is_a_bad_request),
        STAND_IN_TEST(an_edit_refuses_bad_fields),
        STAND_IN_TEST(an_edit_says_first_what_is_first_wrong),
        STAND_IN_TEST(who_comes_and_goes_is_told_as_are_the_members),
        STAND_IN_TEST(newcomers_are_told_of_each_other),
        STAND_IN_TEST(in_a_big_group_only_the_owner_hears_of_others),
        STAND_IN_TEST(a_handing_over_is_told_before_the_answer),
        STAND_IN_TEST(turning_hidden_drops_the_requests),
        STAND_IN_TEST(nobody_is_in_two_lists),
        STAND_IN_TEST(a_conflict_says_who_is_in_the_way),
        STAND_IN_TEST(an_edit_that_came_too_late_looks_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
