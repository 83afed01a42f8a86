/* Joining, leaving, and what others ask about members, by handlers without a database. */

#include "services/group/group.h"
#include "tests/support/group_stand_in.h"

#include <string.h>

#include "shared/base/mem.h"

#define ITS "{\"group_id\":\"" GROUP "\"}"

static struct call join(const char *user)
{
    struct call call = {.op = "group/join", .user = user, .data = ITS};
    call_route(join_routes, &call);
    return call;
}

static struct call leave(const char *user)
{
    struct call call = {.op = "group/leave", .user = user, .data = ITS};
    call_route(leave_routes, &call);
    return call;
}

static void a_join_tells_oneself_first_and_the_members(void **state)
{
    (void)state;
    store.joining = BOB;
    struct call call = join(BOB);
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(json_text(call.answer, "type"), "group/joined");
    assert_string_equal(json_text(call.answer, "data.group.role"), "member");
    assert_string_equal(json_text(call.answer, "data.user.id"), BOB);
    assert_string_equal(events_of(&call), "user bob group.joined first origin; "
                                          "group group.joined first origin; ");
    assert_null(json_at(call.events[0].payload, "data.group.role"));
    assert_true(cJSON_Compare(call.events[0].payload, call.events[1].payload, true));
    assert_int_equal(store.groups_max, 1000);
    call_done(&call);
}

static void a_join_of_a_big_group_is_told_to_its_owner(void **state)
{
    (void)state;
    call_limits()->big_group = 1;
    store.joining = BOB;
    struct call call = join(BOB);
    assert_string_equal(events_of(&call), "user bob group.joined first origin; "
                                          "user ann member.joined first origin as group/joined; ");
    call_done(&call);
}

static void joins_of_one_user_are_one_after_another(void **state)
{
    (void)state;
    struct call calls[5] = {
        {.op = "group/join", .user = BOB, .data = ITS},
        {.op = "group/join", .user = BOB, .data = ITS},
        {.op = "group/join", .user = CLEO, .data = "{\"group_id\":\"x\"}"},
        {.op = "group/join", .user = DORA, .data = ITS},
        {.op = "group/join", .user = CLEO, .data = ITS, .late = true},
    };
    store.joining = BOB DORA;
    call_batch(join_routes, calls, 5);
    assert_string_equal(store.log, "join bob dora; join bob; ");
    static const enum tc_status expected[] = {TC_OK, TC_OK, TC_INVALID_FIELD, TC_OK,
                                              TC_UNAVAILABLE};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(calls[i].status, expected[i]);
        call_done(&calls[i]);
    }
}

static void a_join_of_a_private_group_asks_its_owner(void **state)
{
    (void)state;
    store.group.visibility = "private";
    store.group.role = "none";
    struct call call = join(BOB);
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(json_text(call.answer, "type"), "group/join-requested");
    assert_string_equal(json_text(call.answer, "data.group.role"), "requested");
    assert_string_equal(json_text(call.answer, "data.user.id"), BOB);
    assert_string_equal(events_of(&call), "user ann group.join-requested; "
                                          "user bob group.join-requested origin; ");
    assert_null(json_at(call.events[0].payload, "data.group.role"));
    call_done(&call);
}

static void who_may_not_join_is_told_why(void **state)
{
    (void)state;
    static const struct {
        const char *visibility, *role;
        int64_t groups;
        enum tc_status found, asked, expected;
    } rows[] = {
        {"public", "none", 0, TC_NOT_FOUND, TC_OK, TC_NOT_FOUND},
        {"public", "member", 0, TC_OK, TC_OK, TC_CONFLICT},
        {"hidden", "member", 0, TC_OK, TC_OK, TC_CONFLICT},
        {"private", "owner", 0, TC_OK, TC_OK, TC_CONFLICT},
        {"private", "requested", 0, TC_OK, TC_OK, TC_CONFLICT},
        {"private", "none", 1000, TC_OK, TC_OK, TC_CONFLICT},
        {"public", "none", 1000, TC_OK, TC_OK, TC_CONFLICT},
        {"public", "none", 999, TC_OK, TC_OK, TC_UNAVAILABLE}, /* whatever it was, it stays */
        {"private", "none", 0, TC_OK, TC_NOT_FOUND, TC_UNAVAILABLE},
        {"private", "none", 0, TC_UNAVAILABLE, TC_OK, TC_UNAVAILABLE},
    };
    for (size_t i = 0; i < TC_COUNT(rows); i++) {
        store.group.visibility = rows[i].visibility;
        store.group.role = rows[i].role;
        store.found = rows[i].found;
        store.asked = rows[i].asked;
        store.standings[0].user_id = BOB;
        store.standings[0].standing.groups = rows[i].groups;
        struct call call = join(BOB);
        assert_int_equal(call.status, rows[i].expected);
        assert_int_equal(call.event_count, 0);
        call_done(&call);
    }
}

