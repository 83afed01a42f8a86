/* Editing and removing messages, and what follows removals elsewhere; the store remembers. */

#include "tests/support/call.h"

#include <stdio.h>
#include <string.h>

#include "services/message/message.h"
#include "services/message/store.h"
#include "services/message/store_removal.h"
#include "shared/service/request_private.h"

#define ANN "0190b5a0-0000-7000-8000-00000000000a"
#define BOB "0190b5a0-0000-7000-8000-00000000000b"
#define GROUP "0190b5a0-0000-7000-8000-0000000000aa"
#define TALK "0190b5a0-0000-7000-8000-0000000000c1"
#define ID "0190b5a0-0000-7000-8000-0000000000d1"
#define ROW "0190b5a0-0000-7000-8000-0000000000f1"
#define MEMBER                                                                                     \
    {                                                                                              \
        .group_id = GROUP, .owner_id = BOB, .role = TC_ROLE_MEMBER                                 \
    }

/* What the store is to say, and what it has been told. */
static struct {
    enum tc_status status;
    size_t calls;
    struct message_ref ref;
    bool any;
    char removed[2 * TC_ID_SIZE];
    enum tc_status removal;
} store;

static int clear(void **state)
{
    (void)state;
    memset(&store, 0, sizeof(store));
    return 0;
}

static enum tc_status change(const struct message_ref *ref, struct message_info *out)
{
    store.calls++;
    store.ref = *ref;
    *out = (struct message_info){
        .conversation_id = TALK,
        .id = ID,
        .author_id = ANN,
        .seq = ref->seq,
        .rev = 9,
        .created_at = 1763798400123,
        .outbox_id = ROW,
    };
    return store.status;
}

enum tc_status message_store_edit(struct tc_db *db, const struct message_ref *ref, const char *body,
                                  struct message_info *out)
{
    (void)db;
    enum tc_status status = change(ref, out);
    out->body = body;
    out->edited_at = 1763798400124;
    return status;
}

enum tc_status message_store_remove(struct tc_db *db, const struct message_ref *ref, bool any,
                                    struct message_info *out)
{
    (void)db;
    store.any = any;
    enum tc_status status = change(ref, out);
    out->removed_at = 1763798400124;
    return status;
}

enum tc_status message_store_remove_conversation(struct tc_db *db, const char *conversation_id,
                                                 const char *group_id)
{
    (void)db;
    snprintf(store.removed, sizeof(store.removed), "%s %s", conversation_id, group_id);
    return store.removal;
}

enum tc_status message_store_remove_group(struct tc_db *db, const char *group_id)
{
    (void)db;
    strcpy(store.removed, group_id);
    return store.removal;
}

#define AT(rest) "{\"conversation_id\":\"" TALK "\"" rest "}"

static struct call ask(const char *op, const char *data)
{
    struct call call = {.op = op, .user = ANN, .data = data, .access = MEMBER};
    call_route(change_routes, &call);
    return call;
}

static void an_edit_is_answered_and_told(void **state)
{
    (void)state;
    struct call call = ask("message/edit", AT(",\"seq\":4,\"body\":\"new\",\"if_rev\":7"));
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(store.ref.conversation_id, TALK);
    assert_string_equal(store.ref.user_id, ANN);
    assert_int_equal(store.ref.if_rev, 7);
    assert_string_equal(json_text(call.answer, "type"), "message/edited");
    assert_string_equal(json_text(call.answer, "data.message.body"), "new");
    assert_string_equal(json_text(call.answer, "data.message.edited_at"),
                        "2025-11-22T08:00:00.124Z");
    assert_true(json_number(call.answer, "data.message.seq") == 4);
    assert_int_equal(call.event_count, 1);
    assert_string_equal(call.req->outbox_id, ROW);
    assert_string_equal(call.events[0].subject,
                        "tincan.event.group." GROUP "." TALK ".message.edited");
    assert_string_equal(call.events[0].msg_id, ID ".9");
    assert_int_equal(call.events[0].flags, TC_EVENT_ORIGIN);
    assert_true(
        cJSON_Compare(json_at(call.answer, "data"), json_at(call.events[0].payload, "data"), true));
    call_done(&call);
}

static void the_store_is_told_whom_a_change_is_told_to(void **state)
{
    (void)state;
    static const char *const ops[] = {"message/edit", "message/remove"};
    for (size_t i = 0; i < 4; i++) {
        struct call call = {.op = ops[i % 2],
                            .user = ANN,
                            .data = AT(",\"seq\":4,\"body\":\"new\""),
                            .access = MEMBER};
        call.access.closed = call.access.listed = i >= 2;
        call_route(change_routes, &call);
        assert_int_equal(store.ref.closed, i >= 2);
        call_done(&call);
    }
}

