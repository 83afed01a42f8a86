/*
 * Socket.IO over Engine.IO 4, WebSocket from the start. The room is named when the namespace is
 * entered; the server of tests/bench/peers/socketio says to the whole room what somebody says.
 */

#include <string.h>

#include "tests/bench/client/body.h"
#include "tests/bench/client/fail.h"
#include "tests/bench/client/protocols.h"
#include "tests/bench/client/websocket.h"

static void greet(struct load *load, struct link *link)
{
    websocket_upgrade(load, link, "/socket.io/?EIO=4&transport=websocket", "");
}

static void enter(struct load *load, struct link *link)
{
    size_t begin = websocket_begin(link);
    tc_buf_printf(&link->out, "40{\"user\":%u,\"room\":%u}", link->index, room_of(load, link));
    websocket_end(load, link, begin, WEBSOCKET_TEXT);
}

static void say_pong(struct load *load, struct link *link)
{
    size_t begin = websocket_begin(link);
    tc_buf_text(&link->out, "3");
    websocket_end(load, link, begin, WEBSOCKET_TEXT);
}

static void take(struct load *load, struct link *link, char *payload, size_t size)
{
    if (size >= 2 && memcmp(payload, "42", 2) == 0 && body_take(load, link, payload, size))
        return;
    if (size >= 1 && payload[0] == '0')
        enter(load, link);
    else if (size >= 2 && memcmp(payload, "40", 2) == 0)
        load_link_joined(load, link);
    else if (size == 1 && payload[0] == '2')
        say_pong(load, link);
    else
        fail("connection %u: %.*s", link->index, (int)size, payload);
}

static size_t socketio_read(struct load *load, struct link *link, char *bytes, size_t size)
{
    static const struct websocket_reader reader = {.message = take};
    return websocket_read(load, link, bytes, size, &reader);
}

static void socketio_post(struct load *load, struct link *link, const struct stamp *stamp)
{
    size_t begin = websocket_begin(link);
    tc_buf_text(&link->out, "42[\"say\",\"");
    body_write(load, stamp, &link->out);
    tc_buf_text(&link->out, "\"]");
    websocket_end(load, link, begin, WEBSOCKET_TEXT);
}

const struct protocol protocol_socketio = {
    .name = "socketio", .greet = greet, .read = socketio_read, .post = socketio_post};
