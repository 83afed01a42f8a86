/* How sessions begin, are suspended while NATS is away, and end. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#include "edge/drain.h"
#include "edge/ended.h"
#include "edge/requests.h"
#include "edge/users.h"
#include "shared/base/clock.h"
#include "tests/support/stage.h"

#define AUDIENCES "tincan.internal.conversation.audiences"
#define VERIFY "tincan.internal.auth.verify"
#define LONG_MS 11000 /* longer than who is away is kept */
#define OF_GROUP "[\"" GROUP "\"]"
#define EDITED "event.group." GROUP "." GROUP ".group.edited"
#define A_HASH "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0" /* of "token" */

/* Long enough for the frame's longer head. */
#define PADDING                                                                                    \
    "\"padding\":\"0123456789012345678901234567890123456789012345678901234567890123456789"         \
    "0123456789012345678901234567890123456789\""
#define LIST "{\"type\":\"group/list\",\"id\":\"1\",\"data\":{" PADDING "}}"

static struct stage stage;

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static void it_begins_when_everything_is_live(void **state)
{
    (void)state;
    struct actor ann;
    stage.barriers_wait = true;
    actor_connect(&stage, &ann, "token");
    stage_not_asked(AUDIENCES);
    const struct fake_published *question = fake_take(VERIFY);
    assert_string_equal(question->data, "{\"token_hash\":\"" A_HASH "\"}");
    stage_reply(&stage, question->reply, NULL,
                "{\"user\":{\"id\":\"" ANN "\",\"username\":\"ann\"},\"session\":{\"id\":\"" SESSION
                "\",\"expires_at\":\"then\"}}");
    actor_hears_nothing(&ann);
    assert_int_equal(ann.status, 101);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    actor_hears_nothing(&ann);

    stage_event(&stage, EDITED, "{\"n\":1}", NULL);
    actor_hears_nothing(&ann);
    stage.barriers_wait = false;
    stage_run(&stage);
    actor_hears(&ann, "{\"type\":\"session/ready\",\"data\":{\"user\":{\"id\":\"" ANN
                      "\",\"username\":\"ann\"},\"session\":{\"id\":\"" SESSION
                      "\",\"expires_at\":\"then\"},\"limits\":{\"frame_bytes\":131072,");
    stage_event(&stage, EDITED, "{\"n\":2}", NULL);
    actor_hears(&ann, "{\"n\":2}");
    actor_leave(&stage, &ann);
    users_sweep(&stage.edge, tc_mono_ms() + LONG_MS);
    assert_int_equal(fake_bus.subscriptions, 1); /* the ends of sessions */
}

static void a_bad_token_is_401_and_an_unknown_one_503(void **state)
{
    (void)state;
    struct actor ann;
    actor_connect(&stage, &ann, "token");
    stage_answers(&stage, VERIFY, "unauthenticated", "{}");
    actor_heard(&ann);
    assert_int_equal(ann.status, 401);
    actor_leave(&stage, &ann);

    actor_connect(&stage, &ann, "token");
    stage_answers(&stage, VERIFY, "unavailable", "{}");
    actor_heard(&ann);
    assert_int_equal(ann.status, 503);
    actor_leave(&stage, &ann);
}

static void those_who_come_together_are_asked_about_together(void **state)
{
    (void)state;
    struct actor ann, bob;
    actor_connect(&stage, &ann, "token");
    actor_connect(&stage, &bob, "token");
    char replies[2][128];
    for (int i = 0; i < 2; i++)
        strcpy(replies[i], stage_asked(VERIFY)->reply);
    static const char *const users[] = {ANN, BOB};
    for (int i = 0; i < 2; i++) {
        char text[256];
        snprintf(text, sizeof(text),
                 "{\"user\":{\"id\":\"%s\"},\"session\":{\"id\":\"" SESSION "\"}}", users[i]);
        fake_bus.config.on_message(fake_bus.config.ctx, fake_message(replies[i], text, NULL, NULL));
    }
    stage_run(&stage);
    const struct fake_published *question = stage_asked(AUDIENCES);
    assert_string_equal(question->data, "{\"user_ids\":[\"" ANN "\",\"" BOB "\"]}");

    /* Only the first fits into the answer: the other is asked about once more. */
    stage_reply(&stage, question->reply, NULL,
                "{\"users\":[{\"user_id\":\"" ANN "\",\"groups\":[],\"closed\":[]}]}");
    actor_hears(&ann, "session/ready");
    actor_hears_nothing(&bob);
    question = stage_asked(AUDIENCES);
    assert_string_equal(question->data, "{\"user_ids\":[\"" BOB "\"]}");
    stage_reply(&stage, question->reply, NULL,
                "{\"users\":[{\"user_id\":\"" BOB "\",\"groups\":[],\"closed\":[]}]}");
    actor_hears(&bob, "session/ready");
    actor_leave(&stage, &ann);
    actor_leave(&stage, &bob);
}

