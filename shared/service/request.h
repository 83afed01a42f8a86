#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/status.h"
#include "shared/bus/subjects.h"
#include "shared/service/fields.h"

struct tc_buf;
struct tc_db;

/*
 * A request on its way through a handler.
 *
 * The skeleton makes it from a NATS message and owns it. What a handler reads
 * from it is borrowed, and valid until the handler returns. Returning is how a
 * handler answers: the skeleton sends the one answer, whatever the status.
 */
struct tc_request;

typedef enum tc_status tc_handler(struct tc_request *req, struct tc_db *db);

/* Who asks: an id. "" in internal requests and events. */
const char *tc_request_user(const struct tc_request *req);
const char *tc_request_session(const struct tc_request *req);                  /* "" for a bot */
const char *tc_request_header(const struct tc_request *req, const char *name); /* NULL: none */
const cJSON *tc_request_data(const struct tc_request *req);

/* Of a listener's event only: its subject, taken apart; NULL in a request. */
const struct tc_event_subject *tc_request_subject(const struct tc_request *req);

/*
 * Tells the client why. Returns status, so that a handler can end with it. The
 * field is a path as printf makes it: tc_request_fail_at(req, TC_NOT_FOUND,
 * "there is no such user", "member_ids.%zu", place).
 */
enum tc_status tc_request_fail(struct tc_request *req, enum tc_status status, const char *message);
enum tc_status tc_request_fail_at(struct tc_request *req, enum tc_status status,
                                  const char *message, const char *field, ...)
    __attribute__((format(printf, 4, 5)));
enum tc_status tc_request_retry_after(struct tc_request *req, enum tc_status status,
                                      int64_t retry_after_ms);

/*
 * The answer: write the members of its `data` into the buffer returned; the
 * skeleton writes what is around them. Dropped if the handler does not return
 * TC_OK. The second form is for an answer of another type than the table's.
 */
struct tc_buf *tc_request_answer(struct tc_request *req);
struct tc_buf *tc_request_answer_as(struct tc_request *req, const char *type);

enum tc_event_flags {
    TC_EVENT_FIRST = 1 << 0,  /* before the answer: it ends or grants a right */
    TC_EVENT_ORIGIN = 1 << 1, /* says what the answer says: not for the connection that asked */
    TC_EVENT_SIGNAL = 1 << 2, /* need not be kept: typing, under the asker's name */
};

struct tc_event {
    const char *type; /* "group/joined" */
    enum tc_audience audience;
    const char *owner; /* an id: of the group, or of the user */
    const char *about; /* an id: of the conversation, group or session */
    unsigned flags;
    const char *subject; /* "member/joined": the subject's tail where it is not the type; or NULL */
    const char *msg_id;  /* Nats-Msg-Id; NULL: none */
    enum tc_status error; /* with an "error" beside its data, as group/join-failed has */
};

/*
 * An event, sent if the handler returns TC_OK: write the members of its `data`
 * into the buffer returned, before the next call about an answer or event. The
 * second form says the same to a further audience.
 */
struct tc_buf *tc_request_event(struct tc_request *req, const struct tc_event *event);
void tc_request_event_also(struct tc_request *req, const struct tc_event *event);

/*
 * The row of the outbox that has the request's events, where the service's own
 * statement has written it (outbox.h). Several requests may share one.
 */
void tc_request_in_outbox(struct tc_request *req, const char *row_id);

/*
 * Work that takes long goes to a worker thread: `run(arg)` there, then `then`
 * back on the handler's thread, which ends the request as a handler does. For a
 * handler to end with: TC_LATER, or TC_UNAVAILABLE while too much work waits.
 * `arg` must be a copy of all that is needed (data and rows are gone by then);
 * it is freed with free() when the request ends, also on TC_UNAVAILABLE.
 */
enum tc_status tc_request_work(struct tc_request *req, void (*run)(void *arg), void *arg,
                               tc_handler *then);
void *tc_request_work_arg(const struct tc_request *req);

/* In a batch handler: how this one ended. Whoever is not finished is TC_INTERNAL. */
void tc_request_finish(struct tc_request *req, enum tc_status status);

/* Just before a change is made: whether nobody waits for it any more. */
bool tc_request_is_late(const struct tc_request *req);
