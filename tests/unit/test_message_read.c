/* Listing messages and heads, with a store that remembers what it was asked. */

#include "tests/support/call.h"

#include <string.h>

#include "services/message/message.h"
#include "services/message/pages.h"
#include "services/message/store.h"
#include "shared/base/buf.h"
#include "shared/service/db.h"

#define ANN "0190b5a0-0000-7000-8000-00000000000a"
#define BOB "0190b5a0-0000-7000-8000-00000000000b"
#define GROUP "0190b5a0-0000-7000-8000-0000000000aa"
#define TALK "0190b5a0-0000-7000-8000-0000000000c1"
#define OTHER "0190b5a0-0000-7000-8000-0000000000c2"
#define GONE "0190b5a0-0000-7000-8000-0000000000c3"
#define ID "0190b5a0-0000-7000-8000-0000000000d1"
#define MEMBER                                                                                     \
    {                                                                                              \
        .group_id = GROUP, .owner_id = BOB, .role = TC_ROLE_MEMBER                                 \
    }

/* What the store is to say, and what it has been told. */
static struct {
    size_t calls, lists, heads;
    uint64_t connection;
    int64_t rev;
    bool gone, heads_fail;
    struct message_range range;
    size_t page_count, body_size;
    bool page_more;
    char asked[4][TC_ID_SIZE];
    size_t asked_count;
} store;

static int clear(void **state)
{
    (void)state;
    memset(&store, 0, sizeof(store));
    store.rev = 5;
    pages_bytes = 0;
    return 0;
}

static struct message_page page_of(const struct message_range *range)
{
    static char body[64 * 1024];
    memset(body, 'x', store.body_size);
    body[store.body_size] = '\0';
    struct message_page page = {
        .count = store.page_count, .more = store.page_more, .last_rev = store.rev};
    for (size_t i = 0; i < page.count; i++)
        page.items[i] = (struct message_info){
            .conversation_id = range->conversation_id,
            .id = ID,
            .author_id = ANN,
            .body = body,
            .seq = range->upwards ? 1 + (int64_t)i : 100 - (int64_t)i,
        };
    return page;
}

/* The last range comes first. */
void message_store_list(struct tc_db *db, const struct message_range *ranges, size_t count,
                        message_take *take, void *ctx)
{
    (void)db;
    store.calls += count > 0;
    store.lists += count;
    for (size_t i = count; i-- > 0;) {
        store.range = ranges[i];
        if (strcmp(ranges[i].conversation_id, GONE) == 0) {
            take(ctx, i, TC_NOT_FOUND, NULL);
            continue;
        }
        struct message_page page = page_of(&ranges[i]);
        take(ctx, i, TC_OK, &page);
    }
}

enum tc_status message_store_heads(struct tc_db *db, const char *const *conversation_ids,
                                   size_t count, struct message_head *out)
{
    (void)db;
    store.calls++;
    store.heads += count;
    store.asked_count = count;
    for (size_t i = 0; i < count; i++) {
        strcpy(store.asked[i], conversation_ids[i]);
        out[i] = (struct message_head){store.gone, 3, store.rev};
    }
    return store.heads_fail ? TC_UNAVAILABLE : TC_OK;
}

uint64_t tc_db_connection(const struct tc_db *db)
{
    (void)db;
    return store.connection;
}

#define AT(rest) "{\"conversation_id\":\"" TALK "\"" rest "}"

static struct call ask(const char *op, const char *data)
{
    struct call call = {.op = op, .user = ANN, .data = data, .access = MEMBER};
    call_route(read_routes, &call);
    return call;
}

