/* Posting messages: the batch handler, with a store that remembers what it was given. */

#include "tests/support/call.h"

#include <stdio.h>
#include <string.h>

#include "services/message/message.h"
#include "services/message/store.h"
#include "shared/base/clock.h"
#include "shared/service/request_private.h"

#define ANN "0190b5a0-0000-7000-8000-00000000000a"
#define BOB "0190b5a0-0000-7000-8000-00000000000b"
#define GROUP "0190b5a0-0000-7000-8000-0000000000aa"
#define TALK "0190b5a0-0000-7000-8000-0000000000c1"
#define OTHER "0190b5a0-0000-7000-8000-0000000000c2"
#define OLD_NONCE "0190b5a0-1111-7111-8111-111111111111"
#define ROW "0190b5a0-0000-7000-8000-0000000000f1"
#define AT(rest) "{\"conversation_id\":\"" TALK "\"" rest "}"
#define MEMBER                                                                                     \
    {                                                                                              \
        .group_id = GROUP, .owner_id = ANN, .role = TC_ROLE_MEMBER                                 \
    }

/* What the store is to say, and what it has been told. */
static struct {
    struct {
        enum tc_status status;
        bool duplicate;
    } outcomes[8];
    bool closed[8], known[8];
    enum tc_status found;
    size_t posts, finds;
    char bodies[8][32];
} store;

static void set_up(struct message_post *post, int64_t seq)
{
    post->message.seq = seq;
    post->message.rev = seq + 10;
    post->message.created_at = 1763798400123;
    post->message.outbox_id = post->duplicate ? NULL : ROW;
    post->message.body = post->duplicate ? NULL : post->message.body;
    post->message.removed_at = post->duplicate ? 1763798400124 : 0;
}

void message_store_post(struct tc_db *db, struct message_post *const *posts, size_t count)
{
    (void)db;
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(posts[i]->group_id, GROUP);
        strcpy(store.bodies[store.posts], posts[i]->message.body);
        store.closed[store.posts] = posts[i]->closed;
        store.known[store.posts] = posts[i]->is_known;
        posts[i]->status = store.outcomes[store.posts].status;
        posts[i]->duplicate = store.outcomes[store.posts].duplicate;
        set_up(posts[i], (int64_t)++store.posts);
    }
}

enum tc_status message_store_find(struct tc_db *db, struct message_post *post)
{
    (void)db;
    store.finds++;
    post->duplicate = true;
    if (store.found == TC_OK)
        set_up(post, 1);
    return post->status = store.found;
}

static int clear(void **state)
{
    (void)state;
    memset(&store, 0, sizeof(store));
    return 0;
}

/* A new nonce of a time that is so far from now. */
static const char *nonce_of(int64_t offset_ms)
{
    static char nonce[4][TC_ID_SIZE];
    static uint8_t at;
    at++;
    tc_id_compose(tc_now_ms() + offset_ms, (const uint8_t[10]){[9] = at}, nonce[at % 4]);
    return nonce[at % 4];
}

static struct call create(const char *user, const char *conversation, const char *body,
                          const char *nonce)
{
    static char data[8][512];
    static int at;
    at = (at + 1) % 8;
    const char *quote = nonce != NULL ? "\"" : "";
    snprintf(data[at], sizeof(data[at]),
             "{\"conversation_id\":\"%s\",\"body\":\"%s\",\"nonce\":%s%s%s}", conversation, body,
             quote, nonce != NULL ? nonce : "null", quote);
    return (struct call){.op = "message/create", .user = user, .data = data[at], .access = MEMBER};
}

static void done(struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        call_done(&calls[i]);
}

