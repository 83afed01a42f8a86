/* Requests over NATS: each ends once, and its name tells what became of it. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "edge/origin.h"
#include "edge/requests.h"
#include "shared/base/clock.h"
#include "shared/bus/subjects.h"
#include "tests/support/fake_bus.h"

/* How one request ended. */
struct ending {
    int times;
    enum tc_status status;
    char body[64];
};

static uv_loop_t loop;
static struct requests *requests;
static const struct connection_id client = {7, 3};

static void note(void *ctx, enum tc_status status, struct tc_msg *answer)
{
    struct ending *ending = ctx;
    ending->times++;
    ending->status = status;
    snprintf(ending->body, sizeof(ending->body), "%s", answer != NULL ? tc_msg_data(answer) : "-");
}

static int open_all(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    requests = requests_create(&loop, fake_bus_reset());
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    requests_close(&requests);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(fake_messages(), 0);
    fake_bus_reset();
    return uv_loop_close(&loop);
}

/* Asks, and returns the reply subject. */
static const char *ask(struct ending *ending, struct connection_id asker, bool brief)
{
    static char reply[4][128];
    static int next;
    requests_ask(requests, &(struct request){
                               .subject = "tincan.rpc.group.list",
                               .data = "{}",
                               .len = 2,
                               .asker = asker,
                               .brief = brief,
                               .done = note,
                               .ctx = ending,
                           });
    next = (next + 1) % 4;
    const struct fake_published *published = fake_take("tincan.rpc.group.list");
    return strcpy(reply[next], published != NULL ? published->reply : "");
}

static void answer(struct tc_msg *msg)
{
    assert_true(requests_answer(requests, msg));
    tc_msg_free(&msg);
}

static enum request_fate fate_of(const char *origin)
{
    struct connection_id asker = {0};
    void *ctx = NULL;
    enum request_fate fate = requests_fate(requests, origin, &asker, &ctx);
    if (fate != REQUEST_FOREIGN)
        assert_true(connection_is(asker, client));
    return fate;
}

static void names_are_read_as_they_were_written(void **state)
{
    (void)state;
    char subject[TC_SUBJECT_SIZE];
    struct origin origin = {0xfedcba98, 1, {0x12345678, 0xffffffff}}, read;
    origin_write(&origin, "_INBOX.fake", subject);
    assert_true(origin_read(subject, "_INBOX.fake", &read));
    assert_memory_equal(&read, &origin, sizeof(read));
    assert_false(origin_read(subject, "_INBOX.fak", &read));
    assert_false(origin_read(subject, "_INBOX.other", &read));
    for (size_t len = strlen(subject); len-- > 0;) {
        subject[len] = '\0';
        assert_false(origin_read(subject, "_INBOX.fake", &read));
    }
    assert_false(
        origin_read("_INBOX.fake.00000001-00000001-00000001-00000001x", "_INBOX.fake", &read));
    assert_false(origin_read("_INBOX.fake.beat", "_INBOX.fake", &read));
}

static void an_answer_ends_its_request_once(void **state)
{
    (void)state;
    struct ending first = {0}, second = {0};
    const char *one = ask(&first, client, false), *two = ask(&second, client, false);
    assert_int_equal(requests_count(requests), 2);
    answer(fake_message(two, "b", NULL, NULL));
    answer(fake_message(two, "late", NULL, NULL));
    assert_int_equal(second.times, 1);
    assert_int_equal(second.status, TC_OK);
    assert_string_equal(second.body, "b");
    assert_int_equal(first.times, 0);

    answer(fake_message(one, "a", TC_HEADER_STATUS, "not_found"));
    assert_int_equal(first.status, TC_NOT_FOUND);
    assert_string_equal(first.body, "a");
}

static uint32_t slot_of(const char *reply)
{
    struct origin origin;
    assert_true(origin_read(reply, "_INBOX.fake", &origin));
    return origin.slot;
}

static void an_answer_to_who_had_the_slot_before_is_dropped(void **state)
{
    (void)state;
    struct ending before = {0}, now = {0};
    char late[128];
    strcpy(late, ask(&before, client, false));
    answer(fake_message(late, "in time", NULL, NULL));
    const char *reply = ask(&now, client, false);
    for (int i = 0; i < 1000 && slot_of(reply) != slot_of(late); i++) {
        answer(fake_message(reply, "", NULL, NULL));
        now = (struct ending){0};
        reply = ask(&now, client, false);
    }
    assert_int_equal(slot_of(reply), slot_of(late));

    answer(fake_message(late, "late", NULL, NULL));
    assert_int_equal(now.times, 0);
    answer(fake_message(reply, "mine", NULL, NULL));
    assert_int_equal(now.times, 1);
    assert_string_equal(now.body, "mine");
}

static void what_is_no_answer_is_said_to_be_none(void **state)
{
    (void)state;
    struct tc_msg *msg = fake_message("_INBOX.fake.barrier-1", "", NULL, NULL);
    assert_false(requests_answer(requests, msg));
    tc_msg_free(&msg);
    answer(fake_message("_INBOX.fake.000fffff-00000001-00000000-00000000", "", NULL, NULL));
}

