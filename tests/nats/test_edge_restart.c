/*
 * NATS dies and comes back, again and again, while clients are let in: file numbers that NATS had
 * are taken by clients and the other way round. Everybody must go on talking.
 */

#include "tests/support/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "shared/bus/bus.h"
#include "shared/bus/subjects.h"
#include "tests/support/process.h"
#include "tests/support/websocket_client.h"

#define ROUNDS 8
#define NEW_CLIENTS 3 /* in each round */
#define USER "018f0000-0000-7000-8000-000000000001"
#define GROUP "018f0000-0000-7000-8000-000000000002"
#define SESSION "018f0000-0000-7000-8000-000000000003"

/* ---- Services that know one user, in one group ---- */

static struct services {
    uv_loop_t loop;
    uv_async_t stop;
    struct tc_bus *bus;
    struct tc_sub *internal, *rpc;
    pthread_t thread;
    pthread_barrier_t begun;
} services;

static const char *answer_to(const char *subject)
{
    if (strcmp(subject, "tincan.internal.auth.verify") == 0)
        return "{\"user\":{\"id\":\"" USER "\"},\"session\":{\"id\":\"" SESSION "\"}}";
    if (strcmp(subject, "tincan.internal.conversation.audiences") == 0)
        return "{\"users\":[{\"user_id\":\"" USER "\",\"groups\":[\"" GROUP "\"],\"closed\":[]}]}";
    return "{\"type\":\"group/list-response\",\"re\":\"1\",\"data\":{}}";
}

static void on_question(void *ctx, struct tc_msg *msg)
{
    (void)ctx;
    const char *answer = answer_to(tc_msg_subject(msg));
    if (tc_msg_reply(msg) != NULL)
        tc_bus_publish(services.bus, &(struct tc_outgoing){.subject = tc_msg_reply(msg),
                                                           .data = answer,
                                                           .len = strlen(answer)});
    tc_msg_free(&msg);
}

static void on_nothing(void *ctx)
{
    (void)ctx;
}

static void on_stop(uv_async_t *stop)
{
    tc_bus_unsubscribe(&services.internal);
    tc_bus_unsubscribe(&services.rpc);
    tc_bus_close(&services.bus);
    uv_close((uv_handle_t *)stop, NULL);
}

static void *run_services(void *url)
{
    uv_loop_init(&services.loop);
    uv_async_init(&services.loop, &services.stop, on_stop);
    services.bus = tc_bus_open(&(struct tc_bus_config){
        .loop = &services.loop,
        .settings = &(struct tc_bus_settings){.urls = url},
        .name = "test",
        .on_message = on_question,
        .on_up = on_nothing,
        .on_lost = on_nothing,
    });
    services.internal = tc_bus_subscribe(services.bus, "tincan.internal.>", NULL);
    services.rpc = tc_bus_subscribe(services.bus, "tincan.rpc.>", NULL);
    pthread_barrier_wait(&services.begun);
    uv_run(&services.loop, UV_RUN_DEFAULT);
    uv_loop_close(&services.loop);
    return NULL;
}

static void begin_services(char *url)
{
    pthread_barrier_init(&services.begun, NULL, 2);
    pthread_create(&services.thread, NULL, run_services, url);
    pthread_barrier_wait(&services.begun);
}

static void end_services(void)
{
    uv_async_send(&services.stop);
    pthread_join(services.thread, NULL);
    pthread_barrier_destroy(&services.begun);
}

/* ---- Somebody who never stops coming and going ---- */

static struct visitor {
    pthread_t thread;
    uint16_t port;
    atomic_bool stop;
    atomic_int visits;
} visitor;

static void *visit_again_and_again(void *unused)
{
    (void)unused;
    while (!atomic_load(&visitor.stop)) {
        struct client guest;
        client_open(&guest, visitor.port, "token");
        client_close(&guest);
        atomic_fetch_add(&visitor.visits, 1);
    }
    return NULL;
}