static void a_post_is_answered_and_told_to_the_group(void **state)
{
    (void)state;
    struct call call = create(ANN, TALK, "hello", NULL);
    call_route(create_routes, &call);

    assert_int_equal(call.status, TC_OK);
    assert_string_equal(json_text(call.answer, "type"), "message/created");
    assert_string_equal(json_text(call.answer, "re"), "c1");
    assert_string_equal(json_text(call.answer, "data.message.conversation_id"), TALK);
    assert_string_equal(json_text(call.answer, "data.message.author_id"), ANN);
    assert_string_equal(json_text(call.answer, "data.message.body"), "hello");
    assert_non_null(strstr(json_text(call.answer, "data.message.created_at"), "T08:00:00.123Z"));
    assert_int_equal(json_number(call.answer, "data.message.seq"), 1);
    assert_int_equal(json_number(call.answer, "data.message.rev"), 11);
    assert_true(tc_id_is_v7(json_text(call.answer, "data.message.id")));
    static const char *const absent[] = {"nonce", "edited_at", "removed_at"};
    for (size_t i = 0; i < 3; i++)
        assert_null(cJSON_GetObjectItem(json_at(call.answer, "data.message"), absent[i]));
    assert_null(json_at(call.answer, "data.duplicate"));

    char msg_id[64];
    snprintf(msg_id, sizeof(msg_id), "%s.11", json_text(call.answer, "data.message.id"));
    assert_int_equal(call.event_count, 1);
    assert_string_equal(call.req->outbox_id, ROW);
    assert_string_equal(call.events[0].subject,
                        "tincan.event.group." GROUP "." TALK ".message.created");
    assert_int_equal(call.events[0].flags, TC_EVENT_ORIGIN);
    assert_string_equal(call.events[0].msg_id, msg_id);
    assert_string_equal(json_text(call.events[0].payload, "type"), "message/created");
    assert_true(
        cJSON_Compare(json_at(call.answer, "data"), json_at(call.events[0].payload, "data"), true));
    call_done(&call);
}

static void a_closed_conversation_is_told_to_its_participants(void **state)
{
    (void)state;
    struct call call = create(ANN, TALK, "hello", NULL);
    call.access.closed = call.access.listed = true;
    call_route(create_routes, &call);
    assert_true(store.closed[0]);
    assert_string_equal(call.events[0].subject,
                        "tincan.event.closed." GROUP "." TALK ".message.created");
    call_done(&call);
}

/* The id that a post gets. */
static const char *id_of(const char *user, const char *conversation, const char *nonce)
{
    static char id[8][TC_ID_SIZE];
    static int at;
    at = (at + 1) % 8;
    clear(NULL);
    struct call call = create(user, conversation, "hello", nonce);
    call_route(create_routes, &call);
    strcpy(id[at], json_text(call.answer, "data.message.id"));
    call_done(&call);
    return id[at];
}

static void an_id_is_made_of_author_conversation_and_nonce(void **state)
{
    (void)state;
    const char *nonce = nonce_of(0), *id = id_of(ANN, TALK, nonce);
    assert_true(tc_id_is_v7(id));
    assert_int_equal(tc_id_time_ms(id), tc_id_time_ms(nonce));
    assert_string_equal(id, id_of(ANN, TALK, nonce));
    assert_string_not_equal(id, id_of(BOB, TALK, nonce));
    assert_string_not_equal(id, id_of(ANN, OTHER, nonce));
    assert_string_not_equal(id, id_of(ANN, TALK, nonce_of(0)));
    assert_string_not_equal(id_of(ANN, TALK, NULL), id_of(ANN, TALK, NULL));
}

static void the_nonce_is_shown_in_answer_and_event(void **state)
{
    (void)state;
    const char *nonce = nonce_of(0);
    struct call call = create(ANN, TALK, "hello", nonce);
    call_route(create_routes, &call);
    assert_string_equal(json_text(call.answer, "data.message.nonce"), nonce);
    assert_string_equal(json_text(call.events[0].payload, "data.message.nonce"), nonce);
    call_done(&call);
}

static void a_repeat_is_answered_as_it_is_now_without_an_event(void **state)
{
    (void)state;
    const char *nonce = nonce_of(0);
    struct call call = create(ANN, TALK, "hello", nonce);
    store.outcomes[0].duplicate = true;
    call_route(create_routes, &call);
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.posts, 1);
    assert_true(cJSON_IsTrue(json_at(call.answer, "data.duplicate")));
    assert_null(json_at(call.answer, "data.message.body"));
    assert_non_null(json_at(call.answer, "data.message.removed_at"));
    assert_string_equal(json_text(call.answer, "data.message.nonce"), nonce);
    assert_int_equal(call.event_count, 0);
    call_done(&call);
}

