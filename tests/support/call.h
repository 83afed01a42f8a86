#pragma once

#include "shared/service/access.h"
#include "shared/service/service.h"
#include "tests/support/unit.h"

/*
 * A request to a handler without NATS, and what came of it. Handlers run
 * through their route table; readers, facts and users are the real ones, and
 * what they would ask other services is answered as call_answers says.
 */
struct call {
    const char *op;
    const char *user;    /* NULL: an internal request */
    const char *session; /* NULL: none */
    const char *data;    /* JSON */
    bool late;           /* nobody waits for the answer any more */

    /* With TC_ACCESS: what the asker is in the conversation. */
    struct tc_access access;

    enum tc_status status;
    cJSON *answer;       /* the whole message; NULL if there is none */
    const char *field;   /* of the error, or NULL */
    const char *message; /* of the error */
    size_t event_count;
    struct call_event {
        char subject[TC_SUBJECT_SIZE];
        unsigned flags;
        const char *msg_id; /* or NULL */
        cJSON *payload;
    } events[64];
    struct tc_request *req;
};

/* Finds op in the table and runs its handler, and what follows if it gave work to another thread.
 */
void call_route(const struct tc_route *routes, struct call *call);

/* The same for a batch handler. */
void call_batch(const struct tc_route *routes, struct call *calls, size_t count);

/* Runs a listener's handler on an event: subject and payload are as published. */
void call_listener(const struct tc_listener *listener, const char *subject, struct call *call);

/* Frees what came of it; call.answer and the like are valid until then. */
void call_done(struct call *call);

/*
 * What the next request to `verb` ("group.members") is answered, once; NULL:
 * unavailable. An ask that nobody has foreseen fails the test. *asked: the question.
 */
void call_answers(const char *verb, const char *json);
const char *call_asked(void);

/* The limits that tc_limits returns; the defaults at first. */
struct tc_limits *call_limits(void);

/* A string at a path such as "data.group.name"; fails the test when it is not there. */
const char *json_text(const cJSON *json, const char *path);
double json_number(const cJSON *json, const char *path);
const cJSON *json_at(const cJSON *json, const char *path); /* NULL: not there */
