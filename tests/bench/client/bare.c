/*
 * What the floors speak. A connection asks for /room/N; the answer is 101 without another word,
 * and with that it has joined. Each text frame goes, as it came, to every connection of the
 * sender's room, the sender too.
 */

#include <stdio.h>

#include "tests/bench/client/body.h"
#include "tests/bench/client/protocols.h"
#include "tests/bench/client/websocket.h"

static void bare_greet(struct load *load, struct link *link)
{
    char path[32];
    snprintf(path, sizeof(path), "/room/%u", room_of(load, link));
    websocket_upgrade(load, link, path, "");
}

static void take(struct load *load, struct link *link, char *payload, size_t size)
{
    body_take(load, link, payload, size);
}

static size_t bare_read(struct load *load, struct link *link, char *bytes, size_t size)
{
    static const struct websocket_reader reader = {.upgraded = load_link_joined, .message = take};
    return websocket_read(load, link, bytes, size, &reader);
}

static void bare_post(struct load *load, struct link *link, const struct stamp *stamp)
{
    size_t begin = websocket_begin(link);
    body_write(load, stamp, &link->out);
    websocket_end(load, link, begin, WEBSOCKET_TEXT);
}

const struct protocol protocol_bare = {
    .name = "bare", .greet = bare_greet, .read = bare_read, .post = bare_post};
