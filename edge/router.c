/* Requests of clients: read, checked, published; answers: counted, relayed. */

#include "edge/router.h"

#include <stdlib.h>
#include <string.h>

#include "edge/edge.h"
#include "edge/frame.h"
#include "edge/hearing.h"
#include "edge/held.h"
#include "edge/requests.h"
#include "edge/session.h"
#include "edge/users.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/operations.h"
#include "shared/bus/bus.h"
#include "shared/bus/envelope.h"
#include "shared/bus/subjects.h"
#include "shared/bus/trace.h"
#include "shared/http/http.h"

#define RETRY_AFTER_MS 1000
#define PING "ping"

/* A request that waits for its answer. */
struct pending {
    struct edge *edge;
    const struct tc_operation *operation;
    struct connection_id asker;
    int64_t began_us;      /* tc_mono_us */
    uint64_t ask;          /* the user's ask that its event has caused; 0: none */
    struct frame **events; /* that say the same as the answer */
    size_t event_count;
    char conversation_id[TC_ID_SIZE];
    char id[]; /* the client's own */
};

/* What a client is told when no service could. */
static void fail(struct edge *edge, struct session *session, const struct tc_operation *operation,
                 const char *id, const struct tc_error *error)
{
    struct tc_buf out = {0};
    tc_failure_write(operation != NULL ? operation->failure : "error", id, error, &out);
    session_send_text(edge, session, &out);
    tc_buf_free(&out);
}

static void refuse(struct edge *edge, struct session *session, const struct tc_operation *operation,
                   const char *id, const struct tc_error *error)
{
    metrics_request(&edge->metrics, operation, error->status);
    fail(edge, session, operation, id, error);
}

/* Under the session's name. */
static void publish(struct edge *edge, const struct session *session, const char *type,
                    const char *conversation_id, enum typing_verdict typing,
                    struct request *request)
{
    char subject[TC_SUBJECT_SIZE];
    tc_subject_rpc(subject, type, conversation_id[0] != '\0' ? conversation_id : NULL);
    struct tc_header headers[REQUEST_HEADERS_MAX] = {
        {TC_HEADER_USER, session->user->id},
        {TC_HEADER_SESSION, session->id},
    };
    size_t count = 2;
    if (typing != TYPING_TELL)
        headers[count++] = (struct tc_header){TC_HEADER_QUIET, typing == TYPING_CHECK ? "1" : "0"};
    if (session->trace != NULL)
        headers[count++] = (struct tc_header){TC_HEADER_TRACE, session->trace};
    request->subject = subject;
    request->headers = headers;
    request->header_count = count;
    requests_ask(edge->requests, request);
}

static void ignore_answer(void *ctx, enum tc_status status, struct tc_msg *answer)
{
    (void)ctx, (void)status, (void)answer;
}

/* Ends typing that the client has not ended. */
static void end_typing(struct edge *edge, const struct session *session,
                       const char *conversation_id, bool allowed)
{
    static const char type[] = "conversation/type-end";
    struct tc_buf frame = {0};
    tc_json_object(&frame, NULL);
    tc_json_text(&frame, "type", type);
    tc_json_object(&frame, "data");
    tc_json_text(&frame, "conversation_id", conversation_id);
    tc_json_end_object(&frame);
    tc_json_end_object(&frame);
    publish(edge, session, type, conversation_id, allowed ? TYPING_TELL : TYPING_TRY,
            &(struct request){.data = frame.data, .len = frame.len, .done = ignore_answer});
    tc_buf_free(&frame);
}

void router_hold(void *request, struct frame *event)
{
    struct pending *pending = request;
    size_t size = (pending->event_count + 1) * sizeof(struct frame *);
    pending->events = tc_realloc(pending->events, size);
    pending->events[pending->event_count++] = frame_ref(event);
}

void router_expect(void *request, uint64_t ask)
{
    struct pending *pending = request;
    pending->ask = ask;
}

/* Those that tell of something new wait until it is heard, as for anybody. */
static void relay_held_events(struct pending *pending, struct session *session)
{
    for (size_t i = 0; i < pending->event_count; i++)
        held_answer(pending->edge, session->user, pending->events[i], session->connection,
                    pending->ask);
}