static void a_list_looks_downwards_unless_only_after_is_given(void **state)
{
    (void)state;
    const struct {
        const char *data;
        int64_t after, before, limit;
        bool upwards;
    } cases[] = {
        {AT(""), 0, INT64_MAX, 50, false},
        {AT(",\"before\":7,\"limit\":200"), 0, 7, 200, false},
        {AT(",\"before\":7,\"after\":3"), 3, 7, 50, false},
        {AT(",\"after\":0,\"limit\":1"), 0, INT64_MAX, 1, true},
        {AT(",\"after\":3,\"before\":null"), 3, INT64_MAX, 50, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call call = ask("message/list", cases[i].data);
        assert_int_equal(call.status, TC_OK);
        assert_int_equal(store.range.after, cases[i].after);
        assert_true(store.range.before == cases[i].before || store.range.before > 1LL << 52);
        assert_int_equal(store.range.limit, cases[i].limit);
        assert_int_equal(store.range.upwards, cases[i].upwards);
        assert_string_equal(json_text(call.answer, "type"), "message/list-response");
        assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.messages")), 0);
        assert_true(cJSON_IsFalse(json_at(call.answer, "data.more")));
        call_done(&call);
    }
}

static void a_list_always_rises(void **state)
{
    (void)state;
    store.page_count = 3;
    store.page_more = true;
    struct call call = ask("message/list", AT(""));
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.messages")), 3);
    assert_true(json_number(call.answer, "data.messages.0.seq") == 98);
    assert_true(json_number(call.answer, "data.messages.2.seq") == 100);
    assert_true(cJSON_IsTrue(json_at(call.answer, "data.more")));
    call_done(&call);

    call = ask("message/list", AT(",\"after\":0"));
    assert_true(json_number(call.answer, "data.messages.0.seq") == 1);
    assert_true(json_number(call.answer, "data.messages.2.seq") == 3);
    call_done(&call);
}

static void lists_are_looked_up_together_and_answered_each(void **state)
{
    (void)state;
    store.page_count = 2;
    struct call calls[] = {
        {.op = "message/list", .user = ANN, .data = AT(""), .access = MEMBER},
        {.op = "message/list", .user = ANN, .data = AT(",\"limit\":0"), .access = MEMBER},
        {.op = "message/list", .user = ANN, .data = AT("")},
        {.op = "message/list",
         .user = BOB,
         .data = "{\"conversation_id\":\"" OTHER "\",\"after\":0}",
         .access = MEMBER},
        {.op = "message/list",
         .user = ANN,
         .data = "{\"conversation_id\":\"" GONE "\"}",
         .access = MEMBER},
    };
    call_batch(read_routes, calls, 5);
    assert_int_equal(store.calls, 1);
    assert_string_equal(json_text(calls[0].answer, "data.messages.0.conversation_id"), TALK);
    assert_true(json_number(calls[0].answer, "data.messages.1.seq") == 100);
    assert_int_equal(calls[1].status, TC_INVALID_FIELD);
    assert_string_equal(calls[1].field, "limit");
    assert_int_equal(calls[2].status, TC_NOT_FOUND);
    assert_string_equal(json_text(calls[3].answer, "data.messages.0.conversation_id"), OTHER);
    assert_true(json_number(calls[3].answer, "data.messages.1.seq") == 2);
    assert_int_equal(calls[4].status, TC_NOT_FOUND);
    for (size_t i = 0; i < 5; i++)
        call_done(&calls[i]);
}

static void a_page_ends_at_256_kib(void **state)
{
    (void)state;
    store.page_count = 20;
    store.body_size = 30000;
    struct call call = ask("message/list", AT(""));
    int count = cJSON_GetArraySize(json_at(call.answer, "data.messages"));
    assert_int_equal(count, 8);
    assert_true(json_number(call.answer, "data.messages.7.seq") == 100);
    assert_true(json_number(call.answer, "data.messages.0.seq") == 93);
    assert_true(cJSON_IsTrue(json_at(call.answer, "data.more")));
    call_done(&call);
}

/* Asks for a page, whose newest message is number 100; returns whether it was read for that. */
static bool reads(const char *data)
{
    size_t before = store.lists;
    struct call call = ask("message/list", data);
    assert_int_equal(call.status, TC_OK);
    assert_string_equal(json_text(call.answer, "type"), "message/list-response");
    assert_true(json_number(call.answer, "data.messages.1.seq") == 100);
    assert_true(cJSON_IsTrue(json_at(call.answer, "data.more")));
    call_done(&call);
    return store.lists > before;
}

static int keep(void **state)
{
    clear(state);
    pages_keep(TALK, 50, (struct page_state){0, 0}, "", 0); /* drops all: there is no room */
    store.page_count = 2;
    store.page_more = true;
    pages_bytes = 1 << 20;
    return 0;
}

static void the_newest_page_is_read_once_until_something_changes(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    assert_int_equal(store.heads, 0);
    assert_false(reads(AT("")));
    assert_false(reads(AT("")));
    assert_int_equal(store.heads, 2);
    store.rev++;
    assert_true(reads(AT("")));
    assert_false(reads(AT("")));
}

static void a_page_of_another_limit_is_another_page(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    assert_true(reads(AT(",\"limit\":2")));
    assert_false(reads(AT(",\"limit\":2")));
    assert_true(reads(AT("")));
}

static void only_newest_pages_are_kept(void **state)
{
    (void)state;
    for (int time = 0; time < 2; time++) {
        assert_true(reads(AT(",\"before\":101")));
        assert_true(reads(AT(",\"after\":1,\"before\":9007199254740991")));
    }
    assert_int_equal(store.heads, 0);
}

static void a_kept_page_is_nothing_to_a_new_connection(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    store.connection++;
    assert_true(reads(AT("")));
    assert_false(reads(AT("")));
}

static void a_kept_page_ends_with_its_conversation(void **state)
{
    (void)state;
    static const char data[] = "{\"conversation_id\":\"" OTHER "\"}";
    assert_true(reads(data));
    store.gone = true;
    assert_true(reads(data)); /* which then finds that it is gone */
}

static void without_heads_pages_are_read(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    store.heads_fail = true;
    assert_true(reads(AT("")));
}

static void an_empty_page_is_not_kept(void **state)
{
    (void)state;
    store.page_count = 0;
    for (size_t time = 1; time <= 2; time++) {
        struct call call = ask("message/list", AT(""));
        assert_int_equal(call.status, TC_OK);
        call_done(&call);
        assert_int_equal(store.lists, time);
    }
}

static void kept_pages_and_read_ones_are_answered_each(void **state)
{
    (void)state;
    assert_true(reads(AT("")));
    store.body_size = 1; /* of those that are read from now on */
    struct call calls[] = {
        {.op = "message/list",
         .user = BOB,
         .data = "{\"conversation_id\":\"" OTHER "\",\"limit\":3}",
         .access = MEMBER},
        {.op = "message/list", .user = BOB, .data = AT(""), .access = MEMBER},
        {.op = "message/list", .user = ANN, .data = AT(""), .access = MEMBER},
        {.op = "message/list", .user = ANN, .data = AT(",\"limit\":7"), .access = MEMBER},
    };
    call_batch(read_routes, calls, 4);
    assert_int_equal(store.heads, 2);
    assert_int_equal(store.lists, 3);
    static const char *const conversations[] = {OTHER, TALK, TALK, TALK};
    for (size_t i = 0; i < 4; i++) {
        bool kept = i == 1 || i == 2;
        assert_int_equal(calls[i].status, TC_OK);
        assert_string_equal(json_text(calls[i].answer, "data.messages.0.conversation_id"),
                            conversations[i]);
        assert_string_equal(json_text(calls[i].answer, "data.messages.0.body"), kept ? "" : "x");
        call_done(&calls[i]);
    }
}

static void heads_are_those_that_the_asker_takes_part_in(void **state)
{
    (void)state;
    call_answers("conversation.access", "{\"access\":[{},{\"group_id\":\"" GROUP
                                        "\",\"owner_id\":\"" BOB "\",\"role\":\"member\"}]}");
    struct call call =
        ask("message/heads", "{\"conversation_ids\":[\"" OTHER "\",\"" TALK "\",\"" OTHER "\"]}");
    assert_int_equal(call.status, TC_OK);
    assert_int_equal(store.asked_count, 1);
    assert_string_equal(store.asked[0], TALK);
    assert_string_equal(json_text(call.answer, "type"), "message/heads-response");
    assert_int_equal(cJSON_GetArraySize(json_at(call.answer, "data.heads")), 1);
    assert_string_equal(json_text(call.answer, "data.heads.0.conversation_id"), TALK);
    assert_true(json_number(call.answer, "data.heads.0.last_seq") == 3);
    assert_true(json_number(call.answer, "data.heads.0.last_rev") == 5);
    call_done(&call);

    call_answers("conversation.access", NULL);
    call = ask("message/heads", "{\"conversation_ids\":[\"" TALK "\"]}");
    assert_int_equal(call.status, TC_UNAVAILABLE);
    call_done(&call);
}

static void at_most_500_heads_at_once(void **state)
{
    (void)state;
    struct tc_buf data = {0};
    tc_buf_text(&data, "{\"conversation_ids\":[");
    for (int i = 0; i < 501; i++)
        tc_buf_text(&data, i > 0 ? ",\"" TALK "\"" : "\"" TALK "\"");
    tc_buf_text(&data, "]}");
    struct call call = ask("message/heads", data.data);
    assert_int_equal(call.status, TC_INVALID_FIELD);
    assert_string_equal(call.field, "conversation_ids");
    call_done(&call);
    tc_buf_free(&data);
}

static void bad_fields_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *op, *data, *field;
    } cases[] = {
        {"message/list", "{}", "conversation_id"},
        {"message/list", AT(",\"limit\":0"), "limit"},
        {"message/list", AT(",\"limit\":201"), "limit"},
        {"message/list", AT(",\"before\":0"), "before"},
        {"message/list", AT(",\"after\":-1"), "after"},
        {"message/list", AT(",\"after\":\"1\""), "after"},
        {"message/heads", "{}", "conversation_ids"},
        {"message/heads", "{\"conversation_ids\":[]}", "conversation_ids"},
        {"message/heads", "{\"conversation_ids\":[\"" TALK "\",\"x\"]}", "conversation_ids.1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call call = {.op = cases[i].op, .user = ANN, .data = cases[i].data};
        call_route(read_routes, &call);
        assert_int_equal(call.status, TC_INVALID_FIELD);
        assert_string_equal(call.field, cases[i].field);
        call_done(&call);
    }
    assert_int_equal(store.calls, 0);
}