static void what_was_posted_lately_is_a_repeat_most_likely(void **state)
{
    (void)state;
    const char *nonce = nonce_of(0);
    for (size_t i = 0; i < 2; i++) {
        struct call call = create(ANN, TALK, "hello", nonce);
        store.outcomes[i].duplicate = i == 1;
        call_route(create_routes, &call);
        assert_int_equal(store.known[i], i == 1);
        assert_int_equal(call.event_count, i == 1 ? 0 : 1);
        call_done(&call);
    }
    assert_int_equal(store.finds, 0);
}

static void repeats_within_a_batch_are_folded(void **state)
{
    (void)state;
    const char *nonce = nonce_of(0);
    struct call calls[] = {
        create(ANN, TALK, "hello", nonce),       create(BOB, TALK, "bob", nonce),
        create(ANN, TALK, "hello again", nonce), create(ANN, OTHER, "other", nonce),
        create(ANN, TALK, "none", NULL),         create(ANN, TALK, "none", NULL)};
    call_batch(create_routes, calls, 6);
    assert_int_equal(store.posts, 5);
    assert_string_equal(json_text(calls[2].answer, "data.message.body"), "hello");
    assert_true(cJSON_IsTrue(json_at(calls[2].answer, "data.duplicate")));
    assert_int_equal(calls[2].event_count, 0);
    const size_t created[] = {0, 1, 3, 4, 5};
    for (size_t i = 0; i < 5; i++) {
        assert_null(json_at(calls[created[i]].answer, "data.duplicate"));
        assert_int_equal(calls[created[i]].event_count, 1);
    }
    done(calls, 6);
}

static void one_that_fails_leaves_the_others_in_order(void **state)
{
    (void)state;
    struct call calls[] = {create(ANN, TALK, "first", NULL), create(ANN, TALK, "", NULL),
                           create(ANN, TALK, "second", NULL), create(ANN, TALK, "third", NULL)};
    store.outcomes[1].status = TC_NOT_FOUND;
    call_batch(create_routes, calls, 4);
    assert_int_equal(calls[0].status, TC_OK);
    assert_int_equal(calls[1].status, TC_INVALID_FIELD);
    assert_int_equal(calls[2].status, TC_NOT_FOUND);
    assert_int_equal(calls[3].status, TC_OK);
    assert_string_equal(store.bodies[0], "first");
    assert_string_equal(store.bodies[2], "third");
    assert_int_equal(store.posts, 3);
    done(calls, 4);
}

static void an_id_that_is_anothers_names_the_nonce(void **state)
{
    (void)state;
    struct call call = create(ANN, TALK, "hello", nonce_of(0));
    store.outcomes[0].status = TC_CONFLICT;
    call_route(create_routes, &call);
    assert_int_equal(call.status, TC_INVALID_FIELD);
    assert_string_equal(call.field, "nonce");
    call_done(&call);
}

static void a_nonce_far_from_now_only_repeats(void **state)
{
    (void)state;
    const int64_t day = INT64_C(24) * 60 * 60 * 1000;
    const char *nonces[] = {OLD_NONCE, nonce_of(-day - 5000), nonce_of(day + 5000)};
    for (size_t i = 0; i < 3; i++) {
        struct call call = create(ANN, TALK, "hello", nonces[i]);
        store.found = TC_NOT_FOUND;
        call_route(create_routes, &call);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, "nonce");
        call_done(&call);
    }
    assert_int_equal(store.finds, 3);

    struct call call = create(ANN, TALK, "hello", OLD_NONCE);
    store.found = TC_OK;
    call_route(create_routes, &call);
    assert_int_equal(call.status, TC_OK);
    assert_true(cJSON_IsTrue(json_at(call.answer, "data.duplicate")));
    assert_int_equal(call.event_count, 0);
    call_done(&call);
    assert_int_equal(store.posts, 0);
}

