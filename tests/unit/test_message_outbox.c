/* Telling what was not told in time, from rows that the test makes up. */

#include "tests/support/call.h"

#include <string.h>

#include "services/message/message.h"
#include "services/message/store_orphans.h"
#include "shared/service/db.h"
#include "shared/service/outbox.h"

#define ANN "0190b5a0-0000-7000-8000-00000000000a"
#define GROUP "0190b5a0-0000-7000-8000-0000000000aa"
#define TALK "0190b5a0-0000-7000-8000-0000000000c1"
#define ID "0190b5a0-0000-7000-8000-0000000000d1"
#define NONCE "0190b5a0-0000-7000-8000-0000000000e1"
#define ROW "0190b5a0-0000-7000-8000-0000000000f1"

static struct message_orphan orphans[4];
static size_t orphan_count;

/* What the skeleton has been told to publish. */
static struct told {
    char row_id[TC_ID_SIZE], subject[TC_SUBJECT_SIZE], msg_id[MESSAGE_MSG_ID_SIZE];
    cJSON *payload;
} told[4];
static size_t told_count;

static int clear(void **state)
{
    (void)state;
    for (size_t i = 0; i < told_count; i++)
        cJSON_Delete(told[i].payload);
    orphan_count = told_count = 0;
    return 0;
}

const struct tc_stmt message_orphans_stmt = {.name = "message_orphans"};

size_t tc_rows_count(const struct tc_rows *rows)
{
    (void)rows;
    return orphan_count;
}

void message_store_orphan(const struct tc_rows *rows, size_t i, struct message_orphan *out)
{
    (void)rows;
    *out = orphans[i];
}

void tc_outbox_rebuilt(const struct tc_outbox_event *event)
{
    struct told *out = &told[told_count++];
    strcpy(out->row_id, event->row_id);
    strcpy(out->msg_id, event->msg_id);
    out->payload = NULL;
    if (event->payload == NULL)
        return;
    strcpy(out->subject, event->subject);
    out->payload = cJSON_ParseWithLength(event->payload, event->len);
    assert_non_null(out->payload);
}

static struct message_orphan *orphan(const char *verb, int64_t rev)
{
    struct message_orphan *out = &orphans[orphan_count++];
    *out = (struct message_orphan){.verb = verb, .group_id = GROUP};
    out->message = (struct message_info){
        .conversation_id = TALK,
        .id = ID,
        .author_id = ANN,
        .body = "as it is now",
        .nonce = NONCE,
        .seq = 3,
        .rev = rev,
        .created_at = 1763798400123,
        .edited_at = 1763798400124,
        .outbox_id = ROW,
    };
    return out;
}

static void rebuild(void)
{
    message_outbox.rebuild(NULL);
}

static void each_event_has_its_own_rev_and_verb(void **state)
{
    (void)state;
    orphan("created", 3);
    orphan("edited", 5);
    rebuild();
    assert_int_equal(told_count, 2);
    assert_string_equal(told[0].row_id, ROW);
    assert_string_equal(told[0].subject, "tincan.event.group." GROUP "." TALK ".message.created");
    assert_string_equal(told[0].msg_id, ID ".3");
    assert_string_equal(json_text(told[0].payload, "type"), "message/created");
    assert_true(json_number(told[0].payload, "data.message.rev") == 3);
    assert_true(json_number(told[0].payload, "data.message.seq") == 3);
    assert_string_equal(json_text(told[0].payload, "data.message.body"), "as it is now");
    assert_string_equal(json_text(told[0].payload, "data.message.conversation_id"), TALK);
    assert_string_equal(json_text(told[0].payload, "data.message.edited_at"),
                        "2025-11-22T08:00:00.124Z");
    assert_string_equal(told[1].subject, "tincan.event.group." GROUP "." TALK ".message.edited");
    assert_string_equal(told[1].msg_id, ID ".5");
    assert_string_equal(json_text(told[1].payload, "type"), "message/edited");
    assert_true(json_number(told[1].payload, "data.message.rev") == 5);
}

static void only_the_creation_shows_the_nonce(void **state)
{
    (void)state;
    orphan("created", 3);
    orphan("edited", 4);
    rebuild();
    assert_string_equal(json_text(told[0].payload, "data.message.nonce"), NONCE);
    assert_null(json_at(told[1].payload, "data.message.nonce"));
}

static void a_message_that_was_removed_since_has_no_body(void **state)
{
    (void)state;
    struct message_orphan *one = orphan("created", 3);
    one->message.body = NULL;
    one->message.removed_at = 1763798400125;
    one->closed = true;
    rebuild();
    assert_string_equal(told[0].subject, "tincan.event.closed." GROUP "." TALK ".message.created");
    assert_null(json_at(told[0].payload, "data.message.body"));
    assert_non_null(json_at(told[0].payload, "data.message.removed_at"));
}

static void what_is_gone_is_told_to_nobody(void **state)
{
    (void)state;
    struct message_orphan *one = orphan("created", 3);
    one->message.id = NULL;
    one->group_id = NULL;
    orphan("created", 4);
    rebuild();
    assert_int_equal(told_count, 2);
    assert_string_equal(told[0].row_id, ROW);
    assert_null(told[0].payload);
    assert_non_null(told[1].payload);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, clear, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_event_has_its_own_rev_and_verb),
        TEST(only_the_creation_shows_the_nonce),
        TEST(a_message_that_was_removed_since_has_no_body),
        TEST(what_is_gone_is_told_to_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
