/* The counters, and their text. */

#include "edge/metrics.h"

#include <stdio.h>

#include "edge/audience.h"
#include "edge/connections.h"
#include "edge/edge.h"
#include "edge/inbox.h"
#include "edge/requests.h"
#include "edge/users.h"
#include "shared/base/buf.h"
#include "shared/base/operations.h"
#include "shared/bus/bus.h"
#include "shared/bus/subjects.h"
#include "shared/monitor/discovery.h"

void metrics_request(struct metrics *metrics, const struct tc_operation *operation,
                     enum tc_status status)
{
    if (operation == NULL)
        metrics->refused[status]++;
    else if (operation - tc_operations < METRICS_OPERATIONS_MAX)
        metrics->requests[operation - tc_operations][status]++;
}

void metrics_answer(struct metrics *metrics, const struct tc_operation *operation,
                    enum tc_status status, uint64_t took_us)
{
    metrics_request(metrics, operation, status);
    if (operation - tc_operations < METRICS_OPERATIONS_MAX)
        tc_histogram_add(&metrics->seconds[operation - tc_operations], &tc_scale_time, took_us);
}

static void gauge(struct tc_buf *out, const char *name, size_t value, const char *help)
{
    char full[64];
    snprintf(full, sizeof(full), "tincan_edge_%s", name);
    tc_metric_gauge(out, full, value, help);
}

static void counter(struct tc_buf *out, const char *name, uint64_t value, const char *help)
{
    char full[64];
    snprintf(full, sizeof(full), "tincan_edge_%s", name);
    tc_metric_counter(out, full, value, help);
}

static void write_outcomes(struct tc_buf *out, const char *type,
                           const uint64_t counts[METRICS_STATUSES])
{
    for (int status = 0; status < METRICS_STATUSES; status++)
        if (counts[status] > 0)
            tc_buf_printf(out, "tincan_edge_requests_total{operation=\"%s\",code=\"%s\"} %llu\n",
                          type, tc_status_name((enum tc_status)status),
                          (unsigned long long)counts[status]);
}

static void write_requests(const struct metrics *metrics, struct tc_buf *out)
{
    tc_metric_head(out, "tincan_edge_requests_total", "counter",
                   "Requests of clients, and how they ended.");
    for (size_t i = 0; i < tc_operations_count; i++)
        write_outcomes(out, tc_operations[i].type, metrics->requests[i]);
    write_outcomes(out, "none", metrics->refused);

    tc_metric_head(out, "tincan_edge_request_seconds", "histogram",
                   "From a client's request to its answer.");
    for (size_t i = 0; i < tc_operations_count; i++) {
        char labels[64];
        snprintf(labels, sizeof(labels), "operation=\"%s\"", tc_operations[i].type);
        if (tc_histogram_count(&metrics->seconds[i]) > 0)
            tc_metric_histogram(out, "tincan_edge_request_seconds", labels, &metrics->seconds[i],
                                &tc_scale_time);
    }
}

static void write_refusals(const struct gate *gate, struct tc_buf *out)
{
    tc_metric_head(out, "tincan_edge_refused_total", "counter", "Who was not let in, or shut out.");
    for (int why = GATE_OPEN + 1; why < GATE_VERDICTS; why++) {
        char labels[64];
        snprintf(labels, sizeof labels, "why=\"%s\"", gate_verdict_name((enum gate_verdict)why));
        tc_metric_value(out, "tincan_edge_refused_total", labels,
                        gate_refused(gate, (enum gate_verdict)why));
    }
}

void metrics_write(const struct edge *edge, struct tc_buf *out)
{
    const struct metrics *metrics = &edge->metrics;
    struct inbox_state inbox = inbox_state(edge->inbox);
    tc_metrics_process(out, "tincan-edge", edge->began_ms);
    gauge(out, "connections", connections_count(edge->connections), "Open connections.");
    gauge(out, "client_bytes", connections_bytes(edge->connections),
          "Bytes kept for clients: what came and is not used, what is to go.");
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
    write_refusals(edge->gate, out);
    write_requests(metrics, out);
}

/* One for each operation: its subject is where the edge asks in its client's name. */
void metrics_write_endpoints(void *ctx, bool stats, struct tc_buf *out)
{
    const struct edge *edge = ctx;
    for (size_t i = 0; i < tc_operations_count && i < METRICS_OPERATIONS_MAX; i++) {
        const uint64_t *outcomes = edge->metrics.requests[i];
        struct tc_endpoint endpoint = {
            .name = tc_operations[i].type, .queue = "", .last_error = ""};
        char subject[TC_SUBJECT_SIZE];
        tc_subject_rpc(subject, tc_operations[i].type, NULL);
        endpoint.subject = subject;
        for (int status = 0; status < METRICS_STATUSES; status++) {
            endpoint.requests += outcomes[status];
            endpoint.errors += status != TC_OK ? outcomes[status] : 0;
        }
        endpoint.took_us = tc_counter_get(&edge->metrics.seconds[i].sum);
        tc_endpoint_write(&endpoint, stats, out);
    }
}
