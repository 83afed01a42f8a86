/* Internal requests to services below this one. */

#include "shared/service/ask.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/monitor/metrics.h"
#include "shared/service/request_private.h"
#include "shared/service/service.h"

#define ASK_MS 1000
#define VERBS_MAX 8

static struct tc_bus *bus;
static const struct tc_request *asker;

/* How it goes, by verb: for other threads, too, as far as verb_count says. */
static struct verb {
    const char *name;
    struct tc_counter failures;
    struct tc_histogram seconds;
} verbs[VERBS_MAX];
static atomic_size_t verb_count;

static struct verb *verb_of(const char *name)
{
    size_t count = atomic_load(&verb_count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    if (count == VERBS_MAX)
        return &verbs[0];
    verbs[count].name = name;
    atomic_store(&verb_count, count + 1);
    return &verbs[count];
}

void ask_through(struct tc_bus *connection)
{
    bus = connection;
}

void ask_for(const struct tc_request *req)
{
    asker = req;
}

/* What names the request that a question is part of. */
static size_t write_headers(struct tc_header out[2])
{
    size_t count = 0;
    const char *origin = asker != NULL ? request_origin(asker) : NULL;
    if (origin != NULL)
        out[count++] = (struct tc_header){TC_HEADER_ORIGIN, origin};
    if (asker != NULL && asker->trace[0] != '\0')
        out[count++] = (struct tc_header){TC_HEADER_TRACE, asker->trace};
    return count;
}

/* {"error":{"code":…}} or whatever was answered; the status is in a header. */
static enum tc_status read_answer(struct tc_msg *reply, cJSON **answer)
{
    const char *status = tc_msg_header(reply, TC_HEADER_STATUS);
    if (status != NULL)
        return tc_status_parse(status);
    cJSON *json = cJSON_ParseWithLength(tc_msg_data(reply), tc_msg_len(reply));
    if (!cJSON_IsObject(json)) {
        cJSON_Delete(json);
        return TC_INTERNAL;
    }
    *answer = json;
    return TC_OK;
}

static enum tc_status ask(const char *verb, const struct tc_buf *question, cJSON **answer)
{
    static int64_t silent_until; /* after a time-out nobody is made to wait for another one */
    if (tc_mono_ms() < silent_until)
        return TC_UNAVAILABLE;

    char subject[TC_SUBJECT_SIZE];
    snprintf(subject, sizeof(subject), "tincan.internal.%s", verb);
    struct tc_header headers[2];
    size_t count = write_headers(headers);
    int64_t began = tc_mono_ms();
    TC_CLEANUP(tc_msg_free) struct tc_msg *reply = NULL;
    enum tc_status status = tc_bus_ask(bus,
                                       &(struct tc_outgoing){
                                           .subject = subject,
                                           .headers = headers,
                                           .header_count = count,
                                           .data = question->data,
                                           .len = question->len,
                                       },
                                       ASK_MS, &reply);
    if (status == TC_OK)
        status = read_answer(reply, answer);
    else if (tc_mono_ms() - began >= ASK_MS)
        silent_until = tc_mono_ms() + ASK_MS;
    if (status != TC_OK)
        tc_log(TC_WARN, "ask_failed", "verb=%s status=%s", verb, tc_status_name(status));
    return status;
}

enum tc_status tc_ask(const char *verb, const struct tc_buf *question, cJSON **answer)
{
    struct verb *counts = verb_of(verb);
    int64_t began_us = tc_mono_us();
    enum tc_status status = ask(verb, question, answer);
    tc_histogram_add(&counts->seconds, &tc_scale_time, (uint64_t)(tc_mono_us() - began_us));
    tc_counter_add(&counts->failures, status != TC_OK);
    return status;
}

void ask_metrics_write(struct tc_buf *out)
{
    size_t count = atomic_load(&verb_count);
    char labels[64];
    tc_metric_head(out, "tincan_service_ask_failures_total", "counter",
                   "Questions to another service that were not answered well.");
    for (size_t i = 0; i < count; i++) {
        snprintf(labels, sizeof(labels), "verb=\"%s\"", verbs[i].name);
        tc_metric_value(out, "tincan_service_ask_failures_total", labels,
                        tc_counter_get(&verbs[i].failures));
    }
    tc_metric_head(out, "tincan_service_ask_seconds", "histogram", "Questions to another service.");
    for (size_t i = 0; i < count; i++) {
        snprintf(labels, sizeof(labels), "verb=\"%s\"", verbs[i].name);
        tc_metric_histogram(out, "tincan_service_ask_seconds", labels, &verbs[i].seconds,
                            &tc_scale_time);
    }
}
