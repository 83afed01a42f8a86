/*
 * One client: what may be done with it, first as an HTTP connection, then as a WebSocket.
 *
 * A connection is named by index and generation. A name outlives what it names: every function
 * takes a stale one and does nothing, so nobody above keeps a pointer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/address.h"

struct connections;
struct frame;
struct http_request;
struct http_response;

struct connection_id {
    uint32_t index;      /* dense: may index an array of the caller's */
    uint32_t generation; /* never 0 in a name that was given out */
};

static inline bool connection_is(struct connection_id a, struct connection_id b)
{
    return a.index == b.index && a.generation == b.generation;
}

/* One pointer of the caller's for each connection; NULL at first, and for a stale name. */
void connection_set_context(struct connections *connections, struct connection_id id,
                            void *context);
void *connection_context(struct connections *connections, struct connection_id id);

/* The client's address without its port ("" once gone): the peer's, or whom a proxy named. */
void connection_address(struct connections *connections, struct connection_id id,
                        char out[ADDRESS_TEXT_SIZE]);

/* Answers the request at hand. False: the connection is gone, or has none. */
bool connection_respond(struct connections *connections, struct connection_id id,
                        const struct http_response *response);

/*
 * 101, with this subprotocol (NULL: none). From then on frames may be sent, and messages come.
 * False: the connection is gone, or its request was no upgrade (edge/handshake.h tells beforehand).
 */
bool connection_accept(struct connections *connections, struct connection_id id,
                       const char *protocol);

/*
 * Queues a reference; the caller keeps its own. All that was queued leaves in one write at the end
 * of the tick. False: gone, closing, no WebSocket, or (a signal) dropped because of a slow reader.
 */
bool connection_send(struct connections *connections, struct connection_id id, struct frame *frame);
bool connection_send_signal(struct connections *connections, struct connection_id id,
                            struct frame *frame);

/* Sends what is queued, then the close frame. Of it only `closed` is told afterwards. Before the
 * upgrade it drops the connection. */
void connection_close(struct connections *connections, struct connection_id id, uint16_t code);

/* While paused nothing is read and no message told; idle time stands still. Not counted. */
void connection_pause(struct connections *connections, struct connection_id id);
void connection_resume(struct connections *connections, struct connection_id id);
