/* A connection while it speaks HTTP: one request at a time, answered before the next is read. */

#include <stdlib.h>
#include <string.h>

#include "edge/connection_parts.h"
#include "edge/handshake.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/http/http.h"

static void queue_bytes(struct connection *c, struct tc_buf *bytes)
{
    struct frame *frame = frame_create_raw(bytes->len);
    memcpy(frame->bytes, bytes->data, bytes->len);
    tc_buf_free(bytes);
    connection_queue(c, frame);
}

static void await_body(struct connection *c, const struct http_request *request)
{
    c->wanted = request->head_size + request->content_length;
    if (c->phase == PHASE_BODY)
        return;
    connection_enter(c, PHASE_BODY);
    if (!request->expects_continue)
        return;
    struct tc_buf bytes = {0};
    tc_buf_text(&bytes, "HTTP/1.1 100 Continue\r\n\r\n");
    queue_bytes(c, &bytes);
}

static void tell(struct connection *c, const struct http_request *request)
{
    c->keep = request->keep_alive;
    c->head_only = http_text_is(request->method, "HEAD");
    if (handshake_status(request) == 101) {
        c->accept = tc_alloc(HANDSHAKE_ACCEPT_SIZE);
        handshake_accept(request, c->accept);
    }
    c->wanted = 0;
    c->told = true;
    connection_enter(c, PHASE_ANSWER);
    c->set->ops.request(c->set->user, connection_id_of(c), request);
}

void connection_http_refuse(struct connection *c, int status)
{
    c->keep = c->head_only = false;
    connection_enter(c, PHASE_ANSWER);
    if (c->set->ops.malformed)
        c->set->ops.malformed(c->set->user, connection_id_of(c), status);
    if (c->phase == PHASE_ANSWER)
        connection_respond(c->set, connection_id_of(c), &(struct http_response){.status = status});
}

size_t connection_http_input(struct connection *c, const char *data, size_t size)
{
    if (c->refusal) {
        connection_http_refuse(c, connection_refusal(c));
        return size;
    }
    if (size < c->wanted)
        return 0;
    struct http_limits limits = {c->set->limits.head_bytes, c->set->limits.body_bytes};
    struct http_request request;
    int status = http_parse(data, size, &limits, &request);
    if (status == 0)
        return 0;
    if (status != 200) {
        connection_http_refuse(c, status);
        return size;
    }
    size_t whole = request.head_size + request.content_length;
    if (size < whole) {
        await_body(c, &request);
        return 0;
    }
    if (!connection_may_ask(c)) {
        connection_http_refuse(c, 429);
        return size;
    }
    request.body = (struct http_text){data + request.head_size, request.content_length};
    tell(c, &request);
    return whole;
}

static void forget_handshake(struct connection *c)
{
    free(c->accept);
    c->accept = NULL;
}

bool connection_respond(struct connections *set, struct connection_id id,
                        const struct http_response *response)
{
    struct connection *c = connection_find(set, id);
    if (!c || c->phase != PHASE_ANSWER)
        return false;
    struct http_response copy = *response;
    copy.keep_alive = c->keep && !set->draining;
    copy.head_only = c->head_only;
    struct tc_buf bytes = {0};
    http_response_write(&copy, tc_now_ms() / 1000, &bytes);
    queue_bytes(c, &bytes);
    forget_handshake(c);
    connection_enter(c, copy.keep_alive ? PHASE_HEAD : PHASE_FLUSHING);
    return true;
}

bool connection_accept(struct connections *set, struct connection_id id, const char *protocol)
{
    struct connection *c = connection_find(set, id);
    if (!c || c->phase != PHASE_ANSWER || !c->accept)
        return false;
    struct tc_buf bytes = {0};
    handshake_write(c->accept, protocol, &bytes);
    queue_bytes(c, &bytes);
    forget_handshake(c);
    connection_websocket_begin(c);
    return true;
}
