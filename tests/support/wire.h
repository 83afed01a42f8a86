/* One connection of the edge's transport with the test at its other end, and all that is told of
 * it upwards as a line of words. */
#pragma once

#include <uv.h>

#include "edge/connections.h"
#include "edge/frame.h"
#include "shared/base/buf.h"
#include "shared/http/http.h"

#define WIRE_UPGRADE                                                                               \
    "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                 \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

struct wire {
    uv_loop_t loop;
    struct connections *connections;
    struct connection_id id; /* the last of which anything was told */
    struct tc_buf story;     /* "request:/ text:hello closed:1000 " */
    struct tc_buf came;      /* what the client has read */
    int client;              /* its socket */
    int status;              /* to answer every request with at once; 0: leave it */
    size_t body_size;        /* of that answer */
    bool accept;             /* upgrade at once instead */
    bool pause;              /* after each message */
    bool ended;              /* the client has read the end */
};

/* With small socket buffers. Limits of NULL are the defaults. */
void wire_open(struct wire *wire, const struct connection_limits *limits);
void wire_open_by(struct wire *wire, const struct connection_limits *limits,
                  const struct entrance *entrance);
void wire_close(struct wire *wire);

/* Opens, and speaks the handshake. */
void wire_open_websocket(struct wire *wire, const struct connection_limits *limits);

void wire_write(struct wire *wire, const char *bytes, size_t size);
void wire_write_text(struct wire *wire, const char *text);

/* Masked, in one piece. */
void wire_write_frame(struct wire *wire, unsigned opcode, const char *payload, size_t size);

/* Run the loop until what was told, or what came, begins so or is so long; fail after a while. */
void wire_await_story(struct wire *wire, const char *story);
void wire_await_bytes(struct wire *wire, size_t size);
void wire_await_end(struct wire *wire);

/* Runs the loop, without waiting: once, and until nothing is at hand. */
void wire_turn(struct wire *wire);
void wire_settle(struct wire *wire);
