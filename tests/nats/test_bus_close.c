/* Who closes with something left to send sends it. */

#include "tests/support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <uv.h>

#include "shared/bus/bus.h"
#include "tests/support/process.h"

#define PATIENCE_MS 10000

static uv_loop_t loop;
static uv_timer_t patience;
static uv_async_t hearing;
static struct tc_bus *listener, *leaver;
static struct tc_sub *words;
static int up, heard;

static void end(void)
{
    tc_bus_unsubscribe(&words);
    tc_bus_close(&listener);
    uv_close((uv_handle_t *)&patience, NULL);
    uv_close((uv_handle_t *)&hearing, NULL);
}

static void on_patience_ended(uv_timer_t *timer)
{
    (void)timer;
    end();
}

static void on_message(void *ctx, struct tc_msg *msg)
{
    (void)ctx;
    uv_async_send(&hearing);
    tc_msg_free(&msg);
}

static void leave(void)
{
    struct tc_sub *sub = tc_bus_subscribe(leaver, "anything", NULL);
    tc_bus_publish(leaver, &(struct tc_outgoing){.subject = "word"});
    tc_bus_unsubscribe(&sub);
    tc_bus_close(&leaver);
}

/* The first word is the listener's own: from then on the server knows that he listens. */
static void on_hearing(uv_async_t *async)
{
    (void)async;
    if (++heard == 1)
        leave();
    else
        end();
}

static void on_up(void *ctx)
{
    (void)ctx;
    if (++up == 2)
        tc_bus_publish(listener, &(struct tc_outgoing){.subject = "word"});
}

static void on_lost(void *ctx)
{
    (void)ctx;
}

static struct tc_bus *open_bus(const char *url)
{
    return tc_bus_open(&(struct tc_bus_config){
        .loop = &loop,
        .settings = &(struct tc_bus_settings){.urls = url},
        .name = "test",
        .on_message = on_message,
        .on_up = on_up,
        .on_lost = on_lost,
    });
}

static void who_closes_says_his_last_word(void **state)
{
    (void)state;
    uint16_t port = process_free_port();
    pid_t nats = process_nats(port);
    char url[64];
    snprintf(url, sizeof(url), "nats://127.0.0.1:%u", port);
    uv_loop_init(&loop);
    uv_async_init(&loop, &hearing, on_hearing);
    uv_timer_init(&loop, &patience);
    uv_timer_start(&patience, on_patience_ended, PATIENCE_MS, 0);
    listener = open_bus(url);
    words = tc_bus_subscribe(listener, "word", NULL);
    leaver = open_bus(url);
    uv_run(&loop, UV_RUN_DEFAULT);

    assert_int_equal(heard, 2);
    uv_loop_close(&loop);
    tc_bus_end();
    process_end(nats, SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_closes_says_his_last_word),
    };
    return cmocka_run_group_tests_name("bus_close", tests, NULL, NULL);
}
