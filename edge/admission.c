/* Upgrade, subprotocol, token; then verified, and let in or not. */

#include "edge/admission.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "edge/edge.h"
#include "edge/ended.h"
#include "edge/handshake.h"
#include "edge/reply.h"
#include "edge/session.h"
#include "edge/users.h"
#include "edge/verify.h"
#include "shared/base/mem.h"
#include "shared/bus/envelope.h"
#include "shared/http/http.h"

#define PROTOCOL "tincan.v1"
#define TOKEN_PROTOCOL "tincan.token."
#define BEARER "Bearer "

/* Someone at the door, while his token is verified. */
struct visitor {
    struct connection_id id;
    bool by_protocol; /* a browser, which cannot see the status of a refusal */
    unsigned char token_hash[TOKEN_HASH_SIZE];
    char trace[TC_TRACE_SIZE];
};

static bool has_prefix(struct http_text text, const char *prefix, bool any_case)
{
    size_t size = strlen(prefix);
    if (text.size < size)
        return false;
    return (any_case ? strncasecmp : strncmp)(text.data, prefix, size) == 0;
}

static struct http_text without(struct http_text text, size_t size)
{
    return (struct http_text){text.data + size, text.size - size};
}

static bool same(struct http_text a, struct http_text b)
{
    return a.size == b.size && strncasecmp(a.data, b.data, a.size) == 0;
}

/* A host and port, without the port that its scheme means anyway. */
static struct http_text without_port(struct http_text host, const char *port)
{
    size_t size = strlen(port);
    if (host.size > size && memcmp(host.data + host.size - size, port, size) == 0)
        host.size -= size;
    return host;
}

static bool is_own_origin(struct http_text origin, struct http_text host)
{
    bool tls = has_prefix(origin, "https://", true);
    if (!tls && !has_prefix(origin, "http://", true))
        return false;
    const char *port = tls ? ":443" : ":80";
    struct http_text origin_host = without(origin, tls ? 8 : 7);
    return host.size > 0 && same(without_port(origin_host, port), without_port(host, port));
}

bool admission_origin_allowed(struct http_text origin, struct http_text host, const char *list)
{
    if (is_own_origin(origin, host))
        return true;
    struct http_text rest = {list, strlen(list)}, item;
    while (http_list_next(&rest, &item))
        if (same(origin, item))
            return true;
    return false;
}

bool admission_bearer(const struct http_request *request, struct http_text *token)
{
    const struct http_text *value = http_header(request, "Authorization");
    if (value == NULL || http_header_count(request, "Authorization") != 1 ||
        !has_prefix(*value, BEARER, true))
        return false;
    *token = without(*value, strlen(BEARER));
    return token->size > 0;
}

/* The offered subprotocols: whether ours is among them, and a token. */
static bool read_protocols(const struct http_request *request, struct http_text *token)
{
    struct handshake_protocols offered;
    if (!handshake_protocols(request, &offered))
        return false;
    bool ours = false;
    for (size_t i = 0; i < offered.count; i++) {
        if (http_text_is(offered.items[i], PROTOCOL))
            ours = true;
        else if (has_prefix(offered.items[i], TOKEN_PROTOCOL, false))
            *token = without(offered.items[i], strlen(TOKEN_PROTOCOL));
    }
    return ours;
}

static void let_in_and_close(struct edge *edge, struct connection_id id, uint16_t code)
{
    if (connection_accept(edge->connections, id, PROTOCOL))
        connection_close(edge->connections, id, code);
}

static void turn_away(struct edge *edge, const struct visitor *visitor, enum tc_status status)
{
    bool bad = status == TC_UNAUTHENTICATED;
    if (visitor->by_protocol)
        let_in_and_close(edge, visitor->id, bad ? 4501 : 4003);
    else
        reply_error(edge, visitor->id,
                    &(struct tc_error){
                        .status = bad ? TC_UNAUTHENTICATED : TC_UNAVAILABLE,
                        .retry_after_ms = bad ? 0 : 1000,
                    });
}

static void refuse_one_more(struct edge *edge, const struct visitor *visitor,
                            const struct user *user)
{
    gate_refuse(edge->gate, GATE_USER_FULL, user->id, (int64_t)uv_now(edge->loop));
    reply_error(edge, visitor->id,
                &(struct tc_error){
                    .status = TC_RATE_LIMITED,
                    .message = "this user has too many connections here",
                    .retry_after_ms = 1000,
                });
}

static void let_in(struct edge *edge, const struct visitor *visitor,
                   const struct verified *verified)
{
    const struct user *user = users_find(edge->users, verified->user_id);
    if (user != NULL && user->session_count >= edge->limits.connections)
        refuse_one_more(edge, visitor, user);
    else if (connection_accept(edge->connections, visitor->id, PROTOCOL))
        session_open(edge, visitor->id, visitor->token_hash, verified);
    struct session *session = session_of(edge, visitor->id);
    if (session != NULL && visitor->trace[0] != '\0')
        session->trace = tc_strdup(visitor->trace);
}

static void on_verified(struct edge *edge, void *ctx, enum tc_status status,
                        const struct verified *verified)
{
    struct visitor *visitor = ctx;
    if (status == TC_OK && edge->draining)
        status = TC_UNAVAILABLE;
    if (status == TC_OK && ended_has(edge->ended, verified->session_id))
        status = TC_UNAUTHENTICATED;
    if (status == TC_OK)
        let_in(edge, visitor, verified);
    else
        turn_away(edge, visitor, status);
    free(visitor);
}

bool admission_origin_is_fine(const struct edge *edge, const struct http_request *request)
{
    const struct http_text *origin = http_header(request, "Origin");
    return origin == NULL ||
           (http_header_count(request, "Origin") == 1 &&
            admission_origin_allowed(*origin, request->host, edge->settings.origins));
}

bool admission_trace(const struct http_request *request, char out[TC_TRACE_SIZE])
{
    const struct http_text *trace = http_header(request, TC_HEADER_TRACE);
    out[0] = '\0';
    return trace != NULL && http_header_count(request, TC_HEADER_TRACE) == 1 &&
           tc_trace_read(trace->data, trace->size, out);
}

/* 0, or the HTTP status to refuse it with. */
static int fault_of(const struct http_request *request, struct http_text *token, const char **why)
{
    int status = handshake_status(request);
    if (status != 101) {
        *why = "a WebSocket upgrade (RFC 6455, version 13) is needed";
        return status;
    }
    if (!read_protocols(request, token)) {
        *why = "the subprotocol " PROTOCOL " must be offered";
        return 400;
    }
    return 0;
}

void admission_request(struct edge *edge, struct connection_id id,
                       const struct http_request *request)
{
    struct http_text token = {0}, bearer;
    const char *why = NULL;
    int fault = fault_of(request, &token, &why);
    if (fault != 0) {
        reply_error_as(edge, id, fault, fault == 426 ? HANDSHAKE_REQUIRED : NULL,
                       &(struct tc_error){.status = TC_BAD_REQUEST, .message = why});
        return;
    }
    bool by_header = admission_bearer(request, &bearer);
    if (by_header)
        token = bearer;
    if (token.size == 0) {
        reply_error(edge, id, &(struct tc_error){.status = TC_UNAUTHENTICATED});
        return;
    }
    struct visitor *visitor = tc_alloc(sizeof(*visitor));
    visitor->id = id;
    visitor->by_protocol = !by_header;
    admission_trace(request, visitor->trace);
    token_hash(token.data, token.size, visitor->token_hash);
    verify_token(edge, visitor->token_hash, on_verified, visitor);
}
