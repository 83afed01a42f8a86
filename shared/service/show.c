/* The pages of a service. */

#include "shared/service/show.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/monitor/metrics.h"
#include "shared/service/db_private.h"

struct show {
    struct tc_port *port;
    const struct handler *handler;
    int64_t began_ms;
};

static int write_metrics(void *ctx, struct tc_buf *out)
{
    const struct show *show = ctx;
    const struct handler *handler = show->handler;
    char program[64];
    snprintf(program, sizeof(program), "tincan-%s", handler->service->name);
    tc_metrics_process(out, program, show->began_ms);
    tc_metric_gauge(out, "tincan_service_nats_up", tc_bus_is_up(handler->bus),
                    "1 while NATS is there.");
    tc_metric_gauge(out, "tincan_service_database_up", db_has_connection(handler->db),
                    "1 while PostgreSQL is there.");
    tc_metric_gauge(out, "tincan_service_queue_requests", queue_count(handler->inbox),
                    "Requests and events that wait for the handler.");
    return 200;
}

static int write_health(void *ctx, struct tc_buf *out)
{
    (void)ctx;
    tc_buf_text(out, "{\"status\":\"ok\"}");
    return 200;
}

static const char *word(bool fine)
{
    return fine ? "ok" : "unavailable";
}

static int write_readiness(void *ctx, struct tc_buf *out)
{
    const struct show *show = ctx;
    const struct handler *handler = show->handler;
    bool nats = tc_bus_is_up(handler->bus), database = db_has_connection(handler->db);
    bool draining = atomic_load(&handler->draining), ready = nats && database && !draining;
    tc_json_object(out, NULL);
    tc_json_text(out, "status", draining ? "draining" : word(ready));
    tc_json_object(out, "checks");
    tc_json_text(out, "nats", word(nats));
    tc_json_text(out, "database", word(database));
    tc_json_end_object(out);
    tc_json_end_object(out);
    return ready ? 200 : 503;
}

static const struct tc_page pages[] = {
    {"/metrics", TC_METRICS_TYPE, write_metrics},
    {"/healthz", "application/json", write_health},
    {"/readyz", "application/json", write_readiness},
    {0},
};

struct show *show_open(struct uv_loop_s *loop, const struct tc_port_settings *settings,
                       const struct handler *handler)
{
    struct show *show = tc_alloc(sizeof(*show));
    *show = (struct show){.handler = handler, .began_ms = tc_now_ms()};
    show->port = tc_port_open(loop, settings, pages, show);
    if (show->port != NULL)
        return show;
    free(show);
    return NULL;
}

void show_close(struct show **show)
{
    if (*show == NULL)
        return;
    tc_port_close(&(*show)->port);
    free(*show);
    *show = NULL;
}