static void a_leave_tells_oneself_first_and_the_members(void **state)
{
    (void)state;
    store.departures[0].user_id = BOB;
    store.departures[0].how = LEFT;
    struct call call = leave(BOB);
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(json_text(call.answer, "type"), "group/left");
    assert_string_equal(json_text(call.answer, "data.group_id"), GROUP);
    assert_string_equal(json_text(call.answer, "data.user.id"), BOB);
    assert_string_equal(events_of(&call), "user bob group.left first origin; "
                                          "group group.left first origin; ");
    assert_true(
        cJSON_Compare(json_at(call.events[1].payload, "data"), json_at(call.answer, "data"), true));
    call_done(&call);

    call_limits()->big_group = 1;
    call = leave(BOB);
    assert_string_equal(events_of(&call), "user bob group.left first origin; "
                                          "user ann member.left first origin as group/left; ");
    call_done(&call);
}

static void a_withdrawal_ends_no_right(void **state)
{
    (void)state;
    store.departures[0].user_id = BOB;
    store.departures[0].how = WITHDREW;
    struct call call = leave(BOB);
    assert_string_equal(json_text(call.answer, "type"), "group/left");
    assert_string_equal(events_of(&call), "user ann member.left as group/left; "
                                          "user bob member.left origin as group/left; ");
    assert_string_equal(json_text(call.events[0].payload, "data.user.id"), BOB);
    call_done(&call);
}

static void who_cannot_leave_is_told_why(void **state)
{
    (void)state;
    static const struct {
        const char *role;
        enum tc_status found, expected;
    } rows[] = {
        {"owner", TC_OK, TC_CONFLICT},
        {"none", TC_OK, TC_CONFLICT},
        {"none", TC_NOT_FOUND, TC_NOT_FOUND},
        {"member", TC_OK, TC_UNAVAILABLE},
    };
    for (size_t i = 0; i < TC_COUNT(rows); i++) {
        store.group.role = rows[i].role;
        store.found = rows[i].found;
        struct call call = leave(BOB);
        assert_int_equal(call.status, rows[i].expected);
        assert_int_equal(call.event_count, 0);
        call_done(&call);
    }
}

static void a_lost_store_is_told_to_all(void **state)
{
    (void)state;
    store.status = TC_UNAVAILABLE;
    store.joining = BOB;
    struct call call = join(BOB);
    assert_int_equal(call.status, TC_UNAVAILABLE);
    call_done(&call);
    call = leave(BOB);
    assert_int_equal(call.status, TC_UNAVAILABLE);
    call_done(&call);
}

#define PAIR(user) "[\"" GROUP "\",\"" user "\"]"

static void members_are_told_to_all_who_ask_by_one_look(void **state)
{
    (void)state;
    struct call calls[3] = {
        {.op = "group.members", .data = "{\"pairs\":[" PAIR(ANN) "," PAIR(BOB) "]}"},
        {.op = "group.members", .data = "{\"pairs\":[" PAIR(ANN) ",[\"" GROUP "\"]]}"},
        {.op = "group.members", .data = "{\"pairs\":[" PAIR(CLEO) "]}"},
    };
    store.facts[0] = (struct member_fact){"owner", 1700000000123456, 2};
    store.facts[1] = (struct member_fact){"member", 1700000000123457, 2};
    store.facts[2] = (struct member_fact){"none", 0, 2};
    call_batch(fact_routes, calls, 3);
    assert_string_equal(store.log, "facts ann bob cleo; ");
    assert_string_equal(json_text(calls[0].answer, "members.0.role"), "owner");
    assert_true(json_number(calls[0].answer, "members.1.since") == 1700000000123457.0);
    assert_int_equal(json_number(calls[0].answer, "members.1.size"), 2);
    assert_int_equal(calls[1].status, TC_INVALID_FIELD);
    assert_string_equal(json_text(calls[2].answer, "members.0.role"), "none");
    for (int i = 0; i < 3; i++)
        call_done(&calls[i]);
}

