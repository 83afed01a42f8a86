/* Making, listing and removing conversations, and typing in them, by handlers without a database.
 */

#include "services/conversation/conversation.h"
#include "tests/support/conversation_stand_in.h"

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

static struct call create(const char *data)
{
    struct call call = {.op = "conversation/create", .user = ANN, .data = data};
    call_route(conversation_routes, &call);
    return call;
}

static void create_for_the_group_tells_the_group(void **state)
{
    (void)state;
    members_are("member@5");
    store.now = open_room;
    struct call call = create("{\"group_id\":\"" GROUP "\",\"name\":\"Lunch\"}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(call_asked(), "{\"pairs\":[[\"" GROUP "\",\"" ANN "\"]]}");
    assert_string_equal(store.draft.group_id, GROUP);
    assert_string_equal(store.draft.owner_id, ANN);
    assert_string_equal(store.draft.topic, "");
    assert_null(store.draft.participants);

    assert_string_equal(json_text(call.answer, "type"), "conversation/created");
    const cJSON *room = json_at(call.answer, "data.conversation");
    assert_string_equal(json_text(room, "id"), ROOM);
    assert_string_equal(json_text(room, "group_id"), GROUP);
    assert_string_equal(json_text(room, "owner_id"), ANN);
    assert_string_equal(json_text(room, "audience"), "group");
    assert_string_equal(json_text(room, "created_at"), "2023-11-14T22:13:20.123Z");
    assert_int_equal(json_number(room, "version"), 1);
    assert_null(json_at(room, "participant_ids"));

    assert_int_equal(call.event_count, 1);
    assert_string_equal(call.events[0].subject,
                        subject("event.group", GROUP, ROOM, "conversation.created"));
    assert_int_equal(call.events[0].flags, TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    assert_true(
        cJSON_Compare(json_at(call.events[0].payload, "data"), json_at(call.answer, "data"), true));
    call_done(&call);
}

static void create_closed_lists_each_once_and_tells_each_himself(void **state)
{
    (void)state;
    members_are("member@5");
    members_are("member@6");
    store.now = closed_room();
    struct call call =
        create("{\"group_id\":\"" GROUP "\",\"name\":\"x\",\"participant_ids\":[\"" BOB
               "\",\"@Bob\",\"" ANN "\",\"@ann\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.participants, BOB "@6 " ANN "@5");
    assert_string_equal(json_text(call.answer, "data.conversation.audience"), "participants");
    assert_string_equal(json_text(call.answer, "data.conversation.participant_ids.0"), ANN);
    assert_string_equal(json_text(call.answer, "data.conversation.participant_ids.1"), BOB);

    static const char what[] = "conversation.created";
    assert_int_equal(call.event_count, 3);
    assert_string_equal(call.events[0].subject, subject("event.user", ANN, ROOM, what));
    assert_int_equal(call.events[0].flags, TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    assert_string_equal(call.events[1].subject, subject("event.user", BOB, ROOM, what));
    assert_int_equal(call.events[1].flags, TC_EVENT_FIRST);
    assert_string_equal(call.events[2].subject, subject("event.closed", GROUP, ROOM, what));
    assert_int_equal(call.events[2].flags, TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    for (size_t i = 1; i < 3; i++)
        assert_true(cJSON_Compare(call.events[i].payload, call.events[0].payload, true));
    call_done(&call);
}

static void create_with_an_empty_list_is_of_its_maker_alone(void **state)
{
    (void)state;
    members_are("member@5");
    store.now = closed_room();
    struct call call = create("{\"group_id\":\"" GROUP "\",\"name\":\"x\",\"participant_ids\":[]}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.participants, ANN "@5");
    call_done(&call);

    members_are("member@5");
    store.now = open_room;
    call = create("{\"group_id\":\"" GROUP "\",\"name\":\"x\",\"participant_ids\":null}");
    assert_int_equal(call.status, TC_OK);
    assert_null(store.draft.participants);
    call_done(&call);
}

static void create_refuses_what_is_no_conversation(void **state)
{
    (void)state;
    static const struct {
        const char *data, *field;
    } bad[] = {
        {"{\"name\":\"x\"}", "group_id"},
        {"{\"group_id\":\"x\",\"name\":\"x\"}", "group_id"},
        {"{\"group_id\":\"" GROUP "\"}", "name"},
        {"{\"group_id\":\"" GROUP "\",\"name\":\" x\"}", "name"},
        {"{\"group_id\":\"" GROUP "\",\"name\":\"x\",\"topic\":\"\\r\"}", "topic"},
        {"{\"group_id\":\"" GROUP "\",\"name\":\"x\",\"participant_ids\":{}}", "participant_ids"},
        {"{\"group_id\":\"" GROUP "\",\"name\":\"x\",\"participant_ids\":[\"" ANN "\",1]}",
         "participant_ids.1"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct call call = create(bad[i].data);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, bad[i].field);
        call_done(&call);
    }
}

static void create_is_for_members(void **state)
{
    (void)state;
    static const char data[] = "{\"group_id\":\"" GROUP "\",\"name\":\"x\"}";
    members_are("none@0");
    struct call call = create(data);
    assert_int_equal(call.status, TC_FORBIDDEN);
    call_done(&call);

    call_answers("group.members", "{\"members\":[{\"role\":\"none\",\"since\":0,\"size\":0}]}");
    call = create(data);
    assert_int_equal(call.status, TC_NOT_FOUND);
    call_done(&call);

    call_answers("group.members", NULL);
    call = create(data);
    assert_int_equal(call.status, TC_UNAVAILABLE);
    call_done(&call);
}

static void create_refuses_those_who_cannot_take_part(void **state)
{
    (void)state;
    members_are("member@5");
    call_answers("auth.users", "{\"users\":[null]}");
    struct call call = create("{\"group_id\":\"" GROUP
                              "\",\"name\":\"x\",\"participant_ids\":[\"@bob\",\"" NOBODY "\"]}");
    assert_int_equal(call.status, TC_NOT_FOUND);
    assert_string_equal(call.field, "participant_ids.1");
    call_done(&call);

    members_are("member@5");
    members_are("member@6 none@0");
    call = create("{\"group_id\":\"" GROUP "\",\"name\":\"x\",\"participant_ids\":[\"" ANN
                  "\",\"@bob\",\"@bob\",\"@cleo\"]}");
    assert_int_equal(call.status, TC_CONFLICT);
    assert_string_equal(call.field, "participant_ids.3");
    call_done(&call);

    call_limits()->participants = 2;
    members_are("member@5");
    members_are("member@6 member@7");
    call = create("{\"group_id\":\"" GROUP
                  "\",\"name\":\"x\",\"participant_ids\":[\"@bob\",\"@cleo\"]}");
    assert_int_equal(call.status, TC_CONFLICT);
    call_limits()->participants = 1000;
    assert_null(store.draft.id);
    call_done(&call);
}

static void create_in_a_full_group_is_a_conflict(void **state)
{
    (void)state;
    members_are("owner@5");
    store.created = TC_CONFLICT;
    struct call call = create("{\"group_id\":\"" GROUP "\",\"name\":\"x\"}");
    assert_int_equal(call.status, TC_CONFLICT);
    assert_null(call.answer);
    assert_int_equal(call.event_count, 0);
    call_done(&call);
}

/* What a user is to the room, of which ann is the maker. */
static void room_is(bool closed, int64_t listed_since)
{
    store.states[0] = (struct conversation_state){
        .group_id = GROUP,
        .owner_id = ANN,
        .version = 3,
        .since = listed_since,
        .closed = closed,
    };
}

static struct call remove_as(const char *user)
{
    struct call call = {
        .op = "conversation/remove",
        .user = user,
        .data = "{\"conversation_id\":\"" ROOM "\"}",
    };
    call_route(conversation_routes, &call);
    return call;
}

static void remove_tells_the_audience(void **state)
{
    (void)state;
    static const struct {
        bool closed;
        const char *audience;
    } kinds[] = {{false, "event.group"}, {true, "event.closed"}};
    for (int i = 0; i < 2; i++) {
        room_is(kinds[i].closed, 5);
        members_are("member@5");
        struct call call = remove_as(ANN);
        assert_int_equal(call.status, TC_OK);
        assert_string_equal(json_text(call.answer, "data.conversation_id"), ROOM);
        assert_string_equal(json_text(call.answer, "data.group_id"), GROUP);
        assert_int_equal(call.event_count, 1);
        assert_string_equal(call.events[0].subject,
                            subject(kinds[i].audience, GROUP, ROOM, "conversation.removed"));
        assert_int_equal(call.events[0].flags, TC_EVENT_FIRST | TC_EVENT_ORIGIN);
        call_done(&call);
    }
}

/* Who may, by what he is: his role, and whether and since when he is listed in a closed one. */
static void remove_is_for_its_owner_and_the_groups(void **state)
{
    (void)state;
    static const struct {
        const char *user, *member;
        bool closed;
        int64_t listed;
        enum tc_status status;
    } cases[] = {
        {ANN, "member@5", false, 0, TC_OK},       {BOB, "member@6", false, 0, TC_FORBIDDEN},
        {BOB, "owner@6", false, 0, TC_OK},        {ANN, "none@0", false, 0, TC_NOT_FOUND},
        {ANN, "member@5", true, 5, TC_OK},        {ANN, "member@5", true, 4, TC_NOT_FOUND},
        {ANN, "none@5", true, 5, TC_NOT_FOUND},   {BOB, "member@6", true, 6, TC_FORBIDDEN},
        {BOB, "member@6", true, 0, TC_NOT_FOUND}, {BOB, "owner@6", true, 0, TC_OK},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        room_is(cases[i].closed, cases[i].listed);
        members_are(cases[i].member);
        struct call call = remove_as(cases[i].user);
        assert_int_equal(call.status, cases[i].status);
        call_done(&call);
    }
}

static void nobody_learns_by_waiting_whether_there_is_one(void **state)
{
    (void)state;
    members_are("none@0"); /* asked all the same */
    struct call call = remove_as(ANN);
    assert_int_equal(call.status, TC_NOT_FOUND);
    call_done(&call);
}

static void remove_looks_again_when_another_change_came_first(void **state)
{
    (void)state;
    room_is(false, 0);
    store.lost = 2;
    for (int i = 0; i < 3; i++)
        members_are("member@5");
    struct call call = remove_as(ANN);
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.removes, 3);
    call_done(&call);
}

static struct call type(const char *op, const char *user)
{
    struct call call = {.op = op, .user = user, .data = "{\"conversation_id\":\"" ROOM "\"}"};
    call_route(typing_routes, &call);
    return call;
}

static void typing_is_a_signal_to_the_audience(void **state)
{
    (void)state;
    room_is(false, 0);
    members_are("member@6");
    struct call call = type("conversation/type-start", BOB);
    assert_int_equal(call.status, TC_OK);
    assert_null(call.answer);
    assert_int_equal(call.event_count, 1);
    assert_string_equal(call.events[0].subject,
                        subject("signal.group", GROUP, ROOM, "conversation.type-start"));
    assert_int_equal(call.events[0].flags, TC_EVENT_SIGNAL);
    assert_string_equal(json_text(call.events[0].payload, "type"), "conversation/type-start");
    assert_string_equal(json_text(call.events[0].payload, "data.user_id"), BOB);
    assert_string_equal(json_text(call.events[0].payload, "data.conversation_id"), ROOM);
    call_done(&call);

    room_is(true, 6);
    members_are("member@6");
    call = type("conversation/type-end", BOB);
    assert_string_equal(call.events[0].subject,
                        subject("signal.closed", GROUP, ROOM, "conversation.type-end"));
    call_done(&call);
}

static void typing_is_for_participants_and_not_relayed_in_big_groups(void **state)
{
    (void)state;
    room_is(true, 0);
    members_are("owner@6");
    struct call call = type("conversation/type-start", BOB);
    assert_int_equal(call.status, TC_FORBIDDEN);
    call_done(&call);

    members_are("member@6");
    call = type("conversation/type-start", BOB);
    assert_int_equal(call.status, TC_NOT_FOUND);
    call_done(&call);

    room_is(false, 0);
    call_limits()->big_group = 2;
    members_are("member@6");
    call = type("conversation/type-start", BOB);
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(call.event_count, 0);
    call_done(&call);

    call_limits()->big_group = 3;
    members_are("member@6");
    call = type("conversation/type-start", BOB);
    assert_int_equal(call.event_count, 1);
    call_limits()->big_group = 5000;
    call_done(&call);
}

static void an_end_that_an_edge_lets_be_told_is_told_of_one_who_has_left_too(void **state)
{
    (void)state;
    struct call call = {.op = "conversation/type-end",
                        .user = BOB,
                        .session = ROOM,
                        .data = "{\"conversation_id\":\"" ROOM "\"}"};
    room_is(false, 0);
    members_are("none@0");
    call_route(typing_routes, &call);
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(call.event_count, 1);
    call_done(&call);

    store.states[0].group_id = NULL; /* nothing is told, not even that there is none */
    members_are("none@0");
    call_route(typing_routes, &call);
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(call.event_count, 0);
    call_done(&call);

    call.session = NULL; /* a bot vouches for nothing */
    room_is(false, 0);
    members_are("none@0");
    call_route(typing_routes, &call);
    assert_int_equal(call.status, TC_NOT_FOUND);
    call_done(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_IN_TEST(create_for_the_group_tells_the_group),
        STAND_IN_TEST(create_closed_lists_each_once_and_tells_each_himself),
        STAND_IN_TEST(create_with_an_empty_list_is_of_its_maker_alone),
        STAND_IN_TEST(create_refuses_what_is_no_conversation),
        STAND_IN_TEST(create_is_for_members),
        STAND_IN_TEST(create_refuses_those_who_cannot_take_part),
        STAND_IN_TEST(create_in_a_full_group_is_a_conflict),
        STAND_IN_TEST(remove_tells_the_audience),
        STAND_IN_TEST(remove_is_for_its_owner_and_the_groups),
        STAND_IN_TEST(nobody_learns_by_waiting_whether_there_is_one),
        STAND_IN_TEST(remove_looks_again_when_another_change_came_first),
        STAND_IN_TEST(typing_is_a_signal_to_the_audience),
        STAND_IN_TEST(typing_is_for_participants_and_not_relayed_in_big_groups),
        STAND_IN_TEST(an_end_that_an_edge_lets_be_told_is_told_of_one_who_has_left_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
