/* Of two who share their work one stops listening in the midst of it: nothing goes unanswered. */

#include "tests/support/unit.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <uv.h>

#include "shared/bus/bus.h"
#include "tests/support/process.h"

#define REQUESTS 20000
#define AT_ONCE 100
#define PATIENCE_MS 10000

static uv_loop_t loop;
static uv_timer_t pace, patience;
static int up, asked;
static atomic_int answers, answered_by_first;

struct member {
    struct tc_bus *bus;
    atomic_int *count;
};

static struct member first, second, asker;

static void on_request(void *ctx, struct tc_msg *msg)
{
    const struct member *member = ctx;
    if (member->count != NULL)
        atomic_fetch_add(member->count, 1);
    tc_bus_publish(member->bus, &(struct tc_outgoing){.subject = tc_msg_reply(msg)});
    tc_msg_free(&msg);
}

static void on_message(void *ctx, struct tc_msg *msg)
{
    if (ctx == &asker)
        atomic_fetch_add(&answers, 1);
    tc_msg_free(&msg);
}

static void on_lost(void *ctx)
{
    (void)ctx;
}

static void on_patience_ended(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void on_pace(uv_timer_t *timer)
{
    char reply[128];
    snprintf(reply, sizeof(reply), "%s.answer", tc_bus_inbox(asker.bus));
    for (int i = 0; i < AT_ONCE && asked < REQUESTS; i++, asked++)
        tc_bus_publish(asker.bus, &(struct tc_outgoing){.subject = "work", .reply = reply});
    if (asked == REQUESTS / 2)
        tc_bus_mute(first.bus);
    if (atomic_load(&answers) == REQUESTS)
        uv_stop(timer->loop);
}

static void on_up(void *ctx)
{
    (void)ctx;
    if (++up == 3)
        uv_timer_start(&pace, on_pace, 1, 1);
}

static void open_member(struct member *member, const char *url, atomic_int *count)
{
    member->count = count;
    member->bus = tc_bus_open(&(struct tc_bus_config){
        .loop = &loop,
        .settings = &(struct tc_bus_settings){.urls = url},
        .name = "test",
        .on_message = on_message,
        .on_up = on_up,
        .on_lost = on_lost,
        .ctx = member,
    });
}

static void who_stops_listening_answers_what_he_was_given(void **state)
{
    (void)state;
    uint16_t port = process_free_port();
    pid_t nats = process_nats(port);
    char url[64];
    snprintf(url, sizeof(url), "nats://127.0.0.1:%u", port);
    uv_loop_init(&loop);
    uv_timer_init(&loop, &pace);
    uv_timer_init(&loop, &patience);
    uv_timer_start(&patience, on_patience_ended, PATIENCE_MS, 0);
    open_member(&first, url, &answered_by_first);
    open_member(&second, url, NULL);
    open_member(&asker, url, NULL);
    tc_bus_listen(first.bus, "work", "workers", on_request, &first);
    tc_bus_listen(second.bus, "work", "workers", on_request, &second);
    uv_run(&loop, UV_RUN_DEFAULT);

    assert_int_equal(atomic_load(&answers), REQUESTS);
    assert_in_range(atomic_load(&answered_by_first), 1, REQUESTS / 2);
    tc_bus_close(&first.bus);
    tc_bus_close(&second.bus);
    tc_bus_close(&asker.bus);
    uv_close((uv_handle_t *)&pace, NULL);
    uv_close((uv_handle_t *)&patience, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    tc_bus_end();
    process_end(nats, SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_stops_listening_answers_what_he_was_given),
    };
    return cmocka_run_group_tests_name("bus_mute", tests, NULL, NULL);
}
