/* What the conversation service tells other services and edges, and what groups do to it. */

#include "services/conversation/conversation.h"
#include "tests/support/conversation_stand_in.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"

#define OTHER "00000000-0000-7000-8000-000000000003"

static struct call internal(const struct tc_route *routes, const char *op, const char *data)
{
    struct call call = {.op = op, .data = data};
    call_route(routes, &call);
    return call;
}

static void access_is_told_of_all_requests_by_one_look(void **state)
{
    (void)state;
    struct call calls[3] = {
        {.op = "conversation.access",
         .data = "{\"pairs\":[[\"" ROOM "\",\"" ANN "\"],[\"" OTHER "\",\"" ANN "\"]]}"},
        {.op = "conversation.access", .data = "{\"pairs\":[[\"" ROOM "\"]]}"},
        {.op = "conversation.access", .data = "{\"pairs\":[[\"" ROOM "\",\"" BOB "\"]]}"},
    };
    store.states[0] = store.states[2] = (struct conversation_state){
        .group_id = GROUP, .owner_id = CLEO, .version = 1, .since = 5, .closed = true};
    members_are("owner@5 none@0 member@6");
    call_batch(access_routes, calls, 3);

    assert_string_equal(store.key, ROOM "/" ANN " " OTHER "/" ANN " " ROOM "/" BOB);
    assert_string_equal(call_asked(), "{\"pairs\":[[\"" GROUP "\",\"" ANN "\"],[\"" OTHER
                                      "\",\"" ANN "\"],[\"" GROUP "\",\"" BOB "\"]]}");
    assert_int_equal(calls[0].status, TC_OK);
    const cJSON *first = json_at(calls[0].answer, "access.0");
    assert_string_equal(json_text(first, "group_id"), GROUP);
    assert_string_equal(json_text(first, "owner_id"), CLEO);
    assert_string_equal(json_text(first, "role"), "owner");
    assert_true(cJSON_IsTrue(json_at(first, "closed")));
    assert_true(cJSON_IsTrue(json_at(first, "listed")));
    assert_true(cJSON_IsNull(json_at(calls[0].answer, "access.1")));
    assert_int_equal(calls[1].status, TC_INVALID_FIELD);
    assert_int_equal(calls[2].status, TC_OK);
    assert_true(cJSON_IsFalse(json_at(calls[2].answer, "access.0.listed")));
    assert_string_equal(json_text(calls[2].answer, "access.0.role"), "member");
    for (int i = 0; i < 3; i++)
        call_done(&calls[i]);
}

static void access_refuses_what_is_no_list_of_pairs(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "{\"pairs\":{}}",
        "{\"pairs\":[\"" ROOM "\"]}",
        "{\"pairs\":[{\"a\":1}]}",
        "{\"pairs\":[[1,2]]}",
        "{\"pairs\":[[\"" ROOM "\",\"ann\"]]}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct call call = internal(access_routes, "conversation.access", bad[i]);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        call_done(&call);
    }
}

static void access_is_unavailable_while_groups_are(void **state)
{
    (void)state;
    call_answers("group.members", NULL);
    struct call call =
        internal(access_routes, "conversation.access", "{\"pairs\":[[\"" ROOM "\",\"" ANN "\"]]}");
    assert_int_equal(call.status, TC_UNAVAILABLE);
    call_done(&call);
}

