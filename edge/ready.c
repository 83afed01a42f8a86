/* Asks each service, and answers when the last has answered or its time is over. */

#include "edge/ready.h"

#include <stdio.h>
#include <stdlib.h>

#include "edge/edge.h"
#include "edge/reply.h"
#include "edge/requests.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/bus/subjects.h"

static const char *const services[] = {"auth", "group", "conversation", "message"};

struct check {
    struct readiness *readiness;
    enum tc_status status;
};

struct readiness {
    struct edge *edge;
    struct connection_id id;
    size_t left;
    struct check checks[TC_COUNT(services)];
};

static void answer(struct readiness *readiness)
{
    struct edge *edge = readiness->edge;
    bool nats = tc_bus_is_up(edge->bus), ready = nats && !edge->draining;
    struct tc_buf checks = {0}, out = {0};
    tc_json_object(&checks, NULL);
    tc_json_text(&checks, "nats", nats ? "ok" : "unavailable");
    for (size_t i = 0; i < TC_COUNT(services); i++) {
        enum tc_status status = readiness->checks[i].status;
        tc_json_text(&checks, services[i], tc_status_name(status));
        ready = ready && status == TC_OK;
    }
    tc_json_end_object(&checks);

    tc_json_object(&out, NULL);
    tc_json_text(&out, "status", ready ? "ok" : edge->draining ? "draining" : "unavailable");
    tc_json_raw(&out, "checks", checks.data, checks.len);
    tc_json_end_object(&out);
    reply_json(edge, readiness->id, ready ? 200 : 503, out.data, out.len);
    tc_buf_free(&checks);
    tc_buf_free(&out);
}

static void finish_one(struct readiness *readiness)
{
    if (--readiness->left > 0)
        return;
    answer(readiness);
    free(readiness);
}

static void on_pong(void *ctx, enum tc_status status, struct tc_msg *msg)
{
    (void)msg;
    struct check *check = ctx;
    check->status = status;
    finish_one(check->readiness);
}

void ready_request(struct edge *edge, struct connection_id id, const struct http_request *request)
{
    (void)request;
    struct readiness *readiness = tc_alloc(sizeof(*readiness));
    readiness->edge = edge;
    readiness->id = id;
    readiness->left = TC_COUNT(services) + 1; /* one more: until all are asked */
    for (size_t i = 0; i < TC_COUNT(services); i++) {
        char subject[TC_SUBJECT_SIZE];
        snprintf(subject, sizeof(subject), "tincan.internal.%s.ping", services[i]);
        readiness->checks[i].readiness = readiness;
        requests_ask(edge->requests, &(struct request){
                                         .subject = subject,
                                         .data = "{}",
                                         .len = 2,
                                         .brief = true,
                                         .done = on_pong,
                                         .ctx = &readiness->checks[i],
                                     });
    }
    finish_one(readiness);
}