static void a_nonce_within_a_day_posts(void **state)
{
    (void)state;
    const int64_t day = INT64_C(24) * 60 * 60 * 1000;
    struct call calls[] = {create(ANN, TALK, "past", nonce_of(-day + 5000)),
                           create(ANN, TALK, "future", nonce_of(day - 5000))};
    call_batch(create_routes, calls, 2);
    assert_int_equal(store.posts, 2);
    done(calls, 2);
}

static void bad_fields_are_named_before_access_is_looked_at(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"body\":\"x\"}", "conversation_id"},
        {"{\"conversation_id\":\"c\",\"body\":\"x\"}", "conversation_id"},
        {AT(""), "body"},
        {AT(",\"body\":\"\""), "body"},
        {AT(",\"body\":5"), "body"},
        {AT(",\"body\":\"x\",\"nonce\":\"x\""), "nonce"},
        {AT(",\"body\":\"x\",\"nonce\":7"), "nonce"},
        {AT(",\"body\":\"x\",\"nonce\":\"0190b5a0-1111-4111-8111-111111111111\""), "nonce"},
        {AT(",\"body\":\"x\",\"nonce\":\"0190B5A0-1111-7111-8111-111111111111\""), "nonce"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call call = {.op = "message/create", .user = ANN, .data = cases[i][0]};
        call_route(create_routes, &call);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, cases[i][1]);
        call_done(&call);
    }
    assert_int_equal(store.posts, 0);
}

static void a_body_is_measured_in_characters(void **state)
{
    (void)state;
    call_limits()->body = 3;
    struct call calls[] = {create(ANN, TALK, "\xc3\xa4\xc3\xb6\xf0\x9f\xa6\x8a", NULL),
                           create(ANN, TALK, "four", NULL)};
    call_batch(create_routes, calls, 2);
    call_limits()->body = 8000;
    assert_int_equal(calls[0].status, TC_OK);
    assert_int_equal(calls[1].status, TC_INVALID_FIELD);
    done(calls, 2);
}

static void outsiders_find_nothing_and_the_groups_owner_may_not_post_unlisted(void **state)
{
    (void)state;
    struct call calls[] = {create(ANN, TALK, "x", NULL), create(ANN, TALK, "x", OLD_NONCE)};
    calls[0].access.role = TC_ROLE_NONE;
    calls[1].access.role = TC_ROLE_OWNER;
    calls[1].access.closed = true;
    call_batch(create_routes, calls, 2);
    assert_int_equal(calls[0].status, TC_NOT_FOUND);
    assert_int_equal(calls[1].status, TC_FORBIDDEN);
    assert_int_equal(store.posts + store.finds, 0);
    done(calls, 2);
}

static void what_nobody_waits_for_is_not_done(void **state)
{
    (void)state;
    const char *nonce = nonce_of(0);
    struct call calls[] = {create(ANN, TALK, "late", nonce), create(ANN, TALK, "in time", nonce)};
    calls[0].late = true;
    call_batch(create_routes, calls, 2);
    assert_int_equal(calls[0].status, TC_UNAVAILABLE);
    assert_int_equal(calls[1].status, TC_OK);
    assert_int_equal(store.posts, 1);
    assert_string_equal(store.bodies[0], "in time");
    done(calls, 2);
}

#define TEST(function) cmocka_unit_test_setup(function, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_post_is_answered_and_told_to_the_group),
        TEST(a_closed_conversation_is_told_to_its_participants),
        TEST(an_id_is_made_of_author_conversation_and_nonce),
        TEST(the_nonce_is_shown_in_answer_and_event),
        TEST(a_repeat_is_answered_as_it_is_now_without_an_event),
        TEST(what_was_posted_lately_is_a_repeat_most_likely),
        TEST(repeats_within_a_batch_are_folded),
        TEST(one_that_fails_leaves_the_others_in_order),
        TEST(an_id_that_is_anothers_names_the_nonce),
        TEST(a_nonce_far_from_now_only_repeats),
        TEST(a_nonce_within_a_day_posts),
        TEST(bad_fields_are_named_before_access_is_looked_at),
        TEST(a_body_is_measured_in_characters),
        TEST(outsiders_find_nothing_and_the_groups_owner_may_not_post_unlisted),
        TEST(what_nobody_waits_for_is_not_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
