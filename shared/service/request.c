/* A request as handlers see it: its answer, its events, and why it failed. */

#include "shared/service/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/operations.h"
#include "shared/service/outbox_private.h"
#include "shared/service/request_private.h"

const char *tc_request_user(const struct tc_request *req)
{
    return req->user;
}

const char *tc_request_session(const struct tc_request *req)
{
    return req->session;
}

const char *tc_request_header(const struct tc_request *req, const char *name)
{
    return req->msg != NULL ? tc_msg_header(req->msg, name) : NULL;
}

const cJSON *tc_request_data(const struct tc_request *req)
{
    return req->data;
}

const struct tc_event_subject *tc_request_subject(const struct tc_request *req)
{
    return req->listener != NULL ? &req->subject : NULL;
}

bool tc_request_is_late(const struct tc_request *req)
{
    return tc_now_ms() > req->deadline_ms;
}

void tc_request_in_outbox(struct tc_request *req, const char *row_id)
{
    memcpy(req->outbox_id, row_id, TC_ID_SIZE);
}

void tc_request_finish(struct tc_request *req, enum tc_status status)
{
    req->status = status;
    req->finished = true;
}

enum tc_status tc_request_fail(struct tc_request *req, enum tc_status status, const char *message)
{
    req->error.status = status;
    req->error.message = message;
    return status;
}

enum tc_status tc_request_fail_at(struct tc_request *req, enum tc_status status,
                                  const char *message, const char *field, ...)
{
    char text[128];
    va_list args;
    va_start(args, field);
    vsnprintf(text, sizeof(text), field, args);
    va_end(args);
    req->error.field = tc_arena_text(&req->arena, text, strlen(text));
    return tc_request_fail(req, status, message);
}

enum tc_status tc_request_retry_after(struct tc_request *req, enum tc_status status,
                                      int64_t retry_after_ms)
{
    req->error.retry_after_ms = retry_after_ms;
    return tc_request_fail(req, status, NULL);
}

void request_close_part(struct tc_request *req)
{
    if (req->open == PART_ANSWER)
        tc_buf_text(&req->answer, req->operation != NULL ? "}}" : "}");
    if (req->open == PART_EVENT) {
        tc_json_end_object(&req->payloads);
        if (req->open_error != TC_OK)
            tc_error_write(&(struct tc_error){.status = req->open_error}, &req->payloads, "error");
        tc_json_end_object(&req->payloads);
        req->events[req->event_count - 1].end = req->payloads.len;
    }
    req->open = PART_NONE;
}

struct tc_buf *tc_request_answer_as(struct tc_request *req, const char *type)
{
    request_close_part(req);
    struct tc_buf *out = &req->answer;
    tc_buf_clear(out);
    tc_json_object(out, NULL);
    if (req->operation != NULL) {
        tc_json_text(out, "type", type);
        tc_json_text(out, "re", req->correlation);
        tc_json_object(out, "data");
    }
    req->answer_type = type;
    req->open = PART_ANSWER;
    return out;
}

struct tc_buf *tc_request_answer(struct tc_request *req)
{
    return tc_request_answer_as(req, req->operation != NULL ? req->operation->answer : "");
}

static struct request_event *add_event(struct tc_request *req, const struct tc_event *event)
{
    if (req->event_count == req->event_cap) {
        req->event_cap = req->event_cap > 0 ? req->event_cap * 2 : 1;
        req->events = tc_realloc(req->events, req->event_cap * sizeof(*req->events));
    }
    struct request_event *out = &req->events[req->event_count++];
    *out = (struct request_event){.flags = event->flags};
    tc_subject_event(out->subject, (event->flags & TC_EVENT_SIGNAL) != 0, event->audience,
                     event->owner, event->about,
                     event->subject != NULL ? event->subject : event->type);
    if (event->msg_id != NULL)
        snprintf(out->msg_id, sizeof(out->msg_id), "%s", event->msg_id);
    return out;
}

struct tc_buf *tc_request_event(struct tc_request *req, const struct tc_event *event)
{
    request_close_part(req);
    struct request_event *out = add_event(req, event);
    out->begin = req->payloads.len;
    tc_buf_text(&req->payloads, "{"); /* not tc_json_object: what is before it is another payload */
    tc_json_text(&req->payloads, "type", event->type);
    tc_json_object(&req->payloads, "data");
    req->open = PART_EVENT;
    req->open_error = event->error;
    return &req->payloads;
}

void tc_request_event_also(struct tc_request *req, const struct tc_event *event)
{
    request_close_part(req);
    size_t begin = req->events[req->event_count - 1].begin;
    size_t end = req->events[req->event_count - 1].end;
    struct request_event *out = add_event(req, event);
    out->begin = begin;
    out->end = end;
}

