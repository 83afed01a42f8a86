/* conversation/edit: who may, what is in the way, and who hears what; by its handler alone. */

#include "services/conversation/conversation.h"
#include "tests/support/conversation_stand_in.h"

#include <stdio.h>
#include <string.h>

/* Ann's closed room with bob in it, as it is and as it will be. */
static void closed_room(int64_t listed_since)
{
    store.states[0] = (struct conversation_state){
        .group_id = GROUP,
        .owner_id = ANN,
        .version = 3,
        .since = listed_since,
        .closed = true,
    };
    store.now = (struct conversation){
        .id = ROOM,
        .group_id = GROUP,
        .name = "Secret",
        .topic = "",
        .owner_id = ANN,
        .participants = ANN " " CLEO,
        .version = 4,
        .closed = true,
    };
    store.listed[0].user = ANN;
    store.listed[0].since = 5;
    store.listed[1].user = BOB;
    store.listed[1].since = 6;
    store.listed_total = 2;
}

static void open_room(void)
{
    closed_room(0);
    store.states[0].closed = store.now.closed = false;
}

static struct call edit_as(const char *user, const char *change)
{
    static char data[1024];
    snprintf(data, sizeof(data), "{\"conversation_id\":\"" ROOM "\"%s}", change);
    struct call call = {.op = "conversation/edit", .user = user, .data = data};
    call_route(edit_routes, &call);
    return call;
}

static void assert_refused(const char *user, const char *change, enum tc_status status,
                           const char *field)
{
    struct call call = edit_as(user, change);
    assert_int_equal(call.status, status);
    if (field != NULL)
        assert_string_equal(call.field, field);
    else
        assert_null(call.field);
    assert_int_equal(call.event_count, 0);
    assert_int_equal(store.changes, 0);
    call_done(&call);
}

static void texts_are_changed_and_told(void **state)
{
    (void)state;
    open_room();
    members_are("member@5");
    struct call call = edit_as(ANN, ",\"name\":\"New\",\"topic\":\"\"");
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.change.version, 3);
    assert_string_equal(store.change.name, "New");
    assert_string_equal(store.change.topic, "");
    assert_string_equal(json_text(call.answer, "type"), "conversation/edited");
    assert_int_equal(json_number(call.answer, "data.conversation.version"), 4);
    assert_int_equal(call.event_count, 1);
    assert_string_equal(call.events[0].subject,
                        subject("event.group", GROUP, ROOM, "conversation.edited"));
    assert_int_equal(call.events[0].flags, TC_EVENT_ORIGIN);
    call_done(&call);

    closed_room(5);
    members_are("member@5");
    call = edit_as(ANN, ",\"topic\":\"t\"");
    assert_null(store.change.name);
    assert_string_equal(call.events[0].subject,
                        subject("event.closed", GROUP, ROOM, "conversation.edited"));
    call_done(&call);
}

