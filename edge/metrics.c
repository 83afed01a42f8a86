/* The counters, and their text. */

#include "edge/metrics.h"

#include "edge/audience.h"
#include "edge/connections.h"
#include "edge/edge.h"
#include "edge/inbox.h"
#include "edge/requests.h"
#include "edge/users.h"
#include "shared/base/buf.h"
#include "shared/base/operations.h"
#include "shared/bus/bus.h"
#include "shared/monitor/metrics.h"

void metrics_request(struct metrics *metrics, const struct tc_operation *operation,
                     enum tc_status status)
{
    if (operation == NULL)
        metrics->refused[status]++;
    else if (operation - tc_operations < METRICS_OPERATIONS_MAX)
        metrics->requests[operation - tc_operations][status]++;
}

static void head(struct tc_buf *out, const char *name, const char *type, const char *help)
{
    tc_buf_printf(out, "# HELP tincan_edge_%s %s\n# TYPE tincan_edge_%s %s\n", name, help, name,
                  type);
}

static void gauge(struct tc_buf *out, const char *name, size_t value, const char *help)
{
    head(out, name, "gauge", help);
    tc_buf_printf(out, "tincan_edge_%s %zu\n", name, value);
}

static void counter(struct tc_buf *out, const char *name, uint64_t value, const char *help)
{
    head(out, name, "counter", help);
    tc_buf_printf(out, "tincan_edge_%s %llu\n", name, (unsigned long long)value);
}

static void write_outcomes(struct tc_buf *out, const char *type,
                           const uint64_t counts[METRICS_STATUSES])
{
    for (int status = 0; status < METRICS_STATUSES; status++)
        if (counts[status] > 0)
            tc_buf_printf(out, "tincan_edge_requests_total{type=\"%s\",code=\"%s\"} %llu\n", type,
                          tc_status_name((enum tc_status)status),
                          (unsigned long long)counts[status]);
}

static void write_requests(const struct metrics *metrics, struct tc_buf *out)
{
    head(out, "requests_total", "counter", "Requests of clients, by type and how they ended.");
    for (size_t i = 0; i < tc_operations_count; i++)
        write_outcomes(out, tc_operations[i].type, metrics->requests[i]);
    write_outcomes(out, "none", metrics->refused);
}

void metrics_write(const struct edge *edge, struct tc_buf *out)
{
    const struct metrics *metrics = &edge->metrics;
    struct inbox_state inbox = inbox_state(edge->inbox);
    tc_metrics_process(out, "tincan-edge", edge->began_ms);
    gauge(out, "connections", connections_count(edge->connections), "Open connections.");
    gauge(out, "users", users_count(edge->users), "Users with a WebSocket here.");
    gauge(out, "users_away", users_away(edge->users), "Users who have lost theirs just now.");
    gauge(out, "subscriptions",
          audiences_count(edge->audiences) + users_count(edge->users) + users_away(edge->users),
          "Audiences subscribed to.");
    gauge(out, "requests_in_flight", requests_count(edge->requests), "Requests unanswered.");
    gauge(out, "nats_up", tc_bus_is_up(edge->bus), "1 while NATS is there.");
    gauge(out, "inbox_messages", inbox.messages, "Messages that wait for the loop.");
    gauge(out, "inbox_bytes", inbox.bytes, "Bytes that wait for the loop.");
    counter(out, "inbox_dropped_total", inbox.dropped, "Messages that the inbox had no room for.");
    counter(out, "events_total", metrics->events, "Events and signals received.");
    counter(out, "deliveries_total", metrics->deliveries, "Events and signals given to clients.");
    counter(out, "signals_dropped_total", metrics->signals_dropped, "Signals dropped on the way.");
    counter(out, "slow_closes_total", metrics->slow_closes, "Connections closed as too slow.");
    counter(out, "nats_losses_total", metrics->nats_losses, "Times that NATS was lost.");
    counter(out, "resyncs_total", metrics->resyncs, "session/resync sent.");
    counter(out, "audience_asks_total", metrics->asks, "Questions who hears what.");
    write_requests(metrics, out);
}
