/*
 * nats-server's WebSocket: its protocol of lines, in binary frames. Room N is the subject said.N;
 * with a stream between (protocol "jetstream") people say say.N, and what was stored comes as
 * said.N. Own messages come back like anyone's.
 */

#include <string.h>

#include "tests/bench/client/body.h"
#include "tests/bench/client/fail.h"
#include "tests/bench/client/protocols.h"
#include "tests/bench/client/websocket.h"

static void greet(struct load *load, struct link *link)
{
    websocket_upgrade(load, link, "/", "");
}

static void subscribe(struct load *load, struct link *link)
{
    size_t begin = websocket_begin(link);
    tc_buf_printf(&link->out,
                  "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":true,\"protocol\":1}\r\n"
                  "SUB said.%u 1\r\nPING\r\n",
                  room_of(load, link));
    websocket_end(load, link, begin, WEBSOCKET_BINARY);
}

static void say_pong(struct load *load, struct link *link)
{
    size_t begin = websocket_begin(link);
    tc_buf_text(&link->out, "PONG\r\n");
    websocket_end(load, link, begin, WEBSOCKET_BINARY);
}

/* MSG subject sid size, CRLF, the body, CRLF: the size of body and CRLF. */
static size_t body_size(const char *line, const char *end)
{
    size_t size = 0, unit = 1;
    for (const char *at = end - 1; at > line && *at != ' '; at--, unit *= 10)
        size += unit * (size_t)(*at - '0');
    return size + 2;
}

static const char *end_of_line(const char *bytes, size_t size)
{
    for (size_t i = 1; i < size; i++)
        if (bytes[i - 1] == '\r' && bytes[i] == '\n')
            return bytes + i - 1;
    return NULL;
}

/* One line, and the body behind it: how many bytes that is. A frame holds whole ones. */
static size_t take_line(struct load *load, struct link *link, const char *bytes, size_t size)
{
    const char *end = end_of_line(bytes, size);
    size_t line = end != NULL ? (size_t)(end + 2 - bytes) : size + 1;
    size_t body = end != NULL && memcmp(bytes, "MSG ", 4) == 0 ? body_size(bytes, end) : 0;
    if (line + body > size)
        fail("connection %u: a message in more than one frame", link->index);
    if (body > 0)
        body_take(load, link, bytes + line, body);
    else if (memcmp(bytes, "INFO", 4) == 0 && link->step++ == 0)
        subscribe(load, link);
    else if (memcmp(bytes, "PONG", 4) == 0)
        load_link_joined(load, link);
    else if (memcmp(bytes, "PING", 4) == 0)
        say_pong(load, link);
    else if (memcmp(bytes, "INFO", 4) != 0)
        fail("connection %u: %.*s", link->index, (int)(line - 2), bytes);
    return line + body;
}

static void take(struct load *load, struct link *link, char *payload, size_t size)
{
    for (size_t used = 0; used < size;)
        used += take_line(load, link, payload + used, size - used);
}

static size_t nats_read(struct load *load, struct link *link, char *bytes, size_t size)
{
    static const struct websocket_reader reader = {.message = take};
    return websocket_read(load, link, bytes, size, &reader);
}

static void publish(struct load *load, struct link *link, const char *verb,
                    const struct stamp *stamp)
{
    size_t begin = websocket_begin(link);
    tc_buf_printf(&link->out, "PUB %s.%u %lld\r\n", verb, room_of(load, link),
                  (long long)body_length(load));
    body_write(load, stamp, &link->out);
    tc_buf_text(&link->out, "\r\n");
    websocket_end(load, link, begin, WEBSOCKET_BINARY);
}

static void nats_post(struct load *load, struct link *link, const struct stamp *stamp)
{
    publish(load, link, "said", stamp);
}

static void jetstream_post(struct load *load, struct link *link, const struct stamp *stamp)
{
    publish(load, link, "say", stamp);
}

const struct protocol protocol_nats = {
    .name = "nats", .greet = greet, .read = nats_read, .post = nats_post};
const struct protocol protocol_jetstream = {
    .name = "jetstream", .greet = greet, .read = nats_read, .post = jetstream_post};
