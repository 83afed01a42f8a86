/* The parts of an edge put together, and what each tells the others. */

#include "edge/edge.h"

#include <stdlib.h>
#include <uv.h>

#include "edge/api.h"
#include "edge/audience.h"
#include "edge/connections.h"
#include "edge/delivery.h"
#include "edge/ended.h"
#include "edge/hearing.h"
#include "edge/held.h"
#include "edge/inbox.h"
#include "edge/requests.h"
#include "edge/router.h"
#include "edge/session.h"
#include "edge/users.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/bus/bus.h"
#include "shared/monitor/discovery.h"

#define BODY_BYTES (16 * 1024)
#define INBOX_MESSAGES 200000
#define INBOX_BYTES (64 * 1024 * 1024)
#define SWEEP_MS 100

/* From the inbox, on the loop. */

static void on_message(void *user, struct tc_msg *msg)
{
    struct edge *edge = user;
    if (tc_discovery_is_asked(msg))
        tc_discovery_answer(edge->discovery, edge->bus, msg);
    else if (!requests_answer(edge->requests, msg) && !hearing_barrier(edge, tc_msg_subject(msg)))
        delivery_event(edge, msg);
    tc_msg_free(&msg);
}

static void lose(struct edge *edge)
{
    edge->metrics.nats_losses++;
    requests_lose(edge->requests);
    users_lose(edge);
}

static void on_overflow(void *user)
{
    struct edge *edge = user;
    tc_log(TC_WARN, "inbox_overflowed", "dropped=%llu",
           (unsigned long long)inbox_state(edge->inbox).dropped);
    lose(edge);
    users_return(edge);
}

/* From the bus: a message on nats.c's thread, the others on the loop. */

static void on_bus_message(void *ctx, struct tc_msg *msg)
{
    struct edge *edge = ctx;
    inbox_push(edge->inbox, msg);
}

static void on_bus_up(void *ctx)
{
    users_return(ctx);
}

static void on_bus_lost(void *ctx)
{
    lose(ctx);
}

/* From the connections. */

static void on_request(void *user, struct connection_id id, const struct http_request *request)
{
    api_request(user, id, request);
}

static void on_malformed(void *user, struct connection_id id, int status)
{
    api_malformed(user, id, status);
}

static void on_text(void *user, struct connection_id id, const char *data, size_t size)
{
    struct edge *edge = user;
    struct session *session = session_of(edge, id);
    if (session != NULL)
        router_text(edge, session, data, size);
}

static void on_binary(void *user, struct connection_id id, const char *data, size_t size)
{
    (void)data, (void)size;
    struct edge *edge = user;
    connection_close(edge->connections, id, 1003);
}

static void on_closed(void *user, struct connection_id id, uint16_t code)
{
    struct edge *edge = user;
    struct session *session = session_of(edge, id);
    if (code == 4001)
        edge->metrics.slow_closes++;
    if (session != NULL)
        session_close(edge, session);
}

static struct tc_sub *subscribe(void *ctx, const char *subject)
{
    struct edge *edge = ctx;
    return tc_bus_subscribe(edge->bus, subject, NULL);
}

static void unsubscribe(void *ctx, struct tc_sub **sub)
{
    (void)ctx;
    tc_bus_unsubscribe(sub);
}

/* What a connection may have unsent without harm; so no turn of the loop brings more than that. */
static uint32_t harmless_bytes(const struct edge *edge)
{
    uint32_t usual = connection_limits_default().signal_bytes;
    return edge->limits.unsent_bytes / 4 < usual ? (uint32_t)edge->limits.unsent_bytes / 4 : usual;
}

static void open_connections(struct edge *edge)
{
    struct connection_limits limits = connection_limits_default();
    limits.message_bytes = (uint32_t)edge->limits.frame_bytes;
    limits.unsent_bytes = (uint32_t)edge->limits.unsent_bytes;
    limits.signal_bytes = harmless_bytes(edge);
    limits.body_bytes = BODY_BYTES;
    limits.all_bytes = (size_t)edge->settings.gate.bytes;
    static const struct connection_ops ops = {
        .request = on_request,
        .malformed = on_malformed,
        .text = on_text,
        .binary = on_binary,
        .closed = on_closed,
    };
    edge->connections = connections_create(edge->loop, &limits, &ops, edge);
    edge->gate = gate_create(&edge->settings.gate);
    connections_guard(edge->connections, edge->gate);
}

static void open_bus(struct edge *edge)
{
    static const struct inbox_ops inbox_ops = {.message = on_message, .overflowed = on_overflow};
    static const struct audiences_ops audience_ops = {subscribe, unsubscribe};
    const struct inbox_limits limits = {INBOX_MESSAGES, INBOX_BYTES, harmless_bytes(edge)};
    edge->inbox = inbox_create(edge->loop, &limits, &inbox_ops, edge);
    edge->bus = tc_bus_open(&(struct tc_bus_config){
        .loop = edge->loop,
        .settings = &edge->settings.bus,
        .name = "tincan-edge",
        .on_message = on_bus_message,
        .on_up = on_bus_up,
        .on_lost = on_bus_lost,
        .ctx = edge,
    });
    edge->requests = requests_create(edge->loop, edge->bus);
    edge->audiences = audiences_create(&audience_ops, edge);
    edge->hearing = hearing_create(edge);
    edge->users = users_create();
    edge->ended = ended_create();
    edge->ends = tc_bus_subscribe(edge->bus, "tincan.event.user.*.*.session.revoked", NULL);
}

static void open_discovery(struct edge *edge)
{
    edge->discovery = tc_discovery_create(&(struct tc_discovery_config){
        .name = "tincan-edge",
        .summary = "Speaks WebSocket and HTTP with clients.",
        .url = edge->shown_at,
        .began_ms = edge->began_ms,
        .write_endpoints = metrics_write_endpoints,
        .ctx = edge,
    });
    tc_discovery_listen(edge->discovery, edge->bus, on_bus_message, edge);
}

static void on_sweep(uv_timer_t *timer)
{
    struct edge *edge = timer->data;
    int64_t now_ms = tc_mono_ms();
    hearing_sweep(edge, now_ms);
    held_sweep(edge);
    ended_sweep(edge->ended, now_ms);
    router_sweep(edge, now_ms);
    users_sweep(edge, now_ms);
    gate_sweep(edge->gate, (int64_t)uv_now(edge->loop));
}

void edge_open(struct edge *edge, struct uv_loop_s *loop)
{
    edge->loop = loop;
    edge->began_ms = tc_now_ms();
    list_init(&edge->held_users);
    list_init(&edge->verifications.waiting);
    typing_init(&edge->typing);
    open_connections(edge);
    open_bus(edge);
    open_discovery(edge);
    if (uv_timer_init(loop, &edge->sweep) != 0)
        abort();
    edge->sweep.data = edge;
    uv_timer_start(&edge->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

void edge_close(struct edge *edge)
{
    uv_close((uv_handle_t *)&edge->sweep, NULL);
    users_end(edge);
    while (requests_count(edge->requests) > 0)
        requests_lose(edge->requests);
    tc_bus_unsubscribe(&edge->ends);
    tc_bus_close(&edge->bus);
    inbox_close(&edge->inbox);
    tc_discovery_free(&edge->discovery);
    hearing_close(&edge->hearing);
    requests_close(&edge->requests);
    connections_free(&edge->connections);
    gate_free(&edge->gate);
    users_free(&edge->users);
    audiences_free(&edge->audiences);
    ended_free(&edge->ended);
}