static void begin_visits(uint16_t port)
{
    visitor.port = port;
    pthread_create(&visitor.thread, NULL, visit_again_and_again, NULL);
}

static void end_visits(void)
{
    atomic_store(&visitor.stop, true);
    pthread_join(visitor.thread, NULL);
}

/* ---- The clients who stay ---- */

static struct client clients[ROUNDS * NEW_CLIENTS];
static size_t client_count;

/* A new one, as soon as the edge lets him in. */
static void let_one_in(uint16_t port)
{
    struct client *client = &clients[client_count++];
    while (client_open(client, port, "token") != 101)
        client_close(client);
    assert_true(client_await(client, "session/ready"));
}

static void all_ask_and_are_answered(void)
{
    for (size_t i = 0; i < client_count; i++)
        client_send(&clients[i], "{\"type\":\"group/list\",\"id\":\"1\",\"data\":{}}");
    for (size_t i = 0; i < client_count; i++)
        assert_true(client_await(&clients[i], "\"re\":\"1\",\"data\""));
}

static void all_hear_what_happens(int round)
{
    char event[64];
    int size = snprintf(event, sizeof(event), "{\"type\":\"group/edited\",\"round\":%d}", round);
    tc_bus_publish(services.bus,
                   &(struct tc_outgoing){
                       .subject = "tincan.event.group." GROUP "." GROUP ".group.edited",
                       .data = event,
                       .len = (size_t)size,
                   });
    for (size_t i = 0; i < client_count; i++)
        assert_true(client_await(&clients[i], event));
}

static void all_are_told_to_sync(void)
{
    for (size_t i = 0; i < client_count; i++)
        assert_true(client_await(&clients[i], "session/resync"));
}

static pid_t start_edge(uint16_t nats_port, uint16_t port)
{
    char nats_url[64], http_port[64];
    snprintf(nats_url, sizeof(nats_url), "TINCAN_NATS_URL=nats://127.0.0.1:%u", nats_port);
    snprintf(http_port, sizeof(http_port), "TINCAN_HTTP_PORT=%u", port);
    const char *arguments[] = {getenv("TINCAN_EDGE"), NULL};
    const char *environment[] = {nats_url,
                                 http_port,
                                 "TINCAN_CONNECTIONS=1000",
                                 "TINCAN_ADDRESS_PER_S=100000",
                                 "TINCAN_ADDRESS_BURST=100000",
                                 "TINCAN_DRAIN_MS=0",
                                 "TINCAN_LOG_LEVEL=error",
                                 NULL};
    pid_t pid = process_start(arguments, environment);
    process_await_port(pid, port);
    return pid;
}

static void everybody_talks_on_whenever_nats_comes_back(void **state)
{
    (void)state;
    uint16_t nats_port = process_free_port(), port = process_free_port();
    char url[64];
    snprintf(url, sizeof(url), "nats://127.0.0.1:%u", nats_port);
    pid_t nats = process_nats(nats_port), edge = start_edge(nats_port, port);
    begin_services(url);
    begin_visits(port);

    for (int round = 0; round < ROUNDS; round++) {
        if (round > 0) {
            process_end(nats, SIGKILL);
            nats = process_nats(nats_port);
            all_are_told_to_sync();
        }
        for (int i = 0; i < NEW_CLIENTS; i++)
            let_one_in(port);
        all_ask_and_are_answered();
        all_hear_what_happens(round);
    }

    end_visits();
    assert_true(atomic_load(&visitor.visits) > ROUNDS);
    assert_int_equal(process_end(edge, SIGTERM), 0);
    for (size_t i = 0; i < client_count; i++)
        client_close(&clients[i]);
    end_services();
    process_end(nats, SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_talks_on_whenever_nats_comes_back),
    };
    return cmocka_run_group_tests_name("edge_restart", tests, NULL, NULL);
}