static void only_who_takes_part_may_list(void **state)
{
    (void)state;
    struct call call = {.op = "message/list", .user = ANN, .data = AT("")};
    call_route(read_routes, &call);
    assert_int_equal(call.status, TC_NOT_FOUND);
    call_done(&call);
    call.access = (struct tc_access){.group_id = GROUP, .closed = true, .role = TC_ROLE_OWNER};
    call_route(read_routes, &call);
    assert_int_equal(call.status, TC_FORBIDDEN);
    call_done(&call);
    assert_int_equal(store.calls, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, clear)
#define KEPT(function) cmocka_unit_test_setup(function, keep)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_looks_downwards_unless_only_after_is_given),
        TEST(a_list_always_rises),
        TEST(lists_are_looked_up_together_and_answered_each),
        TEST(a_page_ends_at_256_kib),
        KEPT(the_newest_page_is_read_once_until_something_changes),
        KEPT(a_page_of_another_limit_is_another_page),
        KEPT(only_newest_pages_are_kept),
        KEPT(a_kept_page_is_nothing_to_a_new_connection),
        KEPT(a_kept_page_ends_with_its_conversation),
        KEPT(without_heads_pages_are_read),
        KEPT(an_empty_page_is_not_kept),
        KEPT(kept_pages_and_read_ones_are_answered_each),
        TEST(heads_are_those_that_the_asker_takes_part_in),
        TEST(at_most_500_heads_at_once),
        TEST(bad_fields_are_named),
        TEST(only_who_takes_part_may_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
