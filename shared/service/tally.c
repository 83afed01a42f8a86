/* The counts of a service, a row for each operation and each kind of event. */

#include "shared/service/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/mem.h"
#include "shared/monitor/discovery.h"
#include "shared/monitor/metrics.h"
#include "shared/service/request_private.h"

#define STATUSES (TC_INTERNAL + 1)
#define LABELS_SIZE 128

struct operation {
    const char *name; /* "group/create", "group.members", "event.group.removed" */
    struct tc_counter outcomes[STATUSES];
    struct tc_histogram seconds, batches;
    struct tc_counter last_failure; /* a status */
    const struct tc_route *route;   /* NULL: of events */
};

/* Which operation a row of the service's tables is; several may be the same one. */
struct entry {
    const void *row;
    struct operation *operation;
};

struct tally {
    struct operation *operations; /* the last one: of rows that are in no table */
    struct entry *entries;
    size_t operation_count, entry_count;
    struct tc_counter late, turned_away, work_refused;
};

static struct operation *find_or_add(struct tally *tally, const char *name)
{
    for (size_t i = 0; i < tally->operation_count; i++)
        if (strcmp(tally->operations[i].name, name) == 0)
            return &tally->operations[i];
    tally->operations[tally->operation_count].name = name;
    return &tally->operations[tally->operation_count++];
}

static struct operation *add(struct tally *tally, const void *row, const char *name)
{
    struct operation *operation = find_or_add(tally, name);
    tally->entries[tally->entry_count++] = (struct entry){row, operation};
    return operation;
}

static void add_rows(struct tally *tally, const struct tc_service *service)
{
    for (const struct tc_route *const *table = service->routes; *table != NULL; table++)
        for (const struct tc_route *row = *table; row->op != NULL; row++)
            add(tally, row, row->op)->route = row;
    for (const struct tc_listener *const *table = service->listeners;
         table != NULL && *table != NULL; table++)
        for (const struct tc_listener *row = *table; row->subject != NULL; row++)
            add(tally, row, row->subject);
}

static size_t count_rows(const struct tc_service *service)
{
    size_t count = 0;
    for (const struct tc_route *const *table = service->routes; *table != NULL; table++)
        for (const struct tc_route *row = *table; row->op != NULL; row++)
            count++;
    for (const struct tc_listener *const *table = service->listeners;
         table != NULL && *table != NULL; table++)
        for (const struct tc_listener *row = *table; row->subject != NULL; row++)
            count++;
    return count;
}

struct tally *tally_create(const struct tc_service *service)
{
    struct tally *tally = tc_alloc(sizeof(*tally));
    size_t most = count_rows(service);
    tally->operations = tc_alloc((most + 1) * sizeof(struct operation));
    tally->entries = tc_alloc(most * sizeof(struct entry));
    add_rows(tally, service);
    find_or_add(tally, "other");
    return tally;
}

void tally_free(struct tally **tally)
{
    if (*tally == NULL)
        return;
    free((*tally)->operations);
    free((*tally)->entries);
    free(*tally);
    *tally = NULL;
}

static struct operation *operation_of(struct tally *tally, const void *row)
{
    for (size_t i = 0; i < tally->entry_count; i++)
        if (tally->entries[i].row == row)
            return tally->entries[i].operation;
    return &tally->operations[tally->operation_count - 1];
}

void tally_end(struct tally *tally, const struct tc_request *req, uint64_t took_us)
{
    const void *row = req->listener != NULL ? (const void *)req->listener : req->route;
    struct operation *operation = operation_of(tally, row);
    tc_counter_add(&operation->outcomes[req->status], 1);
    if (req->status != TC_OK)
        tc_counter_set(&operation->last_failure, req->status);
    tc_histogram_add(&operation->seconds, &tc_scale_time, took_us);
}

void tally_batch(struct tally *tally, const struct tc_route *route, size_t count)
{
    tc_histogram_add(&operation_of(tally, route)->batches, &tc_scale_count, count);
}

void tally_late(struct tally *tally)
{
    tc_counter_add(&tally->late, 1);
}