void request_free(struct tc_request **req)
{
    struct tc_request *ended = *req;
    if (ended == NULL)
        return;
    tc_msg_free(&ended->msg);
    cJSON_Delete(ended->root);
    tc_arena_free(&ended->arena);
    tc_buf_free(&ended->answer);
    tc_buf_free(&ended->payloads);
    free(ended->events);
    free(ended->work_arg);
    free(ended);
    *req = NULL;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/*
 * An answer goes to an inbox only: else a client of NATS could have us publish where it may not.
 * And a bot's to none of TinCan's own, in which it would be the answer to somebody else. What
 * begins with _R_ is made by the NATS server alone: the way back into another account.
 */
static bool may_be_answered(const char *subject, const char *reply)
{
    if (begins(subject, "tincan.as."))
        return begins(reply, "_R_.") ||
               (begins(reply, "_INBOX.") && !begins(reply, "_INBOX.tincan-"));
    return begins(reply, "_INBOX.");
}

static const char *reply_of(const struct tc_request *req)
{
    const char *reply = tc_msg_reply(req->msg);
    return reply != NULL && may_be_answered(tc_msg_subject(req->msg), reply) ? reply : NULL;
}

/* What is not kept: typing. It goes under the asker's name. */
static void send_signal(const struct tc_request *req, const struct request_event *event,
                        struct tc_bus *bus)
{
    tc_bus_publish(bus, &(struct tc_outgoing){
                            .subject = event->subject,
                            .headers = &(struct tc_header){TC_HEADER_USER, req->user},
                            .header_count = 1,
                            .data = req->payloads.data + event->begin,
                            .len = event->end - event->begin,
                        });
}

static void send_event(const struct tc_request *req, const struct request_event *event,
                       struct tc_bus *bus, struct outbox *outbox)
{
    if ((event->flags & TC_EVENT_SIGNAL) != 0) {
        send_signal(req, event, bus);
        return;
    }
    const char *reply = reply_of(req);
    struct tc_header more[2];
    size_t count = 0;
    if ((event->flags & TC_EVENT_ORIGIN) != 0 && reply != NULL)
        more[count++] = (struct tc_header){TC_HEADER_ORIGIN, reply};
    if (req->trace[0] != '\0')
        more[count++] = (struct tc_header){TC_HEADER_TRACE, req->trace};
    tc_bus_make_room(bus); /* one request may tell a thousand users of a thousand ids */
    outbox_publish(outbox,
                   &(struct tc_outbox_event){
                       .row_id = req->outbox_id,
                       .subject = event->subject,
                       .msg_id = event->msg_id,
                       .payload = req->payloads.data + event->begin,
                       .len = event->end - event->begin,
                   },
                   more, count);
}

static void send_events(const struct tc_request *req, bool first, struct tc_bus *bus,
                        struct outbox *outbox)
{
    for (size_t i = 0; i < req->event_count; i++)
        if (((req->events[i].flags & TC_EVENT_FIRST) != 0) == first)
            send_event(req, &req->events[i], bus, outbox);
}

static void write_failure(struct tc_request *req)
{
    struct tc_error error = req->error;
    /* A reason that was noted on the way to another outcome is not the reason. */
    if (error.status != req->status)
        error = (struct tc_error){.status = req->status};
    if (error.status == TC_UNAVAILABLE && error.retry_after_ms == 0)
        error.retry_after_ms = 1000;

    tc_buf_clear(&req->answer);
    if (req->operation != NULL) {
        tc_failure_write(req->operation->failure, req->correlation, &error, &req->answer);
        return;
    }
    tc_json_object(&req->answer, NULL);
    tc_error_write(&error, &req->answer, "error");
    tc_json_end_object(&req->answer);
}

static void send_answer(struct tc_request *req, struct tc_bus *bus)
{
    const char *reply = reply_of(req);
    if (reply == NULL || req->listener != NULL)
        return;
    bool failed = req->status != TC_OK;
    struct tc_header header = {TC_HEADER_STATUS, tc_status_name(req->status)};
    tc_bus_publish(bus, &(struct tc_outgoing){
                            .subject = reply,
                            .headers = &header,
                            .header_count = failed ? 1 : 0,
                            .data = req->answer.data,
                            .len = req->answer.len,
                        });
}

void request_send(struct tc_request *req, struct tc_bus *bus, struct outbox *outbox)
{
    request_close_part(req);
    if (req->status != TC_OK) {
        req->event_count = 0;
        write_failure(req);
    } else if (req->answer_type == NULL &&
               (req->operation == NULL || req->operation->answer != NULL)) {
        tc_request_answer(req); /* an answer that has nothing to say is one all the same */
        request_close_part(req);
    }
    send_events(req, true, bus, outbox);
    send_answer(req, bus);
    send_events(req, false, bus, outbox);
}

const char *request_origin(const struct tc_request *req)
{
    bool clients = req->operation != NULL; /* what a bot calls it itself is not worth much */
    const char *origin = clients ? NULL : tc_request_header(req, TC_HEADER_ORIGIN);
    return origin != NULL || req->msg == NULL ? origin : reply_of(req);
}

void request_log(const struct tc_request *req, int64_t took_ms)
{
    enum tc_level level = req->status == TC_INTERNAL ? TC_ERROR : TC_INFO;
    const char *op = req->route != NULL      ? req->route->op
                     : req->listener != NULL ? req->listener->subject
                                             : "?";
    bool traced = req->trace[0] != '\0';
    tc_log(level, "request", "op=%s request=%s user=%s status=%s ms=%lld%s%s", op,
           tc_request_name(request_origin(req)), req->user[0] != '\0' ? req->user : "-",
           tc_status_name(req->status), (long long)took_ms, traced ? " trace=" : "", req->trace);
}
