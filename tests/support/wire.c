/* A socket pair, a loop, and a set of connections with one in it. */

#include "tests/support/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/mem.h"
#include "tests/support/unit.h"

enum { PATIENCE_S = 20, SOCKET_BUFFER = 4096, SETTLED = 20 };

static void answer(struct wire *wire, struct connection_id id)
{
    char *body = tc_alloc(wire->body_size + 1);
    connection_respond(wire->connections, id,
                       &(struct http_response){
                           .status = wire->status, .body = body, .body_size = wire->body_size});
    free(body);
}

static void on_request(void *user, struct connection_id id, const struct http_request *request)
{
    struct wire *wire = user;
    wire->id = id;
    tc_buf_printf(&wire->story, "request:%.*s", (int)request->path.size, request->path.data);
    if (request->body.size > 0)
        tc_buf_printf(&wire->story, "(%.*s)", (int)request->body.size, request->body.data);
    tc_buf_byte(&wire->story, ' ');
    if (wire->accept)
        assert_true(connection_accept(wire->connections, id, "tincan.v1"));
    else if (wire->status)
        answer(wire, id);
}

static void on_malformed(void *user, struct connection_id id, int status)
{
    struct wire *wire = user;
    tc_buf_printf(&wire->story, "malformed:%d ", status);
    if (wire->status)
        connection_respond(wire->connections, id, &(struct http_response){.status = status});
}

static void on_message(struct wire *wire, const char *kind, const char *data, size_t size)
{
    tc_buf_printf(&wire->story, "%s:%.*s ", kind, (int)size, data);
    if (wire->pause)
        connection_pause(wire->connections, wire->id);
}

static void on_text(void *user, struct connection_id id, const char *data, size_t size)
{
    ((struct wire *)user)->id = id;
    on_message(user, "text", data, size);
}

static void on_binary(void *user, struct connection_id id, const char *data, size_t size)
{
    ((struct wire *)user)->id = id;
    on_message(user, "binary", data, size);
}

static void on_closed(void *user, struct connection_id id, uint16_t code)
{
    struct wire *wire = user;
    wire->id = id;
    tc_buf_printf(&wire->story, "closed:%d ", code);
}

void wire_open_by(struct wire *wire, const struct connection_limits *limits,
                  const struct entrance *entrance)
{
    static const struct connection_ops ops = {on_request, on_malformed, on_text, on_binary,
                                              on_closed};
    struct connection_limits defaults = connection_limits_default();
    const int size = SOCKET_BUFFER;
    int ends[2];
    *wire = (struct wire){.status = 0};
    tc_buf_text(&wire->story, "");
    tc_buf_text(&wire->came, "");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    uv_loop_init(&wire->loop);
    wire->connections = connections_create(&wire->loop, limits ? limits : &defaults, &ops, wire);
    wire->client = ends[1];
    connections_add(wire->connections, ends[0], entrance);
    alarm(PATIENCE_S);
}

void wire_open(struct wire *wire, const struct connection_limits *limits)
{
    wire_open_by(wire, limits, NULL);
}

void wire_open_websocket(struct wire *wire, const struct connection_limits *limits)
{
    wire_open(wire, limits);
    wire->accept = true;
    wire_write_text(wire, WIRE_UPGRADE);
    wire_await_story(wire, "request:/ws ");
    wire_await_bytes(wire, 1);
    wire_settle(wire);
    assert_non_null(strstr(wire->came.data, "\r\n\r\n"));
    tc_buf_clear(&wire->came);
    tc_buf_clear(&wire->story);
    wire->accept = false;
}

void wire_close(struct wire *wire)
{
    if (wire->client >= 0)
        close(wire->client);
    connections_free(&wire->connections);
    uv_run(&wire->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&wire->loop), 0);
    tc_buf_free(&wire->story);
    tc_buf_free(&wire->came);
    alarm(0);
}

void wire_write(struct wire *wire, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(wire->client, bytes, size, MSG_NOSIGNAL);
        assert_true(sent > 0 || errno == EAGAIN);
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        }
        uv_run(&wire->loop, UV_RUN_NOWAIT);
    }
}

void wire_write_text(struct wire *wire, const char *text)
{
    wire_write(wire, text, strlen(text));
}

void wire_write_frame(struct wire *wire, unsigned opcode, const char *payload, size_t size)
{
    struct tc_buf bytes = {0};
    assert_true(size < 126);
    tc_buf_byte(&bytes, (char)(0x80 | opcode));
    tc_buf_byte(&bytes, (char)(0x80 | size));
    tc_buf_append(&bytes, "\0\0\0", 4);
    if (size > 0)
        tc_buf_append(&bytes, payload, size);
    wire_write(wire, bytes.data, bytes.len);
    tc_buf_free(&bytes);
}

static bool read_what_came(struct wire *wire)
{
    char bytes[4096];
    ssize_t size = wire->ended ? -1 : recv(wire->client, bytes, sizeof bytes, 0);
    if (size > 0)
        tc_buf_append(&wire->came, bytes, (size_t)size);
    if (size == 0 || (size < 0 && !wire->ended && errno == ECONNRESET))
        wire->ended = true;
    return size > 0;
}

void wire_turn(struct wire *wire)
{
    uv_run(&wire->loop, UV_RUN_NOWAIT);
    while (read_what_came(wire))
        continue;
}

void wire_settle(struct wire *wire)
{
    for (int i = 0; i < SETTLED; i++)
        wire_turn(wire);
}

void wire_await_story(struct wire *wire, const char *story)
{
    uv_run(&wire->loop, UV_RUN_NOWAIT);
    while (wire->story.len < strlen(story)) {
        uv_run(&wire->loop, UV_RUN_ONCE);
        uv_run(&wire->loop, UV_RUN_NOWAIT); /* what its wait has brought, without another one */
    }
    assert_string_equal(wire->story.data, story);
}

void wire_await_bytes(struct wire *wire, size_t size)
{
    while (wire->came.len < size && !wire->ended)
        wire_turn(wire);
    assert_true(wire->came.len >= size);
}

void wire_await_end(struct wire *wire)
{
    while (!wire->ended)
        wire_turn(wire);
}