static void audiences_are_groups_and_valid_listings(void **state)
{
    (void)state;
    static const struct user_listing listings[] = {
        {0, ROOM, GROUP, 5},  /* valid */
        {0, OTHER, GROUP, 4}, /* of an earlier membership */
        {1, ROOM, OTHER, 7},  /* of a group that he has left */
    };
    store.user_listings = listings;
    store.user_listing_count = 3;
    call_answers("group.memberships",
                 "{\"users\":[{\"user_id\":\"" ANN "\",\"groups\":[{\"id\":\"" GROUP
                 "\",\"since\":5},{\"id\":\"bad\",\"since\":1},7]},{\"user_id\":\"" BOB
                 "\",\"groups\":[]}]}");
    struct call call = internal(audience_routes, "conversation.audiences",
                                "{\"user_ids\":[\"" ANN "\",\"" BOB "\",\"" CLEO "\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(call_asked(), "{\"user_ids\":[\"" ANN "\",\"" BOB "\",\"" CLEO "\"]}");
    char *text = cJSON_PrintUnformatted(call.answer);
    assert_string_equal(text,
                        "{\"users\":[{\"user_id\":\"" ANN "\",\"groups\":[\"" GROUP
                        "\"],\"closed\":[{\"conversation_id\":\"" ROOM "\",\"group_id\":\"" GROUP
                        "\"}]},{\"user_id\":\"" BOB "\",\"groups\":[],\"closed\":[]}]}");
    cJSON_free(text);
    call_done(&call);
}

/* `count` listings of the user with that number, valid if `since` is 5. */
static struct user_listing *many_listings(size_t user, size_t count, int64_t since)
{
    struct user_listing *all = calloc(count, sizeof(*all));
    for (size_t i = 0; i < count; i++)
        all[i] = (struct user_listing){user, ROOM, GROUP, since};
    return all;
}

static void an_answer_ends_before_it_grows_too_long_for_nats(void **state)
{
    (void)state;
    static const char *const memberships =
        "{\"users\":[{\"groups\":[{\"id\":\"" GROUP
        "\",\"since\":5}]},{\"groups\":[{\"id\":\"" GROUP "\",\"since\":5}]}]}";
    for (size_t count = 9000; count <= 12000; count += 3000) {
        struct user_listing *all = many_listings(1, count, 5);
        store.user_listings = all;
        store.user_listing_count = count;
        call_answers("group.memberships", memberships);
        struct call call = internal(audience_routes, "conversation.audiences",
                                    "{\"user_ids\":[\"" ANN "\",\"" BOB "\"]}");
        assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "users")), 1);
        assert_string_equal(json_text(call.answer, "users.0.user_id"), ANN);
        call_done(&call);
        free(all);
    }
}

static void nobody_is_answered_for_with_a_part_of_his_listings(void **state)
{
    (void)state;
    struct user_listing *all = many_listings(1, 12000, 4); /* not all were read; those are stale */
    store.user_listings = all;
    store.user_listing_count = 12000;
    call_answers("group.memberships", "{\"users\":[{\"groups\":[]},{\"groups\":[]}]}");
    struct call call = internal(audience_routes, "conversation.audiences",
                                "{\"user_ids\":[\"" ANN "\",\"" BOB "\"]}");
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "users")), 1);
    call_done(&call);
    free(all);
}

static void nobody_is_kept_out_by_being_listed_everywhere(void **state)
{
    (void)state;
    for (size_t count = 9000; count <= 12000; count += 3000) {
        struct user_listing *all = many_listings(0, count, 5);
        store.user_listings = all;
        store.user_listing_count = count;
        call_answers("group.memberships",
                     "{\"users\":[{\"groups\":[{\"id\":\"" GROUP "\",\"since\":5}]}]}");
        struct call call =
            internal(audience_routes, "conversation.audiences", "{\"user_ids\":[\"" ANN "\"]}");
        assert_int_equal(call.status, TC_OK);
        assert_string_equal(json_text(call.answer, "users.0.groups.0"), GROUP);
        char *text = cJSON_PrintUnformatted(call.answer);
        assert_in_range(strlen(text), 900 * 1024, 901 * 1024);
        cJSON_free(text);
        call_done(&call);
        free(all);
    }
}

static void audiences_refuse_bad_lists_and_pass_failures_on(void **state)
{
    (void)state;
    struct call call = internal(audience_routes, "conversation.audiences", "{\"user_ids\":[1]}");
    assert_int_equal(call.status, TC_INVALID_FIELD);
    call_done(&call);
    call_answers("group.memberships", NULL);
    call = internal(audience_routes, "conversation.audiences", "{\"user_ids\":[\"" ANN "\"]}");
    assert_int_equal(call.status, TC_UNAVAILABLE);
    call_done(&call);
}

static const struct tc_listener *listener(const char *subject_of)
{
    for (const struct tc_listener *row = upkeep_listeners; row->subject != NULL; row++)
        if (strcmp(row->subject, subject_of) == 0)
            return row;
    fail_msg("nobody listens to %s", subject_of);
    return NULL;
}

