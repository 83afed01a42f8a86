/* The opening handshake of RFC 6455, seen from the server. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "shared/http/http.h"

#define HANDSHAKE_ACCEPT_SIZE 29
#define HANDSHAKE_PROTOCOLS_MAX 8

/* What an answer 426 has to say in its headers. */
#define HANDSHAKE_REQUIRED "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"

/* 101 when the request is one, else the status to refuse it with: 400, 405 or 426. */
int handshake_status(const struct http_request *request);

/* The subprotocols that are offered, in their order. */
struct handshake_protocols {
    struct http_text items[HANDSHAKE_PROTOCOLS_MAX];
    size_t count;
};

/* False if one is no token, or if there are too many. */
bool handshake_protocols(const struct http_request *request, struct handshake_protocols *out);

/* Sec-WebSocket-Accept for a request whose status is 101: 28 characters and a NUL. */
void handshake_accept(const struct http_request *request, char out[HANDSHAKE_ACCEPT_SIZE]);

/* Appends the answer 101, with this subprotocol unless it is NULL. */
void handshake_write(const char *accept, const char *protocol, struct tc_buf *out);
