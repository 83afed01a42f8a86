/* Which event reaches whom, and when: askers, additions, removals, answers that come too late. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"
#include "tests/support/stage.h"

#define AUDIENCES "tincan.internal.conversation.audiences"
#define VERIFY "tincan.internal.auth.verify"
#define OF_GROUP "[\"" GROUP "\"]"
#define WITH_ROOM "[{\"conversation_id\":\"" ROOM "\",\"group_id\":\"" GROUP "\"}]"
#define TO_GROUP "event.group." GROUP "." GROUP ".group."
#define TO_ROOM "event.closed." GROUP "." ROOM ".message.created"
#define TO_OPEN "event.group." GROUP "." ROOM "."
#define TO_ANN "event.user." ANN "." GROUP "."
#define EDIT "tincan.rpc.group.edit"
#define JOIN "tincan.rpc.group.join"

/* Long enough for the frame's longer head. */
#define PADDING                                                                                    \
    "\"padding\":\"0123456789012345678901234567890123456789012345678901234567890123456789"         \
    "0123456789012345678901234567890123456789\""

static struct stage stage;
static struct actor ann, phone, bob; /* phone: Ann's second connection */

static void connect_again(struct actor *actor, const char *user_id)
{
    actor_connect(&stage, actor, "token");
    stage_verifies(&stage, user_id);
    actor_hears(actor, "session/ready");
}

static int open_all(void **state)
{
    (void)state;
    stage_open(&stage);
    stage_lets_in(&stage, &ann, ANN, OF_GROUP);
    connect_again(&phone, ANN);
    stage_lets_in(&stage, &bob, BOB, OF_GROUP);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    actor_leave(&stage, &ann);
    actor_leave(&stage, &phone);
    actor_leave(&stage, &bob);
    stage_close(&stage);
    return 0;
}

/* Ann asks; the name of her request. */
static const char *ann_asks(const char *type, const char *subject)
{
    static char reply[128];
    char text[512];
    snprintf(text, sizeof(text), "{\"type\":\"%s\",\"id\":\"7\",\"data\":{" PADDING "}}", type);
    actor_say(&stage, &ann, text);
    snprintf(reply, sizeof(reply), "%s", stage_asked(subject)->reply);
    return reply;
}

static void all_hear_nothing(void)
{
    actor_hears_nothing(&ann);
    actor_hears_nothing(&phone);
    actor_hears_nothing(&bob);
}

/* ---- The asker ---- */

static void the_asker_gets_the_answer_and_all_others_the_event(void **state)
{
    (void)state;
    const char *origin = ann_asks("group/edit", EDIT);
    stage_event(&stage, TO_GROUP "edited", "{\"event\":1}", origin); /* before the answer … */
    stage_reply(&stage, origin, NULL, "{\"answer\":1}");
    stage_event(&stage, TO_GROUP "edited", "{\"event\":2}", origin); /* … or after it */
    actor_hears(&ann, "{\"answer\":1}");
    actor_hears(&phone, "{\"event\":1}");
    actor_hears(&phone, "{\"event\":2}");
    actor_hears(&bob, "{\"event\":1}");
    actor_hears(&bob, "{\"event\":2}");
    all_hear_nothing();
}

static void the_asker_gets_the_event_if_he_was_told_of_no_success(void **state)
{
    (void)state;
    const char *origin = ann_asks("group/edit", EDIT);
    stage_event(&stage, TO_GROUP "edited", "{\"event\":1}", origin);
    actor_hears_nothing(&ann);
    stage_reply(&stage, origin, "unavailable", "{\"failed\":1}");
    actor_hears(&ann, "{\"failed\":1}");
    actor_hears(&ann, "{\"event\":1}");
    stage_event(&stage, TO_GROUP "edited", "{\"event\":2}", origin); /* out of the outbox */
    actor_hears(&ann, "{\"event\":2}");
}

static void another_edges_origin_is_nobody_here(void **state)
{
    (void)state;
    stage_event(&stage, TO_GROUP "edited", "{\"event\":1}",
                "_INBOX.other.00000000-00000001-00000000-00000001");
    actor_hears(&ann, "{\"event\":1}");
    actor_hears(&phone, "{\"event\":1}");
}

static void a_failed_request_says_what_the_service_says(void **state)
{
    (void)state;
    stage_reply(&stage, ann_asks("group/edit", EDIT), "not_found", "{\"as it\":\"is\"}");
    actor_hears(&ann, "{\"as it\":\"is\"}");
    stage_reply(&stage, ann_asks("group/edit", EDIT), NULL, ""); /* nobody's answer */
    actor_hears(&ann, "{\"type\":\"group/edit-failed\",\"re\":\"7\",\"error\":{\"code\":"
                      "\"internal\"");
}

/* ---- Additions ---- */

