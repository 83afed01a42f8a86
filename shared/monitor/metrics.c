/* Histograms, and the exposition format. */

#include "shared/monitor/metrics.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <uv.h>

#include "shared/base/buf.h"

const struct tc_scale tc_scale_time = {
    .bounds = {500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000,
               5000000},
    .count = 13,
    .unit = 1000000,
};

const struct tc_scale tc_scale_count = {
    .bounds = {1, 2, 4, 8, 16, 32, 64, 128, 256},
    .count = 9,
    .unit = 1,
};

void tc_histogram_add(struct tc_histogram *histogram, const struct tc_scale *scale, uint64_t value)
{
    size_t at = 0;
    while (at < scale->count && value > scale->bounds[at])
        at++;
    tc_counter_add(&histogram->buckets[at], 1);
    tc_counter_add(&histogram->sum, value);
}

uint64_t tc_histogram_count(const struct tc_histogram *histogram)
{
    uint64_t count = 0;
    for (size_t i = 0; i <= TC_BUCKETS_MAX; i++)
        count += tc_counter_get(&histogram->buckets[i]);
    return count;
}

void tc_metric_head(struct tc_buf *out, const char *name, const char *type, const char *help)
{
    tc_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void tc_metric_value(struct tc_buf *out, const char *name, const char *labels, uint64_t value)
{
    bool bare = labels[0] == '\0';
    tc_buf_printf(out, "%s%s%s%s %llu\n", name, bare ? "" : "{", labels, bare ? "" : "}",
                  (unsigned long long)value);
}

static double shown(uint64_t value, const struct tc_scale *scale)
{
    return (double)value / scale->unit;
}

void tc_metric_histogram(struct tc_buf *out, const char *name, const char *labels,
                         const struct tc_histogram *histogram, const struct tc_scale *scale)
{
    const char *comma = labels[0] != '\0' ? "," : "";
    unsigned long long count = 0;
    for (size_t i = 0; i < scale->count; i++) {
        count += tc_counter_get(&histogram->buckets[i]);
        tc_buf_printf(out, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, labels, comma,
                      shown(scale->bounds[i], scale), count);
    }
    count += tc_counter_get(&histogram->buckets[scale->count]);
    tc_buf_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, labels, comma, count);
    tc_buf_printf(out, "%s_sum{%s} %.6f\n", name, labels,
                  shown(tc_counter_get(&histogram->sum), scale));
    tc_buf_printf(out, "%s_count{%s} %llu\n", name, labels, count);
}

void tc_metric_gauge(struct tc_buf *out, const char *name, uint64_t value, const char *help)
{
    tc_metric_head(out, name, "gauge", help);
    tc_metric_value(out, name, "", value);
}

void tc_metric_counter(struct tc_buf *out, const char *name, uint64_t value, const char *help)
{
    tc_metric_head(out, name, "counter", help);
    tc_metric_value(out, name, "", value);
}

static double cpu_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void tc_metrics_process(struct tc_buf *out, const char *program, int64_t began_ms)
{
    size_t resident = 0;
    uv_resident_set_memory(&resident);
    tc_metric_head(out, "tincan_build_info", "gauge", "1, of the program and version that runs.");
    tc_buf_printf(out, "tincan_build_info{program=\"%s\",version=\"" TC_VERSION "\"} 1\n", program);
    tc_metric_head(out, "process_cpu_seconds_total", "counter", "CPU time used, in seconds.");
    tc_buf_printf(out, "process_cpu_seconds_total %.6f\n", cpu_seconds());
    tc_metric_gauge(out, "process_resident_memory_bytes", resident, "Memory in use, in bytes.");
    tc_metric_gauge(out, "process_start_time_seconds", (uint64_t)began_ms / 1000,
                    "When it began, in seconds since 1970.");
}