static void members_refuses_what_is_no_list_of_pairs(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "{\"pairs\":{}}",
        "{\"pairs\":[\"" GROUP "\"]}",
        "{\"pairs\":[{\"a\":\"" GROUP "\",\"b\":\"" ANN "\"}]}",
        "{\"pairs\":[[\"" GROUP "\",5]]}",
        "{\"pairs\":[[\"" GROUP "\",\"x\"]]}",
        "{\"pairs\":[[]]}",
        "[]",
    };
    for (size_t i = 0; i < TC_COUNT(bad); i++) {
        struct call call = {.op = "group.members", .data = bad[i]};
        call_route(fact_routes, &call);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        call_done(&call);
    }
}

static struct call memberships(const char *data)
{
    struct call call = {.op = "group.memberships", .data = data};
    call_route(fact_routes, &call);
    return call;
}

static void memberships_are_told_in_the_order_asked(void **state)
{
    (void)state;
    static const struct membership rows[] = {{0, NULL, 0}, {1, GROUP, 5}, {1, DORA, 6}};
    store.memberships = rows;
    store.membership_count = 3;
    struct call call = memberships("{\"user_ids\":[\"" CLEO "\",\"" BOB "\"]}");
    assert_string_equal(store.log, "memberships cleo bob; ");
    assert_string_equal(json_text(call.answer, "users.0.user_id"), CLEO);
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "users.0.groups")), 0);
    assert_string_equal(json_text(call.answer, "users.1.user_id"), BOB);
    assert_string_equal(json_text(call.answer, "users.1.groups.0.id"), GROUP);
    assert_int_equal(json_number(call.answer, "users.1.groups.1.since"), 6);
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "users")), 2);
    call_done(&call);
    call = memberships("{\"user_ids\":\"x\"}");
    assert_int_equal(call.status, TC_INVALID_FIELD);
    call_done(&call);
}

/* More than is read at once: the user whose groups are cut is left for the next time. */
static void memberships_end_with_a_whole_user(void **state)
{
    (void)state;
    static struct membership rows[20000];
    for (size_t i = 0; i < TC_COUNT(rows); i++)
        rows[i] = (struct membership){i < 4000 ? 0 : i < 8000 ? 1 : 2, GROUP, 1700000000123456};
    store.memberships = rows;
    store.membership_count = TC_COUNT(rows);
    static const char asked[] = "{\"user_ids\":[\"" ANN "\",\"" BOB "\",\"" CLEO "\"]}";
    struct call call = memberships(asked);
    assert_int_equal(store.memberships_limit, 8192 + 1000);
    const cJSON *users = json_at(call.answer, "users");
    assert_int_equal(cJSON_GetArraySize(users), 2);
    assert_int_equal(cJSON_GetArraySize(json_at(users, "1.groups")), 4000);
    call_done(&call);

    for (size_t i = 0; i < TC_COUNT(rows); i++)
        rows[i].user = i < 8192 ? 0 : 1; /* beyond what an answer holds */
    store.membership_count = 9100;
    call = memberships(asked);
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "users")), 1);
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "users.0.groups")), 8192);
    call_done(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_IN_TEST(a_join_tells_oneself_first_and_the_members),
        STAND_IN_TEST(a_join_of_a_big_group_is_told_to_its_owner),
        STAND_IN_TEST(joins_of_one_user_are_one_after_another),
        STAND_IN_TEST(a_join_of_a_private_group_asks_its_owner),
        STAND_IN_TEST(who_may_not_join_is_told_why),
        STAND_IN_TEST(a_leave_tells_oneself_first_and_the_members),
        STAND_IN_TEST(a_withdrawal_ends_no_right),
        STAND_IN_TEST(who_cannot_leave_is_told_why),
        STAND_IN_TEST(a_lost_store_is_told_to_all),
        STAND_IN_TEST(members_are_told_to_all_who_ask_by_one_look),
        STAND_IN_TEST(members_refuses_what_is_no_list_of_pairs),
        STAND_IN_TEST(memberships_are_told_in_the_order_asked),
        STAND_IN_TEST(memberships_end_with_a_whole_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
