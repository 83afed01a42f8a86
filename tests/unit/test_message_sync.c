/* Catching up, with a store that answers as the test says. */

#include "tests/support/call.h"

#include <stdio.h>
#include <string.h>

#include "services/message/message.h"
#include "services/message/store_sync.h"
#include "shared/base/buf.h"

#define ANN "0190b5a0-0000-7000-8000-00000000000a"
#define GROUP "0190b5a0-0000-7000-8000-0000000000aa"
#define ONE "0190b5a0-0000-7000-8000-0000000000c1"
#define TWO "0190b5a0-0000-7000-8000-0000000000c2"
#define THREE "0190b5a0-0000-7000-8000-0000000000c3"
#define ID "0190b5a0-0000-7000-8000-0000000000d1"
#define IN "{\"group_id\":\"" GROUP "\",\"owner_id\":\"" ANN "\",\"role\":\"member\"}"

/* What the store is to say, and what it has been told. */
static struct {
    size_t looks;        /* at heads */
    const char *stirred; /* the one conversation that has changed */
    size_t calls;
    struct message_since asked[MESSAGE_SYNC_MAX];
    size_t asked_count;
    struct message_room room;
    struct message_news news[MESSAGE_SYNC_MAX];
    size_t news_count;
    char body[50000];
} store;

static char user[TC_ID_SIZE]; /* another in each test: facts about one are remembered */

static int clear(void **state)
{
    (void)state;
    memset(&store, 0, sizeof(store));
    strcpy(store.body, "text");
    tc_id_make(user);
    return 0;
}

/* Each of the news gets `count` messages with the revs that follow its own. */
enum tc_status message_store_sync(struct tc_db *db, const struct message_since *since, size_t count,
                                  struct message_room room, struct message_sync *out)
{
    (void)db;
    store.calls++;
    memcpy(store.asked, since, count * sizeof(*since));
    store.asked_count = count;
    store.room = room;
    out->count = store.news_count;
    out->message_count = 0;
    for (size_t i = 0; i < store.news_count; i++) {
        out->items[i] = store.news[i];
        out->items[i].begin = out->message_count;
        for (size_t k = 0; k < store.news[i].count; k++)
            out->messages[out->message_count++] = (struct message_info){
                .conversation_id = store.news[i].conversation_id,
                .id = ID,
                .author_id = ANN,
                .body = store.body,
                .seq = 1,
                .rev = store.news[i].rev + 1 + (int64_t)k,
            };
    }
    return TC_OK;
}

enum tc_status message_store_stirred(struct tc_db *db, const struct message_since *since,
                                     size_t count, bool *out)
{
    (void)db;
    store.looks++;
    for (size_t i = 0; i < count; i++)
        out[i] = store.stirred != NULL && strcmp(since[i].conversation_id, store.stirred) == 0;
    return TC_OK;
}

static void say(struct message_news news)
{
    store.news[store.news_count++] = news;
}

static struct call ask(const char *data, const char *access)
{
    if (access != NULL)
        call_answers("conversation.access", access);
    struct call call = {.op = "message/sync", .user = user, .data = data};
    call_route(sync_routes, &call);
    return call;
}

static void what_has_changed_is_told(void **state)
{
    (void)state;
    say((struct message_news){.conversation_id = ONE, .rev = 5, .last_rev = 7, .count = 2});
    say((struct message_news){.conversation_id = TWO, .rev = 0, .last_rev = 9, .count = 3});
    struct call call = ask("{\"after\":{\"" ONE "\":5,\"" TWO "\":0},\"limit\":3}",
                           "{\"access\":[" IN "," IN "]}");
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.room.limit, 3);
    assert_int_equal(store.asked_count, 2);
    assert_string_equal(store.asked[0].conversation_id, ONE);
    assert_int_equal(store.asked[0].rev, 5);
    assert_int_equal(store.asked[1].rev, 0);

    assert_string_equal(json_text(call.answer, "type"), "message/sync-response");
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.conversations")), 2);
    const cJSON *one = json_at(call.answer, "data.conversations.0");
    assert_string_equal(json_text(one, "conversation_id"), ONE);
    assert_int_equal(cJSON_GetArraySize(json_at(one, "messages")), 2);
    assert_string_equal(json_text(one, "messages.0.conversation_id"), ONE);
    assert_string_equal(json_text(one, "messages.0.body"), "text");
    assert_true(json_number(one, "messages.1.rev") == 7);
    assert_true(json_number(one, "rev") == 7);
    assert_true(cJSON_IsFalse(json_at(one, "more")));
    assert_null(json_at(one, "reset"));
    assert_null(json_at(one, "gone"));
    const cJSON *two = json_at(call.answer, "data.conversations.1");
    assert_true(json_number(two, "rev") == 3);
    assert_true(cJSON_IsTrue(json_at(two, "more")));
    call_done(&call);
}

