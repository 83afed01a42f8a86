/*
 * The connections of one loop: sockets below, HTTP requests and WebSocket messages above. What
 * they mean (JSON, sessions, NATS) is not known here. All of it is on the loop's thread.
 */
#pragma once

#include "edge/connection.h"

struct gate;
struct tls_server;
struct uv_loop_s;

/* Bytes, and milliseconds. */
struct connection_limits {
    uint32_t message_bytes;          /* a client's message; more closes 1009 */
    uint32_t head_bytes, body_bytes; /* of an HTTP request */
    uint32_t signal_bytes;           /* unsent beyond this: signals are dropped, nothing is read */
    uint32_t unsent_bytes;           /* unsent beyond this: 4001, and the queue is thrown away */
    size_t all_bytes;                /* kept for all together; the greediest are closed 4001 */
    uint32_t head_ms, body_ms;       /* for a whole head, and a whole body: 408 */
    uint32_t ping_ms;  /* a ping after so long (and up to a fifth longer) without a sound */
    uint32_t idle_ms;  /* closed 4000 after so long without one */
    uint32_t close_ms; /* for what is left to send and the peer's close: then the socket goes */
};

/* The defaults of the protocol. */
struct connection_limits connection_limits_default(void);

/*
 * What is told upwards: always from the loop, never from within a function that was called from
 * above. All that is pointed to is borrowed until the callback returns. A message may be followed
 * by further ones of its connection in the same tick, unless it is paused or closed meanwhile.
 */
struct connection_ops {
    /* Answer by connection_respond or _accept, now or later; nothing is read until then. */
    void (*request)(void *user, struct connection_id id, const struct http_request *request);

    /* What came is no request: answer now with this status, in words of yours; then it closes. */
    void (*malformed)(void *user, struct connection_id id, int status);

    void (*text)(void *user, struct connection_id id, const char *data, size_t size); /* UTF-8 */
    void (*binary)(void *user, struct connection_id id, const char *data, size_t size);

    /* Once for each connection of which a request was told, and the last about it. The code is
     * what was sent or received, 1006 where nothing was, 0 if it never was a WebSocket. */
    void (*closed)(void *user, struct connection_id id, uint16_t code);
};

/* Copies limits and ops. */
struct connections *connections_create(struct uv_loop_s *loop,
                                       const struct connection_limits *limits,
                                       const struct connection_ops *ops, void *user);

/* Drops every socket at once and tells nobody. The loop must run on until nothing is left in it. */
void connections_free(struct connections **connections);

size_t connections_count(const struct connections *connections);

/* What came and is not used yet, and what is not sent yet: of all of them. */
size_t connections_bytes(const struct connections *connections);

/* From now on it decides who is let in; borrowed. Who is refused is told 429 or 503 by `malformed`.
 */
void connections_guard(struct connections *connections, struct gate *gate);
struct gate *connections_gate(const struct connections *connections);

/* From now on HTTP answers say "Connection: close", and who has not begun to ask has little time
 * left to: his request may be on its way. */
void connections_drain(struct connections *connections);

/* How somebody has come. */
struct entrance {
    bool proxied; /* a PROXY header comes first, and says who it is (edge/proxy.h) */
    const struct tls_server *tls; /* NULL: in clear */
    const struct address *peer;   /* else who it is, for the gate; NULL: nobody counts */
};

/* Takes over an accepted, non-blocking socket. entrance: NULL if there is nothing to say of it. */
void connections_add(struct connections *connections, int fd, const struct entrance *entrance);