static void who_comes_and_who_goes_hears_it_before_the_others(void **state)
{
    (void)state;
    closed_room(5);
    members_are("member@5");
    members_are("member@7");
    members_are("member@6");
    struct call call =
        edit_as(ANN, ",\"participants\":{\"add\":[\"@CLEO\"],\"remove\":[\"" BOB "\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.come, CLEO "@7");
    assert_string_equal(strtok(store.go, "@"), BOB);
    assert_null(store.change.name);

    assert_int_equal(call.event_count, 3);
    assert_string_equal(call.events[0].subject,
                        subject("event.user", BOB, ROOM, "conversation.removed"));
    assert_int_equal(call.events[0].flags, TC_EVENT_FIRST);
    assert_string_equal(json_text(call.events[0].payload, "type"), "conversation/removed");
    assert_string_equal(json_text(call.events[0].payload, "data.conversation_id"), ROOM);
    assert_string_equal(json_text(call.events[0].payload, "data.group_id"), GROUP);
    assert_string_equal(call.events[1].subject,
                        subject("event.user", CLEO, ROOM, "conversation.created"));
    assert_int_equal(call.events[1].flags, TC_EVENT_FIRST);
    assert_string_equal(json_text(call.events[1].payload, "type"), "conversation/created");
    assert_string_equal(json_text(call.events[1].payload, "data.conversation.participant_ids.1"),
                        CLEO);
    assert_string_equal(call.events[2].subject,
                        subject("event.closed", GROUP, ROOM, "conversation.edited"));
    assert_int_equal(call.events[2].flags, TC_EVENT_ORIGIN);
    call_done(&call);
}

static void a_participant_may_go_himself(void **state)
{
    (void)state;
    closed_room(6);
    members_are("member@6");
    members_are("member@6");
    struct call call = edit_as(BOB, ",\"participants\":{\"remove\":[\"@bob\",\"" BOB "\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(json_text(call.answer, "type"), "conversation/edited");
    assert_int_equal(call.event_count, 2);
    assert_string_equal(call.events[0].subject,
                        subject("event.user", BOB, ROOM, "conversation.removed"));
    assert_int_equal(call.events[0].flags, TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    call_done(&call);
}

static void a_participant_may_do_nothing_else(void **state)
{
    (void)state;
    static const char *const changes[] = {
        ",\"name\":\"x\"",
        ",\"topic\":\"x\"",
        ",\"participants\":{\"add\":[\"@cleo\"]}",
        ",\"participants\":{\"remove\":[\"@ann\"]}",
        ",\"participants\":{\"remove\":[\"@bob\",\"@ann\"]}",
        ",\"participants\":{\"remove\":[\"@bob\"]},\"name\":\"x\"",
        ",\"participants\":{\"remove\":[\"@bob\"],\"add\":[\"@cleo\"]}",
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        closed_room(6);
        members_are("member@6");
        assert_refused(BOB, changes[i], TC_FORBIDDEN, NULL);
    }
    members_are("member@6");
    call_answers("auth.users", "{\"users\":[null]}"); /* whether there is such a user is not said */
    assert_refused(BOB, ",\"participants\":{\"remove\":[\"" NOBODY "\"]}", TC_FORBIDDEN, NULL);
}

static void the_groups_owner_may_add_himself(void **state)
{
    (void)state;
    closed_room(0);
    members_are("owner@7");
    members_are("owner@7");
    struct call call = edit_as(CLEO, ",\"participants\":{\"add\":[\"@cleo\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.come, CLEO "@7");
    assert_string_equal(call.events[0].subject,
                        subject("event.user", CLEO, ROOM, "conversation.created"));
    assert_int_equal(call.events[0].flags, TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    call_done(&call);
}

static void its_owner_has_no_rights_once_he_is_out(void **state)
{
    (void)state;
    closed_room(0);
    members_are("member@5");
    assert_refused(ANN, ",\"name\":\"x\"", TC_NOT_FOUND, NULL);
    closed_room(5);
    members_are("member@8"); /* he left the group and came back */
    assert_refused(ANN, ",\"name\":\"x\"", TC_NOT_FOUND, NULL);
    open_room();
    members_are("none@0");
    assert_refused(ANN, ",\"name\":\"x\"", TC_NOT_FOUND, NULL);
}

static void what_names_nothing_is_a_bad_request(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "",
        ",\"name\":null",
        ",\"participants\":{}",
        ",\"participants\":{\"add\":[],\"remove\":null}",
        ",\"else\":1",
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        assert_refused(ANN, changes[i], TC_BAD_REQUEST, NULL);
}

static void what_is_badly_formed_is_named(void **state)
{
    (void)state;
    assert_refused(ANN, ",\"name\":\"\"", TC_INVALID_FIELD, "name");
    assert_refused(ANN, ",\"name\":7", TC_INVALID_FIELD, "name");
    assert_refused(ANN, ",\"topic\":\"\\u0007\"", TC_INVALID_FIELD, "topic");
    assert_refused(ANN, ",\"participants\":[]", TC_INVALID_FIELD, "participants");
    assert_refused(ANN, ",\"participants\":{\"add\":\"@bob\"}", TC_INVALID_FIELD,
                   "participants.add");
    assert_refused(ANN, ",\"participants\":{\"remove\":[\"@bob\",\"bob\"]}", TC_INVALID_FIELD,
                   "participants.remove.1");
}

static void who_does_not_exist_is_said_before_conflicts(void **state)
{
    (void)state;
    open_room();
    members_are("member@5");
    call_answers("auth.users", "{\"users\":[null]}");
    assert_refused(ANN, ",\"participants\":{\"add\":[\"@bob\",\"@nobody\"]}", TC_NOT_FOUND,
                   "participants.add.1");
    members_are("member@5");
    assert_refused(ANN, ",\"participants\":{\"add\":[\"@bob\"]}", TC_CONFLICT, "participants");
}

static void who_cannot_come_or_go_is_a_conflict(void **state)
{
    (void)state;
    static const struct {
        const char *change, *field, *added, *removed; /* what those named are in the group */
    } cases[] = {
        {",\"participants\":{\"add\":[\"@cleo\",\"@bob\"]}", "participants.add.1",
         "member@7 member@6", ""},
        {",\"participants\":{\"remove\":[\"@bob\",\"@cleo\"]}", "participants.remove.1", "",
         "member@6 member@7"},
        {",\"participants\":{\"add\":[\"@cleo\"]}", "participants.add.0", "none@0", NULL},
        {",\"participants\":{\"remove\":[\"@bob\"]}", "participants.remove.0", "", "none@0"},
        {",\"participants\":{\"remove\":[\"@bob\"]}", "participants.remove.0", "", "member@9"},
        {",\"participants\":{\"add\":[\"@cleo\"],\"remove\":[\"" CLEO "\"]}",
         "participants.remove.0", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        closed_room(5);
        members_are("member@5");
        if (cases[i].added != NULL && cases[i].added[0] != '\0')
            members_are(cases[i].added);
        if (cases[i].removed != NULL && cases[i].removed[0] != '\0')
            members_are(cases[i].removed);
        assert_refused(ANN, cases[i].change, TC_CONFLICT, cases[i].field);
    }
}

static void who_is_back_in_the_group_can_be_listed_again(void **state)
{
    (void)state;
    closed_room(5);
    call_limits()->participants = 2; /* his old listing is one of the two */
    members_are("member@5");
    members_are("member@9");
    struct call call = edit_as(ANN, ",\"participants\":{\"add\":[\"@bob\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.come, BOB "@9");
    call_done(&call);

    store.changes = 0;
    members_are("member@5");
    members_are("member@7");
    assert_refused(ANN, ",\"participants\":{\"add\":[\"@cleo\"]}", TC_CONFLICT, "participants.add");
    call_limits()->participants = 1000;
}

static void it_looks_again_when_another_change_came_first(void **state)
{
    (void)state;
    open_room();
    store.lost = 2;
    for (int i = 0; i < 3; i++)
        members_are("member@5");
    struct call call = edit_as(ANN, ",\"name\":\"x\"");
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.changes, 3);
    assert_int_equal(store.change.version, 5);
    assert_int_equal(call.event_count, 1);
    call_done(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAND_IN_TEST(texts_are_changed_and_told),
        STAND_IN_TEST(who_comes_and_who_goes_hears_it_before_the_others),
        STAND_IN_TEST(a_participant_may_go_himself),
        STAND_IN_TEST(a_participant_may_do_nothing_else),
        STAND_IN_TEST(the_groups_owner_may_add_himself),
        STAND_IN_TEST(its_owner_has_no_rights_once_he_is_out),
        STAND_IN_TEST(what_names_nothing_is_a_bad_request),
        STAND_IN_TEST(what_is_badly_formed_is_named),
        STAND_IN_TEST(who_does_not_exist_is_said_before_conflicts),
        STAND_IN_TEST(who_cannot_come_or_go_is_a_conflict),
        STAND_IN_TEST(who_is_back_in_the_group_can_be_listed_again),
        STAND_IN_TEST(it_looks_again_when_another_change_came_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