static void a_removal_is_told_without_body(void **state)
{
    (void)state;
    struct call call = ask("message/remove", AT(",\"seq\":4"));
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.ref.if_rev, 0);
    assert_string_equal(json_text(call.answer, "type"), "message/removed");
    assert_null(json_at(call.answer, "data.message.body"));
    assert_non_null(json_at(call.answer, "data.message.removed_at"));
    assert_string_equal(call.events[0].subject,
                        "tincan.event.group." GROUP "." TALK ".message.removed");
    call_done(&call);
}

static void owners_may_remove_anybodys(void **state)
{
    (void)state;
    const struct {
        const char *user;
        enum tc_role role;
        bool any;
    } cases[] = {
        {ANN, TC_ROLE_MEMBER, false},
        {ANN, TC_ROLE_OWNER, true},
        {BOB, TC_ROLE_MEMBER, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call call = {.op = "message/remove",
                            .user = cases[i].user,
                            .data = AT(",\"seq\":4"),
                            .access = MEMBER};
        call.access.role = cases[i].role;
        call_route(change_routes, &call);
        assert_int_equal(call.status, TC_OK);
        assert_int_equal(store.any, cases[i].any);
        call_done(&call);
    }
}

static void a_change_that_is_refused_tells_nobody(void **state)
{
    (void)state;
    const enum tc_status refusals[] = {TC_NOT_FOUND, TC_FORBIDDEN, TC_CONFLICT, TC_UNAVAILABLE};
    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
        store.status = refusals[i];
        struct call call = ask("message/edit", AT(",\"seq\":4,\"body\":\"x\""));
        assert_int_equal(call.status, refusals[i]);
        assert_int_equal(call.event_count, 0);
        call_done(&call);
        call = ask("message/remove", AT(",\"seq\":4"));
        assert_int_equal(call.status, refusals[i]);
        call_done(&call);
    }
}

static void bad_fields_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *op, *data, *field;
    } cases[] = {
        {"message/edit", "{\"seq\":1,\"body\":\"x\"}", "conversation_id"},
        {"message/edit", AT(",\"body\":\"x\""), "seq"},
        {"message/edit", AT(",\"seq\":0,\"body\":\"x\""), "seq"},
        {"message/edit", AT(",\"seq\":1.5,\"body\":\"x\""), "seq"},
        {"message/edit", AT(",\"seq\":9007199254740992,\"body\":\"x\""), "seq"},
        {"message/edit", AT(",\"seq\":1"), "body"},
        {"message/edit", AT(",\"seq\":1,\"body\":\"x\",\"if_rev\":0"), "if_rev"},
        {"message/remove", AT(",\"seq\":\"1\""), "seq"},
        {"message/remove", AT(",\"seq\":1,\"if_rev\":-1"), "if_rev"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call call = {.op = cases[i].op, .user = ANN, .data = cases[i].data};
        call_route(change_routes, &call);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, cases[i].field);
        call_done(&call);
    }
    assert_int_equal(store.calls, 0);
}

static void only_who_takes_part_may_change(void **state)
{
    (void)state;
    static const char *const ops[] = {"message/edit", "message/remove"};
    for (size_t i = 0; i < 2; i++) {
        struct call call = {.op = ops[i], .user = ANN, .data = AT(",\"seq\":1,\"body\":\"x\"")};
        call_route(change_routes, &call);
        assert_int_equal(call.status, TC_NOT_FOUND);
        call_done(&call);
        call.access = (struct tc_access){.group_id = GROUP, .closed = true, .role = TC_ROLE_OWNER};
        call_route(change_routes, &call);
        assert_int_equal(call.status, TC_FORBIDDEN);
        call_done(&call);
    }
    assert_int_equal(store.calls, 0);
}

static void removals_elsewhere_take_messages_along(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"tincan.event.group." GROUP "." TALK ".conversation.removed", TALK " " GROUP},
        {"tincan.event.closed." GROUP "." TALK ".conversation.removed", TALK " " GROUP},
        {"tincan.event.group." GROUP "." GROUP ".group.removed", GROUP},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call call = {.op = ""};
        call_listener(&removal_listeners[i], cases[i][0], &call);
        assert_int_equal(call.status, TC_OK);
        assert_string_equal(store.removed, cases[i][1]);
        assert_false(removal_listeners[i].everywhere);
        call_done(&call);

        store.removal = TC_LATER; /* then the event comes again */
        call_listener(&removal_listeners[i], cases[i][0], &call);
        assert_int_equal(call.status, TC_UNAVAILABLE);
        call_done(&call);
        store.removal = TC_OK;
    }
}

#define TEST(function) cmocka_unit_test_setup(function, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_edit_is_answered_and_told),
        TEST(the_store_is_told_whom_a_change_is_told_to),
        TEST(a_removal_is_told_without_body),
        TEST(owners_may_remove_anybodys),
        TEST(a_change_that_is_refused_tells_nobody),
        TEST(bad_fields_are_named),
        TEST(only_who_takes_part_may_change),
        TEST(removals_elsewhere_take_messages_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
