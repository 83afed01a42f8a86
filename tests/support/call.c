/* Handlers called as the skeleton calls them, with stand-ins for what is outside the process. */

#include "tests/support/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/operations.h"
#include "shared/service/facts.h"
#include "shared/service/outbox_private.h"
#include "shared/service/request_private.h"

static struct tc_limits limits = {
    .frame_bytes = 131072,
    .name = 80,
    .description = 1000,
    .body = 8000,
    .list_items = 1000,
    .participants = 1000,
    .page = 200,
    .big_group = 5000,
    .groups = 1000,
    .conversations = 10000,
    .connections = 32,
    .requests_per_s = 50,
    .requests_burst = 100,
    .in_flight = 64,
    .typing_per_s = 2,
    .unsent_bytes = 1048576,
    .login_failures_name_address = 10,
    .login_failures_name = 100,
    .login_failures_address = 30,
    .registrations_per_minute = 10,
};

/* Asks that are foreseen, in order. */
static struct {
    const char *verb;
    const char *json;
} foreseen[16];
static size_t foreseen_count, foreseen_next;
static struct tc_buf question_asked;

struct tc_limits *call_limits(void)
{
    return &limits;
}

const struct tc_limits *tc_limits(void)
{
    return &limits;
}

unsigned service_losses(void)
{
    static unsigned losses;
    return ++losses; /* no fact outlives a call: each test says what it wants known */
}

void call_answers(const char *verb, const char *json)
{
    if (foreseen_next == foreseen_count)
        foreseen_next = foreseen_count = 0;
    assert_true(foreseen_count < TC_COUNT(foreseen));
    foreseen[foreseen_count].verb = verb;
    foreseen[foreseen_count++].json = json;
}

const char *call_asked(void)
{
    return question_asked.data != NULL ? question_asked.data : "";
}

enum tc_status tc_ask(const char *verb, const struct tc_buf *question, cJSON **answer)
{
    tc_buf_clear(&question_asked);
    tc_buf_append(&question_asked, question->data, question->len);
    if (foreseen_next >= foreseen_count)
        fail_msg("nobody has foreseen an ask of %s", verb);
    assert_string_equal(verb, foreseen[foreseen_next].verb);
    const char *json = foreseen[foreseen_next++].json;
    if (json == NULL)
        return TC_UNAVAILABLE;
    *answer = cJSON_Parse(json);
    assert_non_null(*answer);
    return TC_OK;
}

/* Nothing is published here: the test looks at the events themselves. */
void outbox_publish(struct outbox *outbox, const struct tc_outbox_event *event,
                    const struct tc_header *more, size_t count)
{
    (void)outbox, (void)event, (void)more, (void)count;
}

enum tc_status tc_request_work(struct tc_request *req, void (*run)(void *arg), void *arg,
                               tc_handler *then)
{
    req->work_arg = arg;
    run(arg);
    return then(req, NULL);
}

void *tc_request_work_arg(const struct tc_request *req)
{
    return req->work_arg;
}

static const struct tc_route *find(const struct tc_route *routes, const char *op)
{
    for (; routes->op != NULL; routes++)
        if (strcmp(routes->op, op) == 0)
            return routes;
    fail_msg("no route %s", op);
    return NULL;
}

static struct tc_request *prepare(struct call *call, const struct tc_route *route)
{
    struct tc_request *req = tc_alloc(sizeof(*req));
    req->route = route;
    req->operation = call->user != NULL ? tc_operation_find(call->op) : NULL;
    snprintf(req->user, sizeof(req->user), "%s", call->user != NULL ? call->user : "");
    snprintf(req->session, sizeof(req->session), "%s", call->session != NULL ? call->session : "");
    strcpy(req->correlation, "c1");
    req->deadline_ms = tc_now_ms() + (call->late ? -1 : 5000);
    req->root = cJSON_Parse(call->data != NULL ? call->data : "{}");
    assert_non_null(req->root);
    req->data = req->root;
    req->access = call->access;
    call->req = req;
    return req;
}

static void show_events(struct call *call)
{
    const struct tc_request *req = call->req;
    call->event_count = req->event_count;
    assert_true(req->event_count <= TC_COUNT(call->events));
    for (size_t i = 0; i < req->event_count; i++) {
        const struct request_event *event = &req->events[i];
        struct call_event *out = &call->events[i];
        strcpy(out->subject, event->subject);
        out->flags = event->flags;
        out->msg_id = event->msg_id;
        out->payload =
            cJSON_ParseWithLength(req->payloads.data + event->begin, event->end - event->begin);
        assert_non_null(out->payload);
    }
}

static void show(struct call *call)
{
    struct tc_request *req = call->req;
    request_close_part(req);
    call->status = req->finished ? req->status : TC_INTERNAL;
    call->field = req->error.field;
    call->message = req->error.message;
    if (call->status != TC_OK)
        return;
    if (req->answer_type != NULL) {
        call->answer = cJSON_ParseWithLength(req->answer.data, req->answer.len);
        assert_non_null(call->answer);
    }
    show_events(call);
}

void call_route(const struct tc_route *routes, struct call *call)
{
    const struct tc_route *route = find(routes, call->op);
    if (route->batch != NULL) {
        call_batch(routes, call, 1);
        return;
    }
    struct tc_request *req = prepare(call, route);
    tc_request_finish(req, route->handler(req, NULL));
    show(call);
}

void call_batch(const struct tc_route *routes, struct call *calls, size_t count)
{
    const struct tc_route *route = find(routes, calls[0].op);
    struct tc_request **reqs = tc_alloc(count * sizeof(struct tc_request *));
    for (size_t i = 0; i < count; i++)
        reqs[i] = prepare(&calls[i], route);
    route->batch(reqs, count, NULL);
    for (size_t i = 0; i < count; i++)
        show(&calls[i]);
    free(reqs);
}

void call_listener(const struct tc_listener *listener, const char *subject, struct call *call)
{
    struct tc_request *req = prepare(call, NULL);
    req->listener = listener;
    req->data = cJSON_GetObjectItemCaseSensitive(req->root, "data");
    assert_true(tc_subject_parse_event(subject, &req->subject));
    tc_request_finish(req, listener->handler(req, NULL));
    show(call);
}

void call_done(struct call *call)
{
    cJSON_Delete(call->answer);
    for (size_t i = 0; i < call->event_count; i++)
        cJSON_Delete(call->events[i].payload);
    call->answer = NULL;
    call->event_count = 0;
    request_free(&call->req);
}

const cJSON *json_at(const cJSON *json, const char *path)
{
    char part[64];
    for (const char *rest = path; json != NULL && *rest != '\0';) {
        size_t len = strcspn(rest, ".");
        snprintf(part, sizeof(part), "%.*s", (int)len, rest);
        json = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(part))
                                   : cJSON_GetObjectItemCaseSensitive(json, part);
        rest += len + (rest[len] == '.' ? 1 : 0);
    }
    return json;
}

const char *json_text(const cJSON *json, const char *path)
{
    const cJSON *item = json_at(json, path);
    if (!cJSON_IsString(item))
        fail_msg("no text at %s", path);
    return item->valuestring;
}

double json_number(const cJSON *json, const char *path)
{
    const cJSON *item = json_at(json, path);
    if (!cJSON_IsNumber(item))
        fail_msg("no number at %s", path);
    return item->valuedouble;
}
