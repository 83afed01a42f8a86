/* tincan-edge: the parts put together, and what each tells the others. */

#include <errno.h>
#include <openssl/opensslv.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "edge/api.h"
#include "edge/audience.h"
#include "edge/connections.h"
#include "edge/delivery.h"
#include "edge/drain.h"
#include "edge/edge.h"
#include "edge/hearing.h"
#include "edge/inbox.h"
#include "edge/listener.h"
#include "edge/requests.h"
#include "edge/router.h"
#include "edge/session.h"
#include "edge/site.h"
#include "edge/users.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"

#define TYPING_SWEEP_MS 250
#define BODY_BYTES (16 * 1024)

#define INBOX_MESSAGES 200000
#define INBOX_BYTES (64 * 1024 * 1024)

#define EDGE_TEXT(member, name, value, help)                                                       \
    TC_SETTING_TEXT(struct edge_settings, member, name, value, help)
#define EDGE_NUMBER(member, name, value, low, high, help)                                          \
    TC_SETTING_NUMBER(struct edge_settings, member, name, value, low, high, help)

static const struct tc_setting settings_table[] = {
    EDGE_TEXT(nats_url, "TINCAN_NATS_URL", "nats://127.0.0.1:4222", "NATS servers, by commas"),
    EDGE_TEXT(host, "TINCAN_HTTP_HOST", "127.0.0.1", "address to listen at"),
    EDGE_NUMBER(port, "TINCAN_HTTP_PORT", "8080", 0, 65535, "port to listen at; 0: any"),
    EDGE_TEXT(origins, "TINCAN_ORIGINS", "",
              "origins, by commas, whose pages may connect beside the edge's own"),
    EDGE_TEXT(web_dir, "TINCAN_WEB_DIR", "", "directory of the web client; none is served without"),
    EDGE_NUMBER(drain_ms, "TINCAN_DRAIN_MS", "5000", 0, 600000,
                "milliseconds over which clients are sent away when the edge goes"),
    {0},
};

/* The handles that are main's own. */
struct program {
    struct edge edge;
    struct listener *listener;
    struct drain *drain;
    uv_timer_t typing_sweep;
    uv_signal_t sigterm, sigint;
};

/* From the inbox, on the loop. */

static void on_message(void *user, struct tc_msg *msg)
{
    struct edge *edge = user;
    if (!requests_answer(edge->requests, msg) && !hearing_barrier(edge, tc_msg_subject(msg)))
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

static void on_typing_sweep(uv_timer_t *timer)
{
    router_sweep(timer->data, tc_mono_ms());
}

/* Beginning. */

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
    static const struct connection_ops ops = {
        .request = on_request,
        .malformed = on_malformed,
        .text = on_text,
        .binary = on_binary,
        .closed = on_closed,
    };
    edge->connections = connections_create(edge->loop, &limits, &ops, edge);
}

static void open_bus(struct edge *edge)
{
    static const struct inbox_ops inbox_ops = {.message = on_message, .overflowed = on_overflow};
    static const struct audiences_ops audience_ops = {subscribe, unsubscribe};
    const struct inbox_limits limits = {INBOX_MESSAGES, INBOX_BYTES, harmless_bytes(edge)};
    edge->inbox = inbox_create(edge->loop, &limits, &inbox_ops, edge);
    edge->bus = tc_bus_open(&(struct tc_bus_config){
        .loop = edge->loop,
        .urls = edge->settings.nats_url,
        .name = "tincan-edge",
        .on_message = on_bus_message,
        .on_up = on_bus_up,
        .on_lost = on_bus_lost,
        .ctx = edge,
    });
    edge->requests = requests_create(edge->loop, edge->bus);
    edge->audiences = audiences_create(&audience_ops, edge);
    edge->hearing = hearing_create(edge);
    edge->users = users_create(edge);
    list_init(&edge->held_users);
    list_init(&edge->verifications.waiting);
    typing_init(&edge->typing);
}

static bool open_listener(struct program *program)
{
    struct edge *edge = &program->edge;
    program->listener = listener_create(edge->loop, edge->settings.host,
                                        (uint16_t)edge->settings.port, edge->connections);
    char quoted[TC_QUOTE_SIZE];
    if (program->listener == NULL) {
        tc_log(TC_ERROR, "cannot_listen", "host=%s port=%lld reason=\"%s\"",
               tc_log_quote(edge->settings.host, quoted), (long long)edge->settings.port,
               strerror(errno));
        return false;
    }
    const char *host = edge->settings.host;
    bool v6 = strchr(host, ':') != NULL;
    tc_log(TC_INFO, "listening", "url=http://%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "",
           (unsigned)listener_port(program->listener));
    return true;
}

/* Ending. */

static void finish(struct edge *edge)
{
    struct program *program = (struct program *)(void *)edge;
    drain_free(&program->drain);
    listener_free(&program->listener);
    uv_close((uv_handle_t *)&program->typing_sweep, NULL);
    uv_close((uv_handle_t *)&program->sigterm, NULL);
    uv_close((uv_handle_t *)&program->sigint, NULL);
    tc_bus_close(&edge->bus);
    inbox_close(&edge->inbox);
    hearing_close(&edge->hearing);
    requests_close(&edge->requests);
    connections_free(&edge->connections);
    users_close(&edge->users);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct program *program = signal->data;
    if (program->drain != NULL)
        return;
    tc_log(TC_INFO, "ending", "signal=%d", number);
    listener_stop(program->listener);
    program->drain = drain_begin(&program->edge, finish);
}

static void open_signals(struct program *program)
{
    signal(SIGPIPE, SIG_IGN);
    uv_loop_t *loop = program->edge.loop;
    uv_signal_init(loop, &program->sigterm);
    uv_signal_init(loop, &program->sigint);
    program->sigterm.data = program->sigint.data = program;
    uv_signal_start(&program->sigterm, on_signal, SIGTERM);
    uv_signal_start(&program->sigint, on_signal, SIGINT);
    uv_timer_init(loop, &program->typing_sweep);
    program->typing_sweep.data = &program->edge;
    uv_timer_start(&program->typing_sweep, on_typing_sweep, TYPING_SWEEP_MS, TYPING_SWEEP_MS);
}

static int run(struct program *program)
{
    struct edge *edge = &program->edge;
    edge->loop = uv_default_loop();
    edge->site = site_load(edge->settings.web_dir);
    if (edge->site == NULL)
        return EXIT_FAILURE;
    srand((unsigned)tc_now_ms());
    open_connections(edge);
    if (!open_listener(program))
        return EXIT_FAILURE;
    open_bus(edge);
    open_signals(program);
    uv_run(edge->loop, UV_RUN_DEFAULT);
    audiences_free(&edge->audiences);
    site_free(&edge->site);
    uv_loop_close(edge->loop);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static struct program program;
    const struct tc_settings settings[] = {
        {settings_table, &program.edge.settings},
        {tc_limit_settings, &program.edge.limits},
        {0},
    };
    const struct tc_program about = {
        .name = "tincan-edge",
        .summary = "Speaks WebSocket and HTTP with clients, and NATS with the services.",
        .settings = settings,
    };
    int exit_status;
    if (!tc_program_begin(&about, argc, argv, &exit_status))
        return exit_status;
    return run(&program);
}
