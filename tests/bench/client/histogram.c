/* Buckets: 32 for each power of two. */

#include "tests/bench/client/histogram.h"

#include "shared/base/buf.h"
#include "shared/base/json.h"

#define STEPS 32 /* of a power of two */

static unsigned bucket_of(uint64_t ns)
{
    if (ns < STEPS)
        return (unsigned)ns;
    unsigned shift = 63 - (unsigned)__builtin_clzll(ns) - 5;
    unsigned bucket = (shift + 1) * STEPS + (unsigned)(ns >> shift) - STEPS;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The upper end of a bucket. */
static uint64_t ns_of(unsigned bucket)
{
    if (bucket < STEPS)
        return bucket;
    return (uint64_t)(bucket % STEPS + STEPS + 1) << (bucket / STEPS - 1);
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
    histogram->buckets[bucket_of(ns)]++;
    histogram->count++;
    if (ns > histogram->max_ns)
        histogram->max_ns = ns;
}

static int64_t percentile_us(const struct histogram *histogram, double part)
{
    uint64_t wanted = (uint64_t)((double)histogram->count * part);
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > wanted)
            return (int64_t)(ns_of(i) / 1000);
    }
    return (int64_t)(histogram->max_ns / 1000);
}

void histogram_write(const struct histogram *histogram, struct tc_buf *out, const char *key)
{
    tc_json_object(out, key);
    tc_json_int(out, "p50", percentile_us(histogram, 0.5));
    tc_json_int(out, "p90", percentile_us(histogram, 0.9));
    tc_json_int(out, "p99", percentile_us(histogram, 0.99));
    tc_json_int(out, "max", (int64_t)(histogram->max_ns / 1000));
    tc_json_end_object(out);
}