static void relay_failure(struct pending *pending, struct session *session, enum tc_status status,
                          struct tc_msg *answer)
{
    struct edge *edge = pending->edge;
    if (answer != NULL && tc_msg_len(answer) > 0) {
        struct frame *frame = frame_create(FRAME_TEXT, tc_msg_data(answer), tc_msg_len(answer));
        session_send(edge, session, frame);
        frame_unref(&frame);
    } else {
        fail(edge, session, pending->operation, pending->id,
             &(struct tc_error){.status = status,
                                .retry_after_ms = status == TC_UNAVAILABLE ? RETRY_AFTER_MS : 0});
    }
    if (pending->operation->flags & TC_OP_LEAVES)
        session->leaving = false;
    relay_held_events(pending, session);
}

static void relay_answer(struct pending *pending, struct session *session, struct tc_msg *answer)
{
    struct edge *edge = pending->edge;
    unsigned flags = pending->operation->flags;
    if (flags & TC_OP_LEAVES)
        connection_close(edge->connections, session->connection, 1000);
    if (pending->operation->answer == NULL)
        return;
    struct frame *frame = frame_create(FRAME_TEXT, tc_msg_data(answer), tc_msg_len(answer));
    if (flags & TC_OP_JOINS) {
        uint64_t ask = pending->ask != 0 ? pending->ask : hearing_want(edge, session->user);
        held_answer(edge, session->user, frame, session->connection, ask);
    } else {
        session_send(edge, session, frame);
    }
    frame_unref(&frame);
}

static void destroy(struct pending *pending)
{
    for (size_t i = 0; i < pending->event_count; i++)
        frame_unref(&pending->events[i]);
    free(pending->events);
    free(pending);
}

/* Counted, and at debug logged under the name by which services log it, too. */
static void note_answer(const struct pending *pending, const struct session *session,
                        enum tc_status status, const struct tc_msg *answer)
{
    int64_t took_us = tc_mono_us() - pending->began_us;
    metrics_answer(&pending->edge->metrics, pending->operation, status, (uint64_t)took_us);
    tc_log(TC_DEBUG, "request", "op=%s request=%s user=%s status=%s ms=%lld",
           pending->operation->type, answer != NULL ? tc_request_name(tc_msg_subject(answer)) : "-",
           session != NULL ? session->user->id : "-", tc_status_name(status),
           (long long)(took_us / 1000));
}

static void on_answer(void *ctx, enum tc_status status, struct tc_msg *answer)
{
    struct pending *pending = ctx;
    struct edge *edge = pending->edge;
    struct session *session = session_of(edge, pending->asker);
    note_answer(pending, session, status, answer);
    if (status == TC_OK && pending->operation->answer != NULL && tc_msg_len(answer) == 0)
        status = TC_INTERNAL;
    if (session != NULL) {
        if (status == TC_OK)
            relay_answer(pending, session, answer);
        else
            relay_failure(pending, session, status, answer);
        if (pending->operation->flags & TC_OP_TYPES)
            typing_answer(&session->typing, pending->conversation_id, status == TC_OK);
        session_count_in_flight(edge, session, -1);
    }
    destroy(pending);
}

static struct pending *pending_create(struct edge *edge, const struct session *session,
                                      const struct tc_operation *operation,
                                      const struct tc_envelope *envelope)
{
    size_t size = strlen(envelope->id) + 1;
    struct pending *pending = tc_alloc(sizeof(*pending) + size);
    pending->edge = edge;
    pending->operation = operation;
    pending->asker = session->connection;
    pending->began_us = tc_mono_us();
    memcpy(pending->conversation_id, envelope->conversation_id, TC_ID_SIZE);
    memcpy(pending->id, envelope->id, size);
    return pending;
}

/* Who posts has typed. */
static void rest(struct edge *edge, struct session *session, const char *conversation_id)
{
    enum typing_verdict verdict = typing_end(&session->typing, conversation_id);
    if (verdict != TYPING_CHECK)
        end_typing(edge, session, conversation_id, verdict == TYPING_TELL);
}

static enum typing_verdict note_typing(struct edge *edge, struct session *session,
                                       const struct tc_operation *operation,
                                       const struct tc_envelope *envelope)
{
    if (envelope->conversation_id[0] == '\0')
        return TYPING_TELL; /* which the service refuses */
    if (operation->flags & TC_OP_TYPES)
        return typing_start(&edge->typing, &session->typing, session, envelope->conversation_id,
                            tc_mono_ms(), edge->limits.typing_per_s);
    if (operation->flags & TC_OP_RESTS)
        return typing_end(&session->typing, envelope->conversation_id);
    if (operation->flags & TC_OP_POSTS)
        rest(edge, session, envelope->conversation_id);
    return TYPING_TELL;
}