static void who_has_joined_hears_of_it_when_he_hears_the_group(void **state)
{
    (void)state;
    stage_event(&stage, TO_ANN "group.left", "{\"left\":1}", NULL);
    stage_tells_audiences(&stage, ANN, "[]", "[]");
    actor_hears(&ann, "{\"left\":1}");
    actor_hears(&phone, "{\"left\":1}");

    stage_event(&stage, TO_ANN "group.joined", "{\"joined\":1}", NULL);
    stage_event(&stage, TO_ANN "group.edited", "{\"later\":1}", NULL);
    actor_hears_nothing(&ann);
    stage.barriers_wait = true;
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    actor_hears_nothing(&ann);
    stage.barriers_wait = false;
    stage_run(&stage);
    actor_hears(&ann, "{\"joined\":1}");
    actor_hears(&ann, "{\"later\":1}");
    stage_event(&stage, TO_GROUP "edited", "{\"heard\":1}", NULL);
    actor_hears(&ann, "{\"heard\":1}");
}

static void an_answer_that_joins_waits_as_its_event_does(void **state)
{
    (void)state;
    const char *origin = ann_asks("group/join", JOIN);
    stage_event(&stage, TO_ANN "group.joined", "{\"event\":1}", origin);
    stage_reply(&stage, origin, NULL, "{\"answer\":1}");
    all_hear_nothing();
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    actor_hears(&ann, "{\"answer\":1}");
    actor_hears(&phone, "{\"event\":1}");
    all_hear_nothing();
    stage_not_asked(AUDIENCES); /* once is enough for both */

    stage_reply(&stage, ann_asks("group/join", JOIN), NULL, "{\"answer\":2}");
    actor_hears_nothing(&ann);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    actor_hears(&ann, "{\"answer\":2}");
}

static void a_join_that_fails_is_told_of_when_it_was_done_all_the_same(void **state)
{
    (void)state;
    const char *origin = ann_asks("group/join", JOIN);
    stage_event(&stage, TO_ANN "group.joined", "{\"event\":1}", origin);
    stage_reply(&stage, origin, "unavailable", "{\"failed\":1}");
    actor_hears(&ann, "{\"failed\":1}");
    actor_hears_nothing(&ann);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    actor_hears(&ann, "{\"event\":1}");
    actor_hears(&phone, "{\"event\":1}");
    all_hear_nothing();
}

static void an_addition_during_an_ask_makes_it_ask_once_more(void **state)
{
    (void)state;
    stage_event(&stage, TO_ANN "group.joined", "{\"joined\":1}", NULL);
    stage_event(&stage, TO_ANN "group.joined", "{\"joined\":2}", NULL);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    actor_hears(&ann, "{\"joined\":1}");
    actor_hears_nothing(&ann);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    actor_hears(&ann, "{\"joined\":2}");
    stage_not_asked(AUDIENCES);
}

static void after_two_seconds_it_is_told_anyway_and_a_resync_follows(void **state)
{
    (void)state;
    int64_t began_ms = tc_mono_ms();
    stage_event(&stage, TO_ANN "group.joined", "{\"joined\":1}", NULL);
    const char *line = "";
    while (line[0] == '\0') {
        uv_run(&stage.loop, UV_RUN_ONCE);
        line = actor_heard(&ann);
    }
    assert_string_equal(line, "{\"joined\":1}");
    assert_in_range(tc_mono_ms() - began_ms, 1990, 2500);
    actor_hears_nothing(&ann);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    actor_hears(&ann, "session/resync");
    actor_hears(&phone, "{\"joined\":1}");
    actor_hears(&phone, "session/resync");
    actor_hears_nothing(&bob);
}

static void what_is_held_goes_out_when_nats_is_lost(void **state)
{
    (void)state;
    const char *origin = ann_asks("group/join", JOIN);
    stage_reply(&stage, origin, NULL, "{\"answer\":1}");
    stage_loses_nats(&stage);
    actor_hears(&ann, "{\"answer\":1}");
}

/* ---- Removals ---- */

static void who_has_left_hears_nothing_after_it(void **state)
{
    (void)state;
    stage_event(&stage, TO_ANN "conversation.created", "{}", NULL);
    stage_tells_audiences(&stage, ANN, OF_GROUP, WITH_ROOM);
    actor_hears(&ann, "{}");
    stage_event(&stage, TO_ROOM, "{\"room\":1}", NULL);
    actor_hears(&ann, "{\"room\":1}");

    stage_event(&stage, TO_ANN "group.left", "{\"left\":1}", NULL);
    stage_event(&stage, TO_GROUP "edited", "{\"group\":2}", NULL);
    stage_event(&stage, TO_ROOM, "{\"room\":2}", NULL);
    actor_hears(&ann, "{\"left\":1}");
    actor_hears_nothing(&ann);
    actor_hears(&bob, "{\"group\":2}");
}