/* It ends when auth has answered, and before anybody here listens to its user. */
static void one_that_was_revoked_while_it_began_is_closed(void **state)
{
    (void)state;
    struct actor ann;
    actor_connect(&stage, &ann, "token");
    stage_verifies(&stage, ANN);
    stage_event(&stage, "event.user." ANN "." SESSION ".session.revoked", "{}", NULL);
    actor_hears(&ann, "close 4501");
    actor_leave(&stage, &ann);
}

/* … or before the answer is here. */
static void one_that_was_revoked_at_the_door_stays_outside(void **state)
{
    (void)state;
    struct actor ann, bob;
    actor_connect(&stage, &ann, "token");
    stage_event(&stage, "event.user." ANN "." SESSION ".session.revoked", "{}", NULL);
    stage_verifies(&stage, ANN);
    actor_hears_nothing(&ann);
    assert_int_equal(ann.status, 401);
    actor_leave(&stage, &ann);
    ended_sweep(stage.edge.ended, tc_mono_ms() + REQUEST_MS);
    assert_int_equal(ended_count(stage.edge.ended), 1);
    ended_sweep(stage.edge.ended, tc_mono_ms() + 3 * REQUEST_MS);
    assert_int_equal(ended_count(stage.edge.ended), 0);
    stage_lets_in(&stage, &bob, BOB, "[]");
    actor_leave(&stage, &bob);
}

static void a_second_connection_needs_to_be_verified_only(void **state)
{
    (void)state;
    struct actor first, second;
    stage_lets_in(&stage, &first, ANN, OF_GROUP);
    actor_connect(&stage, &second, "token");
    stage_verifies(&stage, ANN);
    stage_not_asked(AUDIENCES);
    actor_hears(&second, "session/ready");
    stage_event(&stage, EDITED, "{\"n\":1}", NULL);
    actor_hears(&first, "{\"n\":1}");
    actor_hears(&second, "{\"n\":1}");
    actor_leave(&stage, &first);
    stage_event(&stage, EDITED, "{\"n\":2}", NULL);
    actor_hears(&second, "{\"n\":2}");
    actor_leave(&stage, &second);
}

/* A line that breaks costs neither subscriptions nor questions, and nothing is missed. */
static void who_comes_back_soon_needs_to_be_verified_only(void **state)
{
    (void)state;
    struct actor ann;
    stage_lets_in(&stage, &ann, ANN, "[]");
    actor_leave(&stage, &ann);
    assert_int_equal(users_count(stage.edge.users), 0);
    assert_int_equal(users_away(stage.edge.users), 1);
    stage_event(&stage, "event.user." ANN "." GROUP ".group.joined", "{\"joined\":1}", NULL);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");

    actor_connect(&stage, &ann, "token");
    stage_verifies(&stage, ANN);
    stage_not_asked(AUDIENCES);
    actor_hears(&ann, "session/ready");
    assert_int_equal(users_away(stage.edge.users), 0);
    users_sweep(&stage.edge, tc_mono_ms() + LONG_MS);
    stage_event(&stage, EDITED, "{\"n\":1}", NULL);
    actor_hears(&ann, "{\"n\":1}");
    actor_leave(&stage, &ann);
}