static void each_request_tells_its_deadline(void **state)
{
    (void)state;
    struct ending ending = {0};
    int64_t before = tc_now_ms();
    requests_ask(requests,
                 &(struct request){
                     .subject = "s", .data = "", .asker = client, .done = note, .ctx = &ending});
    const char *deadline = fake_header(fake_take("s"), TC_HEADER_DEADLINE);
    assert_non_null(deadline);
    assert_in_range(atoll(deadline), (uintmax_t)(before + REQUEST_MS),
                    (uintmax_t)(tc_now_ms() + REQUEST_MS));
}

static void without_nats_it_fails_at_once(void **state)
{
    (void)state;
    struct ending ending = {0};
    fake_bus.down = true;
    ask(&ending, client, false);
    assert_int_equal(ending.times, 1);
    assert_int_equal(ending.status, TC_UNAVAILABLE);
    assert_string_equal(ending.body, "-");
    assert_int_equal(requests_count(requests), 0);
}

static void where_nobody_serves_it_fails_at_once(void **state)
{
    (void)state;
    struct ending ending = {0};
    answer(fake_no_responders(ask(&ending, client, false)));
    assert_int_equal(ending.times, 1);
    assert_int_equal(ending.status, TC_UNAVAILABLE);
    assert_string_equal(ending.body, "-");
}

static void a_loss_ends_all(void **state)
{
    (void)state;
    struct ending endings[100] = {0};
    for (size_t i = 0; i < 100; i++)
        ask(&endings[i], client, i % 2 == 0);
    requests_lose(requests);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(endings[i].times, 1);
        assert_int_equal(endings[i].status, TC_UNAVAILABLE);
    }
}

static void time_ends_it(void **state)
{
    (void)state;
    struct ending brief = {0}, normal = {0};
    int64_t began_ms = tc_mono_ms();
    ask(&normal, client, false);
    ask(&brief, client, true);
    while (brief.times == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_in_range(tc_mono_ms() - began_ms, REQUEST_BRIEF_MS, REQUEST_MS - 1);
    assert_int_equal(brief.status, TC_UNAVAILABLE);
    assert_int_equal(normal.times, 0);
}

static void an_origin_tells_what_became_of_the_request(void **state)
{
    (void)state;
    struct ending ending = {0};
    const char *origin = ask(&ending, client, false);
    struct connection_id asker;
    void *ctx = NULL;
    assert_int_equal(requests_fate(requests, origin, &asker, &ctx), REQUEST_WAITING);
    assert_ptr_equal(ctx, &ending);
    answer(fake_message(origin, "done", NULL, NULL));
    assert_int_equal(fate_of(origin), REQUEST_OVER);

    origin = ask(&ending, client, false);
    answer(fake_message(origin, "", TC_HEADER_STATUS, "unavailable"));
    assert_int_equal(fate_of(origin), REQUEST_UNAVAILABLE);
    answer(fake_message(origin, "late", NULL, NULL));
    assert_int_equal(ending.times, 2);

    origin = ask(&ending, client, false);
    requests_lose(requests);
    assert_int_equal(fate_of(origin), REQUEST_UNAVAILABLE);

    assert_int_equal(fate_of("_INBOX.other.00000000-00000001-00000007-00000003"), REQUEST_FOREIGN);
    assert_int_equal(fate_of(NULL), REQUEST_FOREIGN);
    origin = ask(&ending, (struct connection_id){0}, false);
    assert_int_equal(fate_of(origin), REQUEST_FOREIGN); /* the edge's own */
}

/* Events can be forged, and what an origin names is written to. */
static void an_origin_with_another_asker_is_nobodys(void **state)
{
    (void)state;
    struct ending ending = {0};
    const struct connection_id askers[] = {{0}, client};
    for (size_t i = 0; i < 2; i++) {
        struct origin origin;
        assert_true(origin_read(ask(&ending, askers[i], false), "_INBOX.fake", &origin));
        origin.asker = (struct connection_id){client.index + 1, client.generation};
        char forged[TC_SUBJECT_SIZE];
        origin_write(&origin, "_INBOX.fake", forged);
        assert_int_equal(fate_of(forged), REQUEST_FOREIGN);
    }
}

static void ask_again(void *ctx, enum tc_status status, struct tc_msg *msg)
{
    (void)status, (void)msg;
    struct ending *ending = ctx;
    if (++ending->times < 200)
        requests_ask(
            requests,
            &(struct request){
                .subject = "s", .data = "", .asker = client, .done = ask_again, .ctx = ending});
}

static void who_asks_again_at_once_does_not_stop_the_loss(void **state)
{
    (void)state;
    struct ending ending = {0};
    for (int i = 0; i < 3; i++)
        requests_ask(
            requests,
            &(struct request){
                .subject = "s", .data = "", .asker = client, .done = ask_again, .ctx = &ending});
    requests_lose(requests);
    assert_int_equal(ending.times, 3);
    assert_int_equal(requests_count(requests), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_as_they_were_written),
        TEST(an_answer_ends_its_request_once),
        TEST(an_answer_to_who_had_the_slot_before_is_dropped),
        TEST(what_is_no_answer_is_said_to_be_none),
        TEST(each_request_tells_its_deadline),
        TEST(without_nats_it_fails_at_once),
        TEST(where_nobody_serves_it_fails_at_once),
        TEST(a_loss_ends_all),
        TEST(time_ends_it),
        TEST(an_origin_tells_what_became_of_the_request),
        TEST(an_origin_with_another_asker_is_nobodys),
        TEST(who_asks_again_at_once_does_not_stop_the_loss),
    };
    return cmocka_run_group_tests_name("edge_requests", tests, NULL, NULL);
}
