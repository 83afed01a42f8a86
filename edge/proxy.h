/*
 * The header that a load balancer says first, to tell whom it speaks for: version 2 of HAProxy's
 * PROXY protocol. Strict, and pure: no socket.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "edge/address.h"

/* The longest that is read: addresses, and what a balancer adds about TLS or itself. */
#define PROXY_HEADER_MAX 4096

enum proxy_verdict { PROXY_NEEDS_MORE, PROXY_GOOD, PROXY_BAD };

struct proxy_header {
    size_t size;           /* of all of it */
    bool has_client;       /* else it speaks for itself (a health check), or does not know */
    struct address client; /* where the client's connection comes from */
};

/* Reads the header at the beginning of data. Its TLVs are passed over. */
enum proxy_verdict proxy_parse(const unsigned char *data, size_t size, struct proxy_header *out);
