#pragma once

#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/bus/bus.h"
#include "shared/bus/envelope.h"
#include "shared/bus/trace.h"
#include "shared/service/access.h"
#include "shared/service/service.h"
#include "shared/service/window.h"

struct outbox;

/* One event that a handler has made, with its payload's place in the request's buffer. */
struct request_event {
    char subject[TC_SUBJECT_SIZE];
    unsigned flags;
    char msg_id[WINDOW_MSG_ID_SIZE]; /* "": none */
    size_t begin, end;
};

/* A request inside; for the skeleton's files and the tests' stand-in of it only. */
struct tc_request {
    struct tc_request *next;
    struct tc_msg *msg; /* NULL in tests */
    const struct tc_route *route;
    const struct tc_listener *listener;   /* of an event, and then no route */
    const struct tc_operation *operation; /* NULL in internal requests */

    char user[TC_ID_SIZE];
    char session[TC_ID_SIZE];
    char correlation[TC_CORRELATION_SIZE];
    char trace[TC_TRACE_SIZE]; /* "": none */
    struct tc_event_subject subject;
    int64_t began_us;    /* tc_mono_us */
    int64_t deadline_ms; /* tc_now_ms */

    cJSON *root;
    const cJSON *data;
    struct tc_arena arena; /* what the readers return */

    enum tc_status access_status;
    struct tc_access access;

    enum tc_status status;
    bool finished;
    struct tc_error error;
    const char *answer_type; /* NULL: no answer has been begun */
    struct tc_buf answer;
    struct tc_buf payloads; /* of all events, one behind the other */
    struct request_event *events;
    size_t event_count, event_cap;
    char outbox_id[TC_ID_SIZE];                       /* the row that has the events; "": none */
    enum { PART_NONE, PART_ANSWER, PART_EVENT } open; /* what still wants its closing braces */
    enum tc_status open_error;

    void (*work)(void *arg);
    void *work_arg;
    tc_handler *work_then;
};

/* Frees the request and the message in it. */
void request_free(struct tc_request **req);

/* Closes what a handler has begun to write. */
void request_close_part(struct tc_request *req);

/*
 * Publishes the answer and the events, in their order; drops both if it failed.
 * outbox: where the events are counted; NULL for a request that has none.
 */
void request_send(struct tc_request *req, struct tc_bus *bus, struct outbox *outbox);

/* The reply subject of the client's request that this one is part of; NULL: none. Borrowed. */
const char *request_origin(const struct tc_request *req);

/* How it ended, in one line of the log. */
void request_log(const struct tc_request *req, int64_t took_ms);