static void nothing_new_is_an_empty_list(void **state)
{
    (void)state;
    struct call call = ask("{\"after\":{\"" ONE "\":5}}", "{\"access\":[" IN "]}");
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.room.limit, 100);
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.conversations")), 0);
    call_done(&call);
}

static void a_reset_begins_at_0(void **state)
{
    (void)state;
    say((struct message_news){
        .conversation_id = ONE, .reset = true, .rev = 0, .last_rev = 4, .count = 4});
    say((struct message_news){.conversation_id = TWO, .reset = true});
    struct call call =
        ask("{\"after\":{\"" ONE "\":9,\"" TWO "\":1}}", "{\"access\":[" IN "," IN "]}");
    const cJSON *one = json_at(call.answer, "data.conversations.0");
    assert_true(cJSON_IsTrue(json_at(one, "reset")));
    assert_true(json_number(one, "messages.0.rev") == 1);
    assert_true(json_number(one, "rev") == 4);
    const cJSON *two = json_at(call.answer, "data.conversations.1");
    assert_true(cJSON_IsTrue(json_at(two, "reset")));
    assert_true(json_number(two, "rev") == 0);
    assert_true(cJSON_IsFalse(json_at(two, "more")));
    call_done(&call);
}

static void assert_gone(const cJSON *item, const char *conversation)
{
    assert_string_equal(json_text(item, "conversation_id"), conversation);
    assert_true(cJSON_IsTrue(json_at(item, "gone")));
    assert_int_equal(cJSON_GetArraySize(item), 2);
}

static void removed_and_left_ones_are_gone(void **state)
{
    (void)state;
    say((struct message_news){.conversation_id = TWO, .gone = true});
    struct call call = ask("{\"after\":{\"" ONE "\":5,\"" TWO "\":1,\"" THREE "\":0}}",
                           "{\"access\":[{}," IN ",{\"group_id\":\"" GROUP "\",\"owner_id\":\"" ID
                           "\",\"closed\":true,\"role\":\"owner\"}]}");
    assert_int_equal(store.asked_count, 1);
    assert_string_equal(store.asked[0].conversation_id, TWO);
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.conversations")), 3);
    assert_gone(json_at(call.answer, "data.conversations.0"), ONE);
    assert_gone(json_at(call.answer, "data.conversations.1"), THREE);
    assert_gone(json_at(call.answer, "data.conversations.2"), TWO);
    call_done(&call);
}

/* The answer's size, as it travels. */
static size_t size_of(const struct call *call)
{
    char *text = cJSON_PrintUnformatted(call->answer);
    size_t size = strlen(text);
    cJSON_free(text);
    return size;
}

static void an_answer_ends_at_256_kib(void **state)
{
    (void)state;
    memset(store.body, 'x', 40000);
    say((struct message_news){.conversation_id = ONE, .rev = 10, .last_rev = 14, .count = 4});
    say((struct message_news){.conversation_id = TWO, .rev = 20, .last_rev = 24, .count = 4});
    say((struct message_news){.conversation_id = THREE, .rev = 30, .last_rev = 31, .count = 1});
    struct call call = ask("{\"after\":{\"" ONE "\":10,\"" TWO "\":20,\"" THREE "\":30}}",
                           "{\"access\":[" IN "," IN "," IN "]}");
    assert_in_range(size_of(&call), 200 * 1024, 256 * 1024);
    const cJSON *two = json_at(call.answer, "data.conversations.1");
    assert_int_equal(cJSON_GetArraySize(json_at(two, "messages")), 2);
    assert_true(json_number(two, "rev") == 22);
    assert_true(cJSON_IsTrue(json_at(two, "more")));
    const cJSON *three = json_at(call.answer, "data.conversations.2");
    assert_int_equal(cJSON_GetArraySize(json_at(three, "messages")), 0);
    assert_true(json_number(three, "rev") == 30);
    assert_true(cJSON_IsTrue(json_at(three, "more")));
    call_done(&call);
}

