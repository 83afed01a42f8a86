/*
 * What was asked over NATS and is not answered yet. Every request ends exactly once: with its
 * answer, with the loss of NATS, or when its time is over. All of it is on the loop's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "edge/connection.h"
#include "shared/base/status.h"

struct requests;
struct tc_bus;
struct tc_header;
struct tc_msg;
struct uv_loop_s;

#define REQUEST_HEADERS_MAX 4
#define REQUEST_MS 4500       /* how long an answer may take … */
#define REQUEST_BRIEF_MS 1000 /* … and to a brief request */

/*
 * TC_OK: the answer. Otherwise why not: the answer is the service's own account of it, or NULL if
 * none came (then the status is TC_UNAVAILABLE). It is borrowed.
 */
typedef void request_done(void *ctx, enum tc_status status, struct tc_msg *answer);

/* All borrowed until requests_ask returns. */
struct request {
    const char *subject;
    const struct tc_header *headers; /* at most REQUEST_HEADERS_MAX; the deadline is added */
    size_t header_count;
    const char *data;
    size_t len;
    struct connection_id asker; /* zeroed: the edge itself */
    bool brief;
    request_done *done;
    void *ctx;
};

struct requests *requests_create(struct uv_loop_s *loop, struct tc_bus *bus);

/* Calls done later, or before it returns if NATS is away. */
void requests_ask(struct requests *requests, const struct request *request);

/* An answer: a message below our inbox. False: it is none (the caller knows what else it is). */
bool requests_answer(struct requests *requests, struct tc_msg *msg);

/* NATS was lost: all end with TC_UNAVAILABLE. */
void requests_lose(struct requests *requests);

size_t requests_count(const struct requests *requests);

/* What became of the request that an event names as its origin. */
enum request_fate {
    REQUEST_FOREIGN,     /* none of ours */
    REQUEST_WAITING,     /* not answered yet: *ctx is the request's */
    REQUEST_UNAVAILABLE, /* a client's, failed as unavailable in the last 60 s */
    REQUEST_OVER         /* else; presumably answered */
};
enum request_fate requests_fate(const struct requests *requests, const char *origin,
                                struct connection_id *asker, void **ctx);

/* Ends the timer and forgets what waits, without calling done. The loop must run on. */
void requests_close(struct requests **requests);
