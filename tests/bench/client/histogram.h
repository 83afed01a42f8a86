/* Durations, counted in buckets that are 1/32 of their value wide or less. */
#pragma once

#include <stdint.h>

struct tc_buf;

#define HISTOGRAM_BUCKETS (40 * 32)

struct histogram {
    uint64_t count, max_ns;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);

/* "key": {"p50", "p90", "p99", "max"} in microseconds; zeros when it is empty. */
void histogram_write(const struct histogram *histogram, struct tc_buf *out, const char *key);
