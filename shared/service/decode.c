/* From a NATS message to a request: who asks, for what, with which data. Nothing in it is trusted.
 */

#include "shared/service/decode.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/operations.h"
#include "shared/service/db.h"

#define WAIT_MS 5000 /* when a request names no deadline */

static const char internal[] = "tincan.internal.";

struct tc_request *request_create(struct tc_msg *msg, const struct tc_listener *listener)
{
    struct tc_request *req = tc_alloc(sizeof(*req));
    req->msg = msg;
    req->listener = listener;
    req->began_us = tc_mono_us();
    return req;
}

static const struct tc_route *find_route(const struct tc_service *service, const char *op,
                                         bool private)
{
    for (const struct tc_route *const *table = service->routes; *table != NULL; table++)
        for (const struct tc_route *row = *table; row->op != NULL; row++)
            if (((row->flags & TC_PRIVATE) != 0) == private && strcmp(row->op, op) == 0)
                return row;
    return NULL;
}

/* tincan.internal.<service>.ping, which every service answers while it has its database. */
static enum tc_status answer_ping(struct tc_request *req, struct tc_db *db)
{
    (void)req;
    return tc_db_is_up(db) ? TC_OK : TC_UNAVAILABLE;
}

static const struct tc_route ping = {.op = "ping", .handler = answer_ping, .flags = TC_PRIVATE};

static const struct tc_route *find_internal(const struct tc_service *service, const char *op)
{
    const struct tc_route *route = find_route(service, op, true);
    if (route != NULL)
        return route;
    const char *verb = strchr(op, '.');
    return verb != NULL && strcmp(verb, ".ping") == 0 ? &ping : NULL;
}

/* Copies the first two tokens of a subject's tail, joined by `joint`; false when there are not two.
 */
static bool two_tokens(const char *tail, char joint, char *out, size_t size)
{
    size_t first = strcspn(tail, ".");
    if (tail[first] == '\0')
        return false;
    size_t len = first + 1 + strcspn(tail + first + 1, ".");
    if (len >= size)
        return false;
    memcpy(out, tail, len);
    out[first] = joint;
    out[len] = '\0';
    return true;
}

static void copy_id(const char *text, char out[TC_ID_SIZE])
{
    if (text != NULL && tc_id_is_valid(text))
        memcpy(out, text, TC_ID_SIZE);
}

/* tincan.rpc.<entity>.<verb>… and tincan.as.<user>.<entity>.<verb>… */
static bool read_identity(struct tc_request *req, const char **tail)
{
    static const char rpc[] = "tincan.rpc.", as[] = "tincan.as.";
    const char *subject = tc_msg_subject(req->msg);
    if (strncmp(subject, rpc, sizeof(rpc) - 1) == 0) {
        *tail = subject + sizeof(rpc) - 1;
        copy_id(tc_msg_header(req->msg, TC_HEADER_USER), req->user);
        copy_id(tc_msg_header(req->msg, TC_HEADER_SESSION), req->session);
        return req->user[0] != '\0';
    }
    if (strncmp(subject, as, sizeof(as) - 1) != 0 || strlen(subject) < sizeof(as) + TC_ID_SIZE)
        return false;
    char user[TC_ID_SIZE] = "";
    memcpy(user, subject + sizeof(as) - 1, TC_ID_SIZE - 1);
    copy_id(user, req->user);
    *tail = subject + sizeof(as) + TC_ID_SIZE - 1;
    return req->user[0] != '\0' && (*tail)[-1] == '.';
}

static bool refuse(struct tc_request *req, enum tc_status status, const char *message)
{
    tc_request_finish(req, tc_request_fail(req, status, message));
    return true;
}

/* Whether the bytes are JSON at all; `tainted` as in shared/base/json.h. */
static bool is_json(const char *data, size_t len, bool *tainted)
{
    struct tc_json_cursor in = tc_json_read(data, len);
    tc_json_skip(&in);
    *tainted = in.tainted;
    return tc_utf8_valid(data, len) && tc_json_at_end(&in);
}

static bool parse(struct tc_request *req)
{
    req->root = cJSON_ParseWithLength(tc_msg_data(req->msg), tc_msg_len(req->msg));
    return req->root != NULL;
}

static bool decode_client(struct tc_request *req, const struct tc_service *service)
{
    const char *tail;
    char op[TC_TYPE_SIZE];
    if (!read_identity(req, &tail) || !two_tokens(tail, '/', op, sizeof(op)))
        return false;
    req->operation = tc_operation_find(op);
    req->route = req->operation != NULL ? find_route(service, op, false) : NULL;
    if (req->route == NULL)
        return false;

    struct tc_envelope envelope;
    const char *fault = NULL;
    size_t len = tc_msg_len(req->msg);
    if (!tc_utf8_valid(tc_msg_data(req->msg), len) ||
        tc_envelope_read(tc_msg_data(req->msg), len, &envelope, &fault) != TC_OK)
        return refuse(req, TC_BAD_REQUEST, fault);
    memcpy(req->correlation, envelope.id, sizeof(req->correlation));
    if (strcmp(envelope.type, op) != 0 || !envelope.has_data)
        return refuse(req, TC_BAD_REQUEST, "the message does not fit its subject");
    if (envelope.tainted || !parse(req))
        return refuse(req, TC_BAD_REQUEST,
                      "data holds U+0000, a lone surrogate, or nests deeper than 64");
    req->data = cJSON_GetObjectItemCaseSensitive(req->root, "data");
    return true;
}

bool request_is_internal(const struct tc_request *req)
{
    return strncmp(tc_msg_subject(req->msg), internal, sizeof(internal) - 1) == 0;
}

static bool decode_internal(struct tc_request *req, const struct tc_service *service)
{
    char op[TC_TYPE_SIZE];
    const char *tail = tc_msg_subject(req->msg) + sizeof(internal) - 1;
    if (!two_tokens(tail, '.', op, sizeof(op)) || (req->route = find_internal(service, op)) == NULL)
        return false;

    bool tainted;
    if (!is_json(tc_msg_data(req->msg), tc_msg_len(req->msg), &tainted) || tainted || !parse(req) ||
        !cJSON_IsObject(req->root))
        return refuse(req, TC_BAD_REQUEST, "the body must be a JSON object");
    req->data = req->root;
    return true;
}

static bool decode_event(struct tc_request *req)
{
    if (!tc_subject_parse_event(tc_msg_subject(req->msg), &req->subject))
        return false;
    bool tainted;
    if (!is_json(tc_msg_data(req->msg), tc_msg_len(req->msg), &tainted) || tainted || !parse(req))
        return false;
    req->data = cJSON_GetObjectItemCaseSensitive(req->root, "data");
    return cJSON_IsObject(req->data);
}

static int64_t read_deadline(const struct tc_request *req)
{
    int64_t now = tc_now_ms();
    const char *text = tc_msg_header(req->msg, TC_HEADER_DEADLINE);
    int64_t deadline = text != NULL ? strtoll(text, NULL, 10) : 0;
    return deadline > 0 && deadline < now + WAIT_MS ? deadline : now + WAIT_MS;
}

bool request_decode(struct tc_request *req, const struct tc_service *service)
{
    req->deadline_ms = read_deadline(req);
    const char *trace = tc_msg_header(req->msg, TC_HEADER_TRACE);
    if (trace != NULL)
        tc_trace_read(trace, strlen(trace), req->trace);
    if (req->listener != NULL)
        return decode_event(req);
    if (tc_request_is_late(req))
        return false;
    if (request_is_internal(req))
        return decode_internal(req, service);
    return decode_client(req, service);
}
