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
#include "shared/monitor/discovery.h"
#include "shared/monitor/metrics.h"
#include "shared/service/ask.h"
#include "shared/service/db_private.h"
#include "shared/service/facts.h"
#include "shared/service/outbox_private.h"
#include "shared/service/tally.h"

struct show {
    struct tc_port *port;
    struct tc_discovery *discovery;
    const struct handler *handler;
    int64_t began_ms;
    const char *program;
};

static void write_queues(const struct handler *handler, struct tc_buf *out)
{
    tc_metric_gauge(out, "tincan_service_queue_requests",
                    queue_count(handler->inbox) + atomic_load(&handler->waiting),
                    "Requests and events that wait for the handler.");
    if (handler->workload != NULL)
        tc_metric_gauge(out, "tincan_service_work_waiting", queue_count(handler->workload),
                        "Log-ins and registrations that wait for a worker.");
}

static void write_facts(struct tc_buf *out)
{
    static const struct facts *const caches[] = {&facts_access, &facts_members};
    static const char name[] = "tincan_service_facts_total";
    char labels[64];
    tc_metric_head(out, name, "counter", "Facts of other services wanted, had or to be asked for.");
    for (size_t i = 0; i < TC_COUNT(caches); i++) {
        uint64_t hits = tc_counter_get(&caches[i]->hits);
        uint64_t misses = tc_counter_get(&caches[i]->misses);
        if (hits + misses == 0)
            continue;
        snprintf(labels, sizeof(labels), "cache=\"%s\",result=\"hit\"", caches[i]->name);
        tc_metric_value(out, name, labels, hits);
        snprintf(labels, sizeof(labels), "cache=\"%s\",result=\"miss\"", caches[i]->name);
        tc_metric_value(out, name, labels, misses);
    }
}

static int write_metrics(void *ctx, struct tc_buf *out)
{
    const struct show *show = ctx;
    const struct handler *handler = show->handler;
    tc_metrics_process(out, show->program, show->began_ms);
    tally_write(handler->tally, out);
    write_queues(handler, out);
    tc_metric_gauge(out, "tincan_service_nats_up", tc_bus_is_up(handler->bus),
                    "1 while NATS is there.");
    tc_metric_counter(out, "tincan_service_nats_losses_total", service_losses(),
                      "Times that NATS was lost.");
    db_metrics_write(handler->db, out);
    outbox_write(handler->outbox, out);
    write_facts(out);
    ask_metrics_write(out);
    if (handler->service->metrics != NULL)
        handler->service->metrics(out);
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
                       const char *program, const struct handler *handler)
{
    struct show *show = tc_alloc(sizeof(*show));
    *show = (struct show){.handler = handler, .program = program, .began_ms = tc_now_ms()};
    show->port = tc_port_open(loop, settings, pages, show);
    if (show->port != NULL)
        return show;
    free(show);
    return NULL;
}

static void write_endpoints(void *ctx, bool stats, struct tc_buf *out)
{
    const struct handler *handler = ((const struct show *)ctx)->handler;
    tally_write_endpoints(handler->tally, handler->service, stats, out);
}

/* On nats.c's thread. */
static void on_asked(void *ctx, struct tc_msg *msg)
{
    const struct show *show = ctx;
    tc_discovery_answer(show->discovery, show->handler->bus, msg);
    tc_msg_free(&msg);
}

void show_over_nats(struct show *show)
{
    show->discovery = tc_discovery_create(&(struct tc_discovery_config){
        .name = show->program,
        .summary = show->handler->service->summary,
        .url = tc_port_url(show->port),
        .began_ms = show->began_ms,
        .write_endpoints = write_endpoints,
        .ctx = show,
    });
    tc_discovery_listen(show->discovery, show->handler->bus, on_asked, show);
}

void show_close(struct show *show)
{
    tc_port_close(&show->port);
}

void show_free(struct show **show)
{
    if (*show == NULL)
        return;
    tc_discovery_free(&(*show)->discovery);
    free(*show);
    *show = NULL;
}