static void an_answer_holds_500_conversations_and_a_message(void **state)
{
    (void)state;
    static char ids[MESSAGE_SYNC_MAX][TC_ID_SIZE];
    memset(store.body, '\x01', 40000); /* 240,000 characters in JSON */
    struct tc_buf data = {0}, access = {0};
    tc_buf_text(&data, "{\"after\":{");
    tc_buf_text(&access, "{\"access\":[");
    for (size_t i = 0; i < MESSAGE_SYNC_MAX; i++) {
        snprintf(ids[i], TC_ID_SIZE, "0190b5a0-0000-7000-8000-%012zx", i);
        tc_buf_printf(&data, "%s\"%s\":1", i > 0 ? "," : "", ids[i]);
        tc_buf_printf(&access, "%s%s", i > 0 ? "," : "", IN);
        say((struct message_news){.conversation_id = ids[i], .rev = 1, .last_rev = 2, .count = 1});
    }
    tc_buf_text(&data, "}}");
    tc_buf_text(&access, "]}");
    struct call call = ask(data.data, access.data);
    assert_int_equal(call.status, TC_OK);
    const cJSON *all = json_at(call.answer, "data.conversations");
    assert_int_equal(cJSON_GetArraySize(all), MESSAGE_SYNC_MAX);
    assert_true(cJSON_IsFalse(json_at(all, "0.more")));
    for (int i = 1; i < MESSAGE_SYNC_MAX; i++)
        assert_int_equal(cJSON_GetArraySize(json_at(cJSON_GetArrayItem(all, i), "messages")), 0);
    call_done(&call);
    tc_buf_free(&data);
    tc_buf_free(&access);
}

static void bad_fields_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *data, *field;
    } cases[] = {
        {"{}", "after"},
        {"{\"after\":null}", "after"},
        {"{\"after\":[]}", "after"},
        {"{\"after\":{}}", "after"},
        {"{\"after\":{\"x\":1}}", "after"},
        {"{\"after\":{\"0190B5A0-0000-7000-8000-0000000000c1\":1}}", "after"},
        {"{\"after\":{\"" ONE "\":-1}}", "after." ONE},
        {"{\"after\":{\"" ONE "\":0,\"" TWO "\":1.5}}", "after." TWO},
        {"{\"after\":{\"" ONE "\":9007199254740992}}", "after." ONE},
        {"{\"after\":{\"" ONE "\":1e300}}", "after." ONE},
        {"{\"after\":{\"" ONE "\":\"1\"}}", "after." ONE},
        {"{\"after\":{\"" ONE "\":null}}", "after." ONE},
        {"{\"after\":{\"" ONE "\":1},\"limit\":0}", "limit"},
        {"{\"after\":{\"" ONE "\":1},\"limit\":201}", "limit"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call call = ask(cases[i].data, NULL);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, cases[i].field);
        call_done(&call);
    }
    assert_int_equal(store.calls, 0);
}

static void at_most_500_conversations(void **state)
{
    (void)state;
    struct tc_buf data = {0};
    tc_buf_text(&data, "{\"after\":{");
    for (int i = 0; i < 501; i++)
        tc_buf_printf(&data, "%s\"0190b5a0-0000-7000-8000-%012x\":1", i > 0 ? "," : "", i);
    tc_buf_text(&data, "}}");
    struct call call = ask(data.data, NULL);
    assert_int_equal(call.status, TC_INVALID_FIELD);
    assert_string_equal(call.field, "after");
    call_done(&call);
    tc_buf_free(&data);
}

static void of_a_key_that_is_there_twice_the_last_one_counts(void **state)
{
    (void)state;
    struct call call = ask("{\"after\":{\"" ONE "\":5,\"" TWO "\":1,\"" ONE "\":7}}",
                           "{\"access\":[" IN "," IN "]}");
    assert_int_equal(store.asked_count, 2);
    assert_int_equal(store.asked[0].rev, 7);
    call_done(&call);
}