static struct call user_left(void)
{
    struct call call = {.op = "", .data = "{\"type\":\"group/left\",\"data\":{}}"};
    const struct tc_listener *left = listener("tincan.event.user.*.*.group.left");
    /* Durably, in one process; and in whichever has listed him a moment ago. */
    assert_false(left->everywhere);
    assert_string_equal(left[1].subject, left->subject);
    assert_true(left[1].everywhere);
    call_listener(left, subject("event.user", BOB, GROUP, "group.left"), &call);
    return call;
}

static const struct conversation struck[] = {
    {.id = ROOM,
     .group_id = GROUP,
     .name = "x",
     .topic = "",
     .owner_id = ANN,
     .participants = ANN,
     .version = 2,
     .closed = true},
    {.id = OTHER,
     .group_id = GROUP,
     .name = "y",
     .topic = "",
     .owner_id = BOB,
     .participants = "",
     .version = 9,
     .closed = true},
};

static void those_who_stay_hear_of_one_who_left_the_group(void **state)
{
    (void)state;
    store.struck = struck;
    store.struck_count = 2;
    members_are("none@5");
    struct call call = user_left();
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.strike_since, 0);
    assert_int_equal(store.strikes, 2);
    assert_int_equal(call.event_count, 2);
    assert_string_equal(call.events[0].subject,
                        subject("event.closed", GROUP, ROOM, "conversation.edited"));
    assert_int_equal(call.events[0].flags, 0);
    assert_string_equal(json_text(call.events[0].payload, "data.conversation.participant_ids.0"),
                        ANN);
    assert_int_equal(
        cJSON_GetArraySize(json_at(call.events[1].payload, "data.conversation.participant_ids")),
        0);
    call_done(&call);
}

static void who_is_back_already_keeps_his_new_listings(void **state)
{
    (void)state;
    members_are("member@9");
    struct call call = user_left();
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.strike_since, 9);
    assert_int_equal(call.event_count, 0);
    call_done(&call);
}

static void nothing_is_told_if_the_rest_fails_since_nothing_is_struck_then(void **state)
{
    (void)state;
    store.struck = struck;
    store.struck_count = 2;
    store.strike_again = TC_UNAVAILABLE;
    members_are("none@0");
    struct call call = user_left();
    assert_int_equal(call.status, TC_UNAVAILABLE); /* and so it comes again */
    assert_int_equal(call.event_count, 0);
    call_done(&call);
}

static void nothing_is_struck_while_the_membership_is_unknown(void **state)
{
    (void)state;
    static const char *const answers[] = {NULL, "{}", "{\"members\":[]}",
                                          "{\"members\":[{\"role\":1,\"since\":\"x\"}]}",
                                          "{\"members\":[{\"role\":\"member\",\"since\":1e300}]}"};
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        call_answers("group.members", answers[i]);
        struct call call = user_left();
        assert_int_equal(call.status, TC_UNAVAILABLE);
        assert_int_equal(store.strikes, 0);
        call_done(&call);
    }
}

static void a_removed_group_is_cleared_to_the_end(void **state)
{
    (void)state;
    struct call call = {.op = "", .data = "{\"type\":\"group/removed\",\"data\":{}}"};
    store.clear_runs = 3;
    call_listener(listener("tincan.event.group.*.*.group.removed"),
                  subject("event.group", GROUP, GROUP, "group.removed"), &call);
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.clear_runs, 0);
    assert_int_equal(call.event_count, 0);
    call_done(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_IN_TEST(access_is_told_of_all_requests_by_one_look),
        STAND_IN_TEST(access_refuses_what_is_no_list_of_pairs),
        STAND_IN_TEST(access_is_unavailable_while_groups_are),
        STAND_IN_TEST(audiences_are_groups_and_valid_listings),
        STAND_IN_TEST(an_answer_ends_before_it_grows_too_long_for_nats),
        STAND_IN_TEST(nobody_is_answered_for_with_a_part_of_his_listings),
        STAND_IN_TEST(nobody_is_kept_out_by_being_listed_everywhere),
        STAND_IN_TEST(audiences_refuse_bad_lists_and_pass_failures_on),
        STAND_IN_TEST(those_who_stay_hear_of_one_who_left_the_group),
        STAND_IN_TEST(who_is_back_already_keeps_his_new_listings),
        STAND_IN_TEST(nothing_is_told_if_the_rest_fails_since_nothing_is_struck_then),
        STAND_IN_TEST(nothing_is_struck_while_the_membership_is_unknown),
        STAND_IN_TEST(a_removed_group_is_cleared_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
