/* The HTTP routes, and the account requests among them. */

#include "edge/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/admission.h"
#include "edge/edge.h"
#include "edge/ready.h"
#include "edge/reply.h"
#include "edge/requests.h"
#include "edge/session.h"
#include "edge/site.h"
#include "edge/verify.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/bus/envelope.h"
#include "shared/bus/subjects.h"
#include "shared/http/http.h"

#define REFUSED_MS 1000 /* an address has two arrivals a second at least: to come, and to ask */

typedef void handler(struct edge *edge, struct connection_id id,
                     const struct http_request *request);

/* A request that a service answers. */
struct asked {
    struct edge *edge;
    struct connection_id id;
    int success;
};

static void on_answer(void *ctx, enum tc_status status, struct tc_msg *answer)
{
    struct asked *asked = ctx;
    reply_answer(asked->edge, asked->id, asked->success, status, answer);
    free(asked);
}

/* In the place of a trace that the request names. */
static void ask(struct edge *edge, struct connection_id id, const struct http_request *request,
                const char *subject, struct http_text body, int success)
{
    char address[ADDRESS_TEXT_SIZE];
    connection_address(edge->connections, id, address);
    char trace[TC_TRACE_SIZE];
    const struct tc_header headers[] = {{TC_HEADER_ADDRESS, address}, {TC_HEADER_TRACE, trace}};
    bool traced = admission_trace(request, trace);
    struct asked *asked = tc_alloc(sizeof(*asked));
    *asked = (struct asked){edge, id, success};
    requests_ask(edge->requests, &(struct request){
                                     .subject = subject,
                                     .headers = headers,
                                     .header_count = traced ? 2 : 1,
                                     .data = body.data,
                                     .len = body.size,
                                     .done = on_answer,
                                     .ctx = asked,
                                 });
}

static bool says_json(const struct http_request *request)
{
    const struct http_text *type = http_header(request, "Content-Type");
    if (type == NULL || http_header_count(request, "Content-Type") != 1)
        return false;
    const char *semicolon = memchr(type->data, ';', type->size);
    struct http_text media = *type;
    if (semicolon != NULL)
        media.size = (size_t)(semicolon - type->data);
    while (media.size > 0 &&
           (media.data[media.size - 1] == ' ' || media.data[media.size - 1] == '\t'))
        media.size--;
    return http_text_is_nocase(media, "application/json");
}

static void account(struct edge *edge, struct connection_id id, const struct http_request *request,
                    const char *subject, int success)
{
    if (!request->has_content_length)
        reply_error_as(
            edge, id, 411, NULL,
            &(struct tc_error){.status = TC_BAD_REQUEST, .message = "Content-Length is missing"});
    else if (!says_json(request))
        reply_error_as(edge, id, 415, NULL,
                       &(struct tc_error){.status = TC_BAD_REQUEST,
                                          .message = "Content-Type must be application/json"});
    else
        ask(edge, id, request, subject, request->body, success);
}

static void register_user(struct edge *edge, struct connection_id id,
                          const struct http_request *request)
{
    account(edge, id, request, "tincan.internal.auth.register", 201);
}

static void log_in(struct edge *edge, struct connection_id id, const struct http_request *request)
{
    account(edge, id, request, "tincan.internal.auth.login", 200);
}

static void log_out(struct edge *edge, struct connection_id id, const struct http_request *request)
{
    struct http_text token;
    if (!admission_bearer(request, &token)) {
        reply_error(edge, id, &(struct tc_error){.status = TC_UNAUTHENTICATED});
        return;
    }
    unsigned char hash[TOKEN_HASH_SIZE];
    char hash_text[TOKEN_TEXT_SIZE];
    token_hash(token.data, token.size, hash);
    token_hash_write(hash, hash_text);
    struct tc_buf question = {0};
    tc_json_object(&question, NULL);
    tc_json_text(&question, "token_hash", hash_text);
    tc_json_end_object(&question);
    ask(edge, id, request, "tincan.internal.auth.logout",
        (struct http_text){question.data, question.len}, 204);
    tc_buf_free(&question);
}

static void alive(struct edge *edge, struct connection_id id, const struct http_request *request)
{
    static const char body[] = "{\"status\":\"ok\"}";
    (void)request;
    reply_json(edge, id, 200, body, sizeof(body) - 1);
}

static void metrics(struct edge *edge, struct connection_id id, const struct http_request *request)
{
    (void)request;
    struct tc_buf out = {0};
    metrics_write(edge, &out);
    connection_respond(edge->connections, id,
                       &(struct http_response){
                           .status = 200,
                           .content_type = "text/plain; version=0.0.4",
                           .body = out.data,
                           .body_size = out.len,
                       });
    tc_buf_free(&out);
}

static const struct route {
    const char *path;
    const char *allow; /* the methods, as the Allow header has them */
    handler *handler;
    bool guarded; /* not for pages of other origins */
} routes[] = {
    {"/ws", "GET", admission_request, true},   {"/auth/register", "POST", register_user, true},
    {"/auth/login", "POST", log_in, true},     {"/auth/logout", "POST", log_out, true},
    {"/healthz", "GET, HEAD", alive, false},   {"/readyz", "GET, HEAD", ready_request, false},
    {"/metrics", "GET, HEAD", metrics, false},
};

static bool allows(const char *allow, struct http_text method)
{
    struct http_text rest = {allow, strlen(allow)}, item;
    while (http_list_next(&rest, &item))
        if (item.size == method.size && memcmp(item.data, method.data, item.size) == 0)
            return true;
    return false;
}

static bool permit(struct edge *edge, struct connection_id id, const struct http_request *request,
                   const char *allow)
{
    if (allows(allow, request->method))
        return true;
    char header[64];
    snprintf(header, sizeof(header), "Allow: %s\r\n", allow);
    reply_error_as(edge, id, 405, header,
                   &(struct tc_error){.status = TC_BAD_REQUEST, .message = "not by this method"});
    return false;
}

static void serve(struct edge *edge, struct connection_id id, const struct http_request *request,
                  const struct route *route)
{
    if (route->guarded && !admission_origin_is_fine(edge, request))
        reply_error(
            edge, id,
            &(struct tc_error){.status = TC_FORBIDDEN, .message = "not for pages of this Origin"});
    else if (permit(edge, id, request, route->allow))
        route->handler(edge, id, request);
}

void api_request(struct edge *edge, struct connection_id id, const struct http_request *request)
{
    for (size_t i = 0; i < TC_COUNT(routes); i++) {
        if (!http_text_is(request->path, routes[i].path))
            continue;
        serve(edge, id, request, &routes[i]);
        return;
    }
    const struct site_file *file = site_find(edge->site, request->path);
    if (file == NULL)
        reply_error(edge, id, &(struct tc_error){.status = TC_NOT_FOUND});
    else if (permit(edge, id, request, "GET, HEAD"))
        site_respond(edge, id, request, file);
}

void api_malformed(struct edge *edge, struct connection_id id, int status)
{
    struct tc_error error = {.status = TC_BAD_REQUEST};
    if (status == 413)
        error.status = TC_TOO_LARGE;
    else if (status == 503)
        error = (struct tc_error){
            .status = TC_UNAVAILABLE,
            .message = "there are too many connections here",
            .retry_after_ms = REFUSED_MS,
        };
    else if (status == 429)
        error = (struct tc_error){
            .status = TC_RATE_LIMITED,
            .message = "too many connections or requests from this address",
            .retry_after_ms = REFUSED_MS,
        };
    else
        error.message = "this is not a request that is understood here";
    reply_error_as(edge, id, status, NULL, &error);
}
