/* HTTP answers. */

#include "edge/reply.h"

#include "edge/edge.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/bus/bus.h"
#include "shared/bus/envelope.h"
#include "shared/http/http.h"

#define RETRY_AFTER_MS 1000
#define PRIVATE "Cache-Control: no-store\r\n"

static const int http_statuses[] = {
    [TC_OK] = 200,
    [TC_BAD_REQUEST] = 400,
    [TC_UNKNOWN_TYPE] = 400,
    [TC_INVALID_FIELD] = 400,
    [TC_UNAUTHENTICATED] = 401,
    [TC_FORBIDDEN] = 403,
    [TC_NOT_FOUND] = 404,
    [TC_CONFLICT] = 409,
    [TC_RATE_LIMITED] = 429,
    [TC_TOO_LARGE] = 413,
    [TC_UNAVAILABLE] = 503,
    [TC_INTERNAL] = 500,
};

static const char *headers_of(int status)
{
    return status == 401 ? PRIVATE "WWW-Authenticate: Bearer\r\n" : PRIVATE;
}

static void respond(struct edge *edge, struct connection_id id, int status, const char *headers,
                    const char *json, size_t size)
{
    connection_respond(edge->connections, id,
                       &(struct http_response){
                           .status = status,
                           .content_type = status != 204 ? "application/json" : NULL,
                           .headers = headers,
                           .body = json,
                           .body_size = status != 204 ? size : 0,
                       });
}

void reply_json(struct edge *edge, struct connection_id id, int status, const char *json,
                size_t size)
{
    respond(edge, id, status, headers_of(status), json, size);
}

void reply_error_as(struct edge *edge, struct connection_id id, int http_status,
                    const char *headers, const struct tc_error *error)
{
    struct tc_buf out = {0};
    tc_json_object(&out, NULL);
    tc_error_write(error, &out, "error");
    tc_json_end_object(&out);
    respond(edge, id, http_status, headers != NULL ? headers : headers_of(http_status), out.data,
            out.len);
    tc_buf_free(&out);
}

void reply_error(struct edge *edge, struct connection_id id, const struct tc_error *error)
{
    reply_error_as(edge, id, http_statuses[error->status], NULL, error);
}

void reply_answer(struct edge *edge, struct connection_id id, int success, enum tc_status status,
                  struct tc_msg *answer)
{
    if (answer != NULL && (status == TC_OK || tc_msg_len(answer) > 0))
        reply_json(edge, id, status == TC_OK ? success : http_statuses[status], tc_msg_data(answer),
                   tc_msg_len(answer));
    else
        reply_error(edge, id,
                    &(struct tc_error){
                        .status = status,
                        .retry_after_ms = status == TC_UNAVAILABLE ? RETRY_AFTER_MS : 0,
                    });
}