static void forward(struct edge *edge, struct session *session,
                    const struct tc_operation *operation, const struct tc_envelope *envelope,
                    struct http_text frame)
{
    enum typing_verdict typing = note_typing(edge, session, operation, envelope);
    if (typing == TYPING_DROP)
        return;
    if (operation->flags & TC_OP_LEAVES)
        session->leaving = true;
    session_count_in_flight(edge, session, 1);
    publish(edge, session, operation->type, envelope->conversation_id, typing,
            &(struct request){
                .data = frame.data,
                .len = frame.size,
                .asker = session->connection,
                .done = on_answer,
                .ctx = pending_create(edge, session, operation, envelope),
            });
}

static void answer_ping(struct edge *edge, struct session *session, const char *id)
{
    struct tc_buf out = {0};
    tc_json_object(&out, NULL);
    tc_json_text(&out, "type", "pong");
    if (id[0] != '\0')
        tc_json_text(&out, "re", id);
    tc_json_end_object(&out);
    session_send_text(edge, session, &out);
    tc_buf_free(&out);
}

/* TC_OK, or what is wrong with the envelope itself. */
static struct tc_error fault_of(const struct tc_operation *operation,
                                const struct tc_envelope *envelope, bool is_ping)
{
    if (is_ping)
        return (struct tc_error){.status = TC_OK};
    if (operation == NULL)
        return (struct tc_error){.status = TC_UNKNOWN_TYPE};
    if (envelope->id[0] == '\0' && (operation->flags & TC_OP_QUIET) == 0)
        return (struct tc_error){.status = TC_BAD_REQUEST, .message = "a request needs an id"};
    if (!envelope->has_data)
        return (struct tc_error){.status = TC_BAD_REQUEST, .message = "data is missing"};
    return (struct tc_error){.status = TC_OK};
}

/* True: the frame goes no further. */
static bool is_too_often(struct edge *edge, struct session *session,
                         const struct tc_operation *operation, const char *id)
{
    bool abuse;
    int64_t wait_ms = rate_take(&session->rate, tc_mono_ms(), edge->limits.requests_per_s,
                                edge->limits.requests_burst, &abuse);
    if (wait_ms == 0)
        return false;
    refuse(edge, session, operation, id,
           &(struct tc_error){.status = TC_RATE_LIMITED, .retry_after_ms = wait_ms});
    if (abuse)
        connection_close(edge->connections, session->connection, 4002);
    return true;
}

void router_text(struct edge *edge, struct session *session, const char *data, size_t size)
{
    struct tc_envelope envelope;
    const char *fault = NULL;
    bool bad = tc_envelope_read(data, size, &envelope, &fault) != TC_OK;
    bool is_ping = !bad && strcmp(envelope.type, PING) == 0;
    const struct tc_operation *operation = bad ? NULL : tc_operation_find(envelope.type);
    if (is_too_often(edge, session, operation, envelope.id))
        return;

    struct tc_error error = bad ? (struct tc_error){.status = TC_BAD_REQUEST, .message = fault}
                                : fault_of(operation, &envelope, is_ping);
    if (error.status != TC_OK)
        refuse(edge, session, NULL, envelope.id, &error);
    else if (is_ping)
        answer_ping(edge, session, envelope.id);
    else if (!session->verified)
        refuse(edge, session, operation, envelope.id,
               &(struct tc_error){.status = TC_UNAVAILABLE, .retry_after_ms = RETRY_AFTER_MS});
    else
        forward(edge, session, operation, &envelope, (struct http_text){data, size});
}

void router_leave(struct edge *edge, struct session *session)
{
    const struct typing_entry *entry;
    while ((entry = typing_leave(&session->typing)) != NULL)
        end_typing(edge, session, entry->conversation_id, entry->allowed);
}

void router_sweep(struct edge *edge, int64_t now_ms)
{
    const struct typing_entry *entry;
    while ((entry = typing_expire(&edge->typing, now_ms)) != NULL)
        end_typing(edge, entry->owner, entry->conversation_id, entry->allowed);
}
