/*
 * The client's side of RFC 6455: masked frames out, whole messages in. Answers pings by itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"

struct stream;

/* Begin with an open stream, which becomes its own, and what has come on it already. */
struct websocket {
    struct stream *stream;
    struct tc_buf in;      /* bytes not used yet */
    struct tc_buf message; /* what is there of one that comes in parts */
    uint16_t close_code;   /* once it has ended: the server's, or 1006 if it said none */
};

void websocket_done(struct websocket *socket);

/* False: the connection is lost. */
bool websocket_send(struct websocket *socket, const char *text, size_t size);

enum websocket_event { WEBSOCKET_LATE, WEBSOCKET_MESSAGE, WEBSOCKET_END };

/* The next message, in *out (which is emptied first). After the end there is nothing more. */
enum websocket_event websocket_read(struct websocket *socket, int64_t deadline_ms,
                                    struct tc_buf *out);

struct websocket_frame {
    unsigned opcode;
    bool final;
    size_t head, size; /* bytes before the payload, and of it */
};

enum websocket_parse { WEBSOCKET_PART, WEBSOCKET_WHOLE, WEBSOCKET_BAD };

/* What is at the beginning of bytes from a server. Pure. */
enum websocket_parse websocket_parse(const unsigned char *bytes, size_t size,
                                     struct websocket_frame *out);

/* Appends one frame, masked. */
void websocket_write(struct tc_buf *out, unsigned opcode, const unsigned char mask[4],
                     const char *payload, size_t size);