static void an_old_leave_that_comes_late_does_not_make_a_member_deaf(void **state)
{
    (void)state;
    stage_event(&stage, TO_ANN "group.left", "{\"left\":1}", NULL);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    stage_event(&stage, TO_GROUP "edited", "{\"group\":1}", NULL);
    actor_hears(&ann, "{\"left\":1}");
    actor_hears(&ann, "session/resync"); /* meanwhile he was */
    actor_hears(&ann, "{\"group\":1}");
}

static void who_falls_out_of_a_conversation_hears_the_group_still(void **state)
{
    (void)state;
    stage_event(&stage, TO_ANN "conversation.created", "{}", NULL);
    stage_tells_audiences(&stage, ANN, OF_GROUP, WITH_ROOM);
    stage_event(&stage, "event.user." ANN "." ROOM ".conversation.removed", "{\"out\":1}", NULL);
    stage_event(&stage, TO_ROOM, "{\"room\":1}", NULL);
    stage_event(&stage, TO_GROUP "edited", "{\"group\":1}", NULL);
    actor_hears(&ann, "{}");
    actor_hears(&ann, "{\"out\":1}");
    actor_hears(&ann, "{\"group\":1}");
}

static void an_answer_from_before_a_removal_does_not_undo_it(void **state)
{
    (void)state;
    stage_event(&stage, TO_ANN "conversation.created", "{}", NULL); /* which makes it ask */
    stage_event(&stage, TO_ANN "group.left", "{\"left\":1}", NULL);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]"); /* made before */
    stage_event(&stage, TO_GROUP "edited", "{\"group\":1}", NULL);
    actor_hears_nothing(&ann);
    stage_tells_audiences(&stage, ANN, "[]", "[]"); /* asked again */
    actor_hears(&ann, "{}");
    actor_hears(&ann, "{\"left\":1}");
    stage_event(&stage, TO_GROUP "edited", "{\"group\":2}", NULL);
    actor_hears_nothing(&ann);
}

static void a_removed_group_is_told_of_and_then_over(void **state)
{
    (void)state;
    size_t before = fake_bus.subscriptions;
    stage_event(&stage, TO_GROUP "removed", "{\"removed\":1}", NULL);
    actor_hears(&ann, "{\"removed\":1}");
    actor_hears(&phone, "{\"removed\":1}");
    actor_hears(&bob, "{\"removed\":1}");
    assert_int_equal(fake_bus.subscriptions, before - 1);
    stage_event(&stage, TO_GROUP "edited", "{}", NULL);
    all_hear_nothing();
}

/* A message that another process has stored just before leaves when it can. */
static void of_a_removed_conversation_nothing_more_is_told(void **state)
{
    (void)state;
    stage_event(&stage, TO_OPEN "message.created", "{\"message\":1}", NULL);
    actor_hears(&bob, "{\"message\":1}");
    stage_event(&stage, TO_OPEN "conversation.removed", "{\"removed\":1}", NULL);
    actor_hears(&bob, "{\"removed\":1}");
    stage_event(&stage, TO_OPEN "message.created", "{\"message\":2}", NULL);
    actor_hears_nothing(&bob);
    stage_event(&stage, TO_GROUP "edited", "{\"group\":1}", NULL);
    actor_hears(&bob, "{\"group\":1}");
}

static void what_is_about_others_changes_nothing_for_the_owner(void **state)
{
    (void)state;
    stage_event(&stage, TO_ANN "member.left", "{\"other\":1}", NULL);
    actor_hears(&ann, "{\"other\":1}");
    stage_event(&stage, TO_GROUP "edited", "{\"group\":1}", NULL);
    actor_hears(&ann, "{\"group\":1}");
    stage_not_asked(AUDIENCES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_asker_gets_the_answer_and_all_others_the_event),
        TEST(the_asker_gets_the_event_if_he_was_told_of_no_success),
        TEST(another_edges_origin_is_nobody_here),
        TEST(a_failed_request_says_what_the_service_says),
        TEST(who_has_joined_hears_of_it_when_he_hears_the_group),
        TEST(an_answer_that_joins_waits_as_its_event_does),
        TEST(a_join_that_fails_is_told_of_when_it_was_done_all_the_same),
        TEST(an_addition_during_an_ask_makes_it_ask_once_more),
        TEST(after_two_seconds_it_is_told_anyway_and_a_resync_follows),
        TEST(what_is_held_goes_out_when_nats_is_lost),
        TEST(who_has_left_hears_nothing_after_it),
        TEST(an_old_leave_that_comes_late_does_not_make_a_member_deaf),
        TEST(who_falls_out_of_a_conversation_hears_the_group_still),
        TEST(an_answer_from_before_a_removal_does_not_undo_it),
        TEST(a_removed_group_is_told_of_and_then_over),
        TEST(of_a_removed_conversation_nothing_more_is_told),
        TEST(what_is_about_others_changes_nothing_for_the_owner),
    };
    return cmocka_run_group_tests_name("edge_delivery", tests, NULL, NULL);
}