static void who_is_away_too_long_or_while_nats_is_lost_is_forgotten(void **state)
{
    (void)state;
    struct actor ann;
    for (int lost = 0; lost < 2; lost++) {
        stage_lets_in(&stage, &ann, ANN, OF_GROUP);
        actor_leave(&stage, &ann);
        users_sweep(&stage.edge, tc_mono_ms());
        assert_int_equal(fake_bus.subscriptions, 3);
        if (lost)
            stage_loses_nats(&stage);
        else
            users_sweep(&stage.edge, tc_mono_ms() + LONG_MS);
        assert_int_equal(users_away(stage.edge.users), 0);
        assert_int_equal(fake_bus.subscriptions, 1);
    }
}

static void more_connections_than_the_limit_are_429(void **state)
{
    (void)state;
    struct actor first, second;
    stage.edge.limits.connections = 1;
    stage_lets_in(&stage, &first, ANN, "[]");
    actor_connect(&stage, &second, "token");
    stage_verifies(&stage, ANN);
    actor_heard(&second);
    assert_int_equal(second.status, 429);
    actor_leave(&stage, &second);
    actor_leave(&stage, &first);
}

static void after_a_loss_nothing_comes_before_all_is_known_again(void **state)
{
    (void)state;
    struct actor ann;
    stage_lets_in(&stage, &ann, ANN, OF_GROUP);
    stage_loses_nats(&stage);
    actor_say(&stage, &ann, LIST);
    actor_hears(&ann, "\"code\":\"unavailable\"");

    stage_has_nats_again(&stage);
    stage_event(&stage, EDITED, "{\"n\":1}", NULL);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    stage_event(&stage, EDITED, "{\"n\":2}", NULL);
    actor_hears_nothing(&ann);
    stage_verifies(&stage, ANN);
    actor_hears(&ann, "{\"type\":\"session/resync\"}");
    stage_event(&stage, EDITED, "{\"n\":3}", NULL);
    actor_hears(&ann, "{\"n\":3}");
    actor_leave(&stage, &ann);
}

static void after_a_loss_who_is_verified_may_ask_though_nobody_knows_what_he_hears(void **state)
{
    (void)state;
    struct actor ann;
    stage_lets_in(&stage, &ann, ANN, OF_GROUP);
    stage_loses_nats(&stage);
    stage_has_nats_again(&stage);
    actor_say(&stage, &ann, LIST);
    actor_hears(&ann, "\"code\":\"unavailable\"");
    stage_verifies(&stage, ANN);
    actor_say(&stage, &ann, LIST);
    stage_answers(&stage, "tincan.rpc.group.list", NULL, "{\"type\":\"group/list-response\"}");
    actor_hears(&ann, "group/list-response");
    stage_event(&stage, EDITED, "{\"n\":1}", NULL);
    actor_hears_nothing(&ann);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    actor_hears(&ann, "{\"type\":\"session/resync\"}");
    actor_leave(&stage, &ann);
}

static void who_was_logged_out_meanwhile_is_closed(void **state)
{
    (void)state;
    struct actor ann;
    stage_lets_in(&stage, &ann, ANN, OF_GROUP);
    stage_loses_nats(&stage);
    stage_has_nats_again(&stage);
    stage_tells_audiences(&stage, ANN, OF_GROUP, "[]");
    stage_answers(&stage, VERIFY, "unauthenticated", "{}");
    actor_hears(&ann, "close 4501");
    actor_leave(&stage, &ann);
}

static void what_is_under_way_fails_at_once_when_nats_is_lost(void **state)
{
    (void)state;
    struct actor ann;
    stage_lets_in(&stage, &ann, ANN, OF_GROUP);
    actor_say(&stage, &ann, LIST);
    stage_loses_nats(&stage);
    actor_hears(&ann, "{\"type\":\"group/list-response\",\"re\":\"1\",\"error\":{\"code\":"
                      "\"unavailable\"");
    actor_leave(&stage, &ann);
}

static void a_revoked_session_is_closed_and_no_other(void **state)
{
    (void)state;
    struct actor ann;
    stage_lets_in(&stage, &ann, ANN, "[]");
    stage_event(&stage, "event.user." ANN "." ROOM ".session.revoked", "{}", NULL);
    actor_hears_nothing(&ann);
    stage_event(&stage, "event.user." ANN "." SESSION ".session.revoked", "{}", NULL);
    actor_hears(&ann, "close 4501");
    actor_leave(&stage, &ann);
}

