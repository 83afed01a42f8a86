/*
 * Numbers that one thread counts and any other may read, and the text in which Prometheus reads
 * them (its exposition format 0.0.4).
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;

#define TC_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* One thread adds, by no other instructions than those of a plain sum, or sets. */
struct tc_counter {
    _Atomic uint64_t value;
};

static inline uint64_t tc_counter_get(const struct tc_counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

static inline void tc_counter_add(struct tc_counter *counter, uint64_t more)
{
    atomic_store_explicit(&counter->value, tc_counter_get(counter) + more, memory_order_relaxed);
}

static inline void tc_counter_set(struct tc_counter *counter, uint64_t value)
{
    atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

#define TC_BUCKETS_MAX 14

/* A histogram's buckets: their upper bounds, rising, and how much of that is 1 of what is shown. */
struct tc_scale {
    uint64_t bounds[TC_BUCKETS_MAX];
    size_t count;
    unsigned unit;
};

extern const struct tc_scale tc_scale_time;  /* added in microseconds, shown in seconds */
extern const struct tc_scale tc_scale_count; /* of things */

struct tc_histogram {
    struct tc_counter buckets[TC_BUCKETS_MAX + 1]; /* the last one: beyond all bounds */
    struct tc_counter sum;
};

void tc_histogram_add(struct tc_histogram *histogram, const struct tc_scale *scale, uint64_t value);
uint64_t tc_histogram_count(const struct tc_histogram *histogram);

/*
 * The text. A metric's head comes once, before all its values; labels are as they are written,
 * `code="ok",operation="group/join"`, or "".
 */
void tc_metric_head(struct tc_buf *out, const char *name, const char *type, const char *help);
void tc_metric_value(struct tc_buf *out, const char *name, const char *labels, uint64_t value);
void tc_metric_histogram(struct tc_buf *out, const char *name, const char *labels,
                         const struct tc_histogram *histogram, const struct tc_scale *scale);

/* A metric that has but one value. */
void tc_metric_gauge(struct tc_buf *out, const char *name, uint64_t value, const char *help);
void tc_metric_counter(struct tc_buf *out, const char *name, uint64_t value, const char *help);

/* What every process shows: which program it is, since when, its CPU time and its memory. */
void tc_metrics_process(struct tc_buf *out, const char *program, int64_t began_ms);