static void without_access_facts_it_is_unavailable(void **state)
{
    (void)state;
    call_answers("conversation.access", NULL);
    struct call call = ask("{\"after\":{\"" ONE "\":5}}", NULL);
    assert_int_equal(call.status, TC_UNAVAILABLE);
    assert_int_equal(store.calls, 0);
    call_done(&call);
}

static void many_who_come_back_at_once_are_looked_at_together(void **state)
{
    (void)state;
    char others[3][TC_ID_SIZE];
    for (int i = 0; i < 3; i++)
        tc_id_make(others[i]);
    store.stirred = TWO;
    say((struct message_news){.conversation_id = TWO, .rev = 3, .last_rev = 4, .count = 1});
    call_answers("conversation.access", "{\"access\":[" IN "," IN "," IN "," IN "," IN "]}");
    struct call calls[4] = {
        {.op = "message/sync", .user = user, .data = "{\"after\":{\"" ONE "\":5,\"" TWO "\":3}}"},
        {.op = "message/sync", .user = others[0], .data = "{\"after\":{\"" ONE "\":5}}"},
        {.op = "message/sync", .user = others[1], .data = "{\"after\":{}}"},
        {.op = "message/sync",
         .user = others[2],
         .data = "{\"after\":{\"" ONE "\":5,\"" THREE "\":6}}"},
    };
    call_batch(sync_routes, calls, 4);
    assert_int_equal(store.looks, 1);
    assert_int_equal(store.calls, 1);
    assert_int_equal(store.asked_count, 1);
    assert_string_equal(store.asked[0].conversation_id, TWO);
    assert_int_equal(cJSON_GetArraySize(json_at(calls[0].answer, "data.conversations")), 1);
    assert_int_equal(cJSON_GetArraySize(json_at(calls[1].answer, "data.conversations")), 0);
    assert_int_equal(calls[2].status, TC_INVALID_FIELD);
    assert_int_equal(cJSON_GetArraySize(json_at(calls[3].answer, "data.conversations")), 0);
    for (int i = 0; i < 4; i++)
        call_done(&calls[i]);
}

/* One page takes 254 KiB, so 300 of them would be 75 MiB at once: each gets less, and asks again.
 */
static void a_crowd_shares_the_memory_of_64_pages(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    static struct call calls[COUNT];
    static char users[COUNT][TC_ID_SIZE];
    memset(store.body, 'x', 40000);
    store.stirred = ONE;
    say((struct message_news){.conversation_id = ONE, .rev = 3, .last_rev = 9, .count = 6});
    struct tc_buf access = {0};
    tc_buf_text(&access, "{\"access\":[");
    for (int i = 0; i < COUNT; i++) {
        tc_id_make(users[i]);
        calls[i] = (struct call){
            .op = "message/sync", .user = users[i], .data = "{\"after\":{\"" ONE "\":3}}"};
        tc_buf_printf(&access, "%s" IN, i > 0 ? "," : "");
    }
    tc_buf_text(&access, "]}");
    call_answers("conversation.access", access.data);
    call_batch(sync_routes, calls, COUNT);
    assert_int_equal(store.looks, 1);
    assert_in_range(store.room.bytes, 50000, 64 * 254 * 1024 / COUNT);
    for (int i = 0; i < COUNT; i++) {
        const cJSON *one = json_at(calls[i].answer, "data.conversations.0");
        assert_int_equal(cJSON_GetArraySize(json_at(one, "messages")), 1);
        assert_true(cJSON_IsTrue(json_at(one, "more")));
        call_done(&calls[i]);
    }
    tc_buf_free(&access);
}

#define TEST(function) cmocka_unit_test_setup(function, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_access_facts_it_is_unavailable),
        TEST(what_has_changed_is_told),
        TEST(many_who_come_back_at_once_are_looked_at_together),
        TEST(a_crowd_shares_the_memory_of_64_pages),
        TEST(nothing_new_is_an_empty_list),
        TEST(a_reset_begins_at_0),
        TEST(removed_and_left_ones_are_gone),
        TEST(an_answer_ends_at_256_kib),
        TEST(an_answer_holds_500_conversations_and_a_message),
        TEST(bad_fields_are_named),
        TEST(at_most_500_conversations),
        TEST(of_a_key_that_is_there_twice_the_last_one_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