static void who_logs_out_is_closed_with_1000_and_his_other_connections_with_4501(void **state)
{
    (void)state;
    struct actor asking, other;
    stage_lets_in(&stage, &asking, ANN, "[]");
    actor_connect(&stage, &other, "token");
    stage_verifies(&stage, ANN);
    actor_hears(&other, "session/ready");
    actor_say(&stage, &asking, "{\"type\":\"auth/logout\",\"id\":\"1\",\"data\":{" PADDING "}}");
    stage_event(&stage, "event.user." ANN "." SESSION ".session.revoked", "{}", NULL);
    stage_answers(&stage, "tincan.rpc.auth.logout", NULL, "");
    actor_hears(&asking, "close 1000");
    actor_hears(&other, "close 4501");
    actor_leave(&stage, &asking);
    actor_leave(&stage, &other);
}

static void done(struct edge *edge)
{
    (void)edge;
}

static void when_the_edge_goes_each_is_answered_and_then_closed(void **state)
{
    (void)state;
    struct actor ann, bob;
    stage_lets_in(&stage, &ann, ANN, OF_GROUP);
    stage_lets_in(&stage, &bob, BOB, OF_GROUP);
    actor_say(&stage, &ann, LIST);
    char reply[192];
    snprintf(reply, sizeof(reply), "%s", stage_asked("tincan.rpc.group.list")->reply);
    struct drain *drain = drain_begin(&stage.edge, done);
    stage_run(&stage);
    actor_hears(&bob, "close 1001");
    actor_say(&stage, &ann, LIST);
    stage_not_asked("tincan.rpc.group.list"); /* of one who goes nothing more is taken */
    actor_hears_nothing(&ann);
    stage_reply(&stage, reply, NULL, "{\"type\":\"group/list-response\"}");
    actor_hears(&ann, "group/list-response");
    actor_hears(&ann, "close 1001");
    drain_free(&drain);
    actor_leave(&stage, &ann);
    actor_leave(&stage, &bob);
}

static void past_its_requests_in_flight_it_is_not_read(void **state)
{
    (void)state;
    struct actor ann;
    stage.edge.limits.in_flight = 2;
    stage_lets_in(&stage, &ann, ANN, "[]");
    for (int i = 0; i < 3; i++)
        actor_say(&stage, &ann, LIST);
    char first[128];
    strcpy(first, stage_asked("tincan.rpc.group.list")->reply);
    stage_asked("tincan.rpc.group.list");
    stage_not_asked("tincan.rpc.group.list");
    stage_reply(&stage, first, NULL, "{\"n\":1}");
    actor_hears(&ann, "{\"n\":1}");
    stage_asked("tincan.rpc.group.list");
    actor_leave(&stage, &ann);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_begins_when_everything_is_live),
        TEST(a_bad_token_is_401_and_an_unknown_one_503),
        TEST(those_who_come_together_are_asked_about_together),
        TEST(one_that_was_revoked_while_it_began_is_closed),
        TEST(one_that_was_revoked_at_the_door_stays_outside),
        TEST(a_second_connection_needs_to_be_verified_only),
        TEST(who_comes_back_soon_needs_to_be_verified_only),
        TEST(who_is_away_too_long_or_while_nats_is_lost_is_forgotten),
        TEST(more_connections_than_the_limit_are_429),
        TEST(after_a_loss_nothing_comes_before_all_is_known_again),
        TEST(after_a_loss_who_is_verified_may_ask_though_nobody_knows_what_he_hears),
        TEST(who_was_logged_out_meanwhile_is_closed),
        TEST(what_is_under_way_fails_at_once_when_nats_is_lost),
        TEST(a_revoked_session_is_closed_and_no_other),
        TEST(who_logs_out_is_closed_with_1000_and_his_other_connections_with_4501),
        TEST(when_the_edge_goes_each_is_answered_and_then_closed),
        TEST(past_its_requests_in_flight_it_is_not_read),
    };
    return cmocka_run_group_tests_name("edge_sessions", tests, NULL, NULL);
}