void tally_turned_away(struct tally *tally)
{
    tc_counter_add(&tally->turned_away, 1);
}

void tally_work_refused(struct tally *tally)
{
    tc_counter_add(&tally->work_refused, 1);
}

static void write_outcomes(const struct operation *operation, struct tc_buf *out)
{
    char labels[LABELS_SIZE];
    for (int status = 0; status < STATUSES; status++) {
        uint64_t count = tc_counter_get(&operation->outcomes[status]);
        snprintf(labels, sizeof(labels), "operation=\"%s\",code=\"%s\"", operation->name,
                 tc_status_name((enum tc_status)status));
        if (count > 0)
            tc_metric_value(out, "tincan_service_requests_total", labels, count);
    }
}

static void write_histogram(const char *metric, const struct operation *operation,
                            const struct tc_histogram *histogram, const struct tc_scale *scale,
                            struct tc_buf *out)
{
    char labels[LABELS_SIZE];
    snprintf(labels, sizeof(labels), "operation=\"%s\"", operation->name);
    if (tc_histogram_count(histogram) > 0)
        tc_metric_histogram(out, metric, labels, histogram, scale);
}

void tally_write(const struct tally *tally, struct tc_buf *out)
{
    tc_metric_head(out, "tincan_service_requests_total", "counter",
                   "Requests, and events acted upon, by how they ended.");
    for (size_t i = 0; i < tally->operation_count; i++)
        write_outcomes(&tally->operations[i], out);
    tc_metric_head(out, "tincan_service_request_seconds", "histogram",
                   "From their coming to their end.");
    for (size_t i = 0; i < tally->operation_count; i++)
        write_histogram("tincan_service_request_seconds", &tally->operations[i],
                        &tally->operations[i].seconds, &tc_scale_time, out);
    tc_metric_head(out, "tincan_service_batch_requests", "histogram",
                   "Requests that were run together.");
    for (size_t i = 0; i < tally->operation_count; i++)
        write_histogram("tincan_service_batch_requests", &tally->operations[i],
                        &tally->operations[i].batches, &tc_scale_count, out);
    tc_metric_counter(out, "tincan_service_late_requests_total", tc_counter_get(&tally->late),
                      "Requests that nobody waited for any more.");
    tc_metric_counter(out, "tincan_service_turned_away_total", tc_counter_get(&tally->turned_away),
                      "Requests that the queue had no room for.");
    tc_metric_counter(out, "tincan_service_work_refused_total",
                      tc_counter_get(&tally->work_refused),
                      "Work that the workers' queue had no room for: log-ins.");
}

/* As what it is subscribed to. */
static void write_subject(const struct tc_service *service, const struct tc_route *route,
                          char out[TC_SUBJECT_SIZE])
{
    if ((route->flags & TC_PRIVATE) != 0)
        snprintf(out, TC_SUBJECT_SIZE, "tincan.internal.%s.>", service->name);
    else
        snprintf(out, TC_SUBJECT_SIZE, "tincan.rpc.%.*s.>", (int)strcspn(route->op, "/"),
                 route->op);
}

void tally_write_endpoints(const struct tally *tally, const struct tc_service *service, bool stats,
                           struct tc_buf *out)
{
    for (size_t i = 0; i < tally->operation_count; i++) {
        const struct operation *operation = &tally->operations[i];
        if (operation->route == NULL)
            continue;
        char subject[TC_SUBJECT_SIZE];
        write_subject(service, operation->route, subject);
        uint64_t requests = tc_histogram_count(&operation->seconds);
        uint64_t fine = tc_counter_get(&operation->outcomes[TC_OK]);
        enum tc_status last = (enum tc_status)tc_counter_get(&operation->last_failure);
        tc_endpoint_write(
            &(struct tc_endpoint){
                .name = operation->name,
                .subject = subject,
                .queue = service->name,
                .requests = requests,
                .errors = requests > fine ? requests - fine : 0,
                .took_us = tc_counter_get(&operation->seconds.sum),
                .last_error = last != TC_OK ? tc_status_name(last) : "",
            },
            stats, out);
    }
}
