/* The client's side of RFC 6455: what every protocol over WebSockets has in common. */
#pragma once

#include "tests/bench/client/load.h"

#define WEBSOCKET_TEXT 1
#define WEBSOCKET_BINARY 2

/* Queues the request for an upgrade. headers: further lines, each with its CRLF. */
void websocket_upgrade(struct load *load, struct link *link, const char *path, const char *headers);

/*
 * Reads the answer to the upgrade, then frames: pings are answered, any other's payload goes to
 * `message`. Returns how many bytes were used. `upgraded` comes once; both may be NULL.
 */
struct websocket_reader {
    void (*upgraded)(struct load *load, struct link *link);
    void (*message)(struct load *load, struct link *link, char *payload, size_t size);
};
size_t websocket_read(struct load *load, struct link *link, char *bytes, size_t size,
                      const struct websocket_reader *reader);

/* Queues a frame around what is appended to link->out in between. */
size_t websocket_begin(struct link *link);
void websocket_end(struct load *load, struct link *link, size_t begin, int opcode);
