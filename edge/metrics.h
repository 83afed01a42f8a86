/* What an edge counts, and how Prometheus reads it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/status.h"
#include "shared/monitor/metrics.h"

struct edge;
struct tc_buf;
struct tc_operation;

#define METRICS_OPERATIONS_MAX 64
#define METRICS_STATUSES (TC_INTERNAL + 1)

/* All ever rising. */
struct metrics {
    uint64_t requests[METRICS_OPERATIONS_MAX][METRICS_STATUSES]; /* in the order of the table */
    uint64_t refused[METRICS_STATUSES];                          /* of no known type */
    struct tc_histogram seconds[METRICS_OPERATIONS_MAX];         /* of those that were asked */
    uint64_t events, deliveries;
    uint64_t signals_dropped;
    uint64_t slow_closes;
    uint64_t nats_losses;
    uint64_t resyncs;
    uint64_t asks; /* of conversation.audiences */
};

/* operation: NULL for what is none. */
void metrics_request(struct metrics *metrics, const struct tc_operation *operation,
                     enum tc_status status);

/* A service was asked, and has answered, or not, after so many microseconds. */
void metrics_answer(struct metrics *metrics, const struct tc_operation *operation,
                    enum tc_status status, uint64_t took_us);

void metrics_write(const struct edge *edge, struct tc_buf *out);

/* What clients ask for as an endpoint of $SRV (shared/monitor/discovery.h). */
void metrics_write_endpoints(void *edge, bool stats, struct tc_buf *out);
