#pragma once

#include <stddef.h>

/* How a request ended: what every layer returns, and the `code` that a client is told. */
enum tc_status {
    TC_OK,
    TC_BAD_REQUEST,     /* malformed as a whole */
    TC_UNKNOWN_TYPE,    /* no such operation */
    TC_INVALID_FIELD,   /* one field is missing, of the wrong type, or out of bounds */
    TC_UNAUTHENTICATED, /* no session */
    TC_FORBIDDEN,       /* may see it, may not do this */
    TC_NOT_FOUND,       /* is not there, or may not be known to be */
    TC_CONFLICT,        /* is so already, or cannot be as things stand */
    TC_RATE_LIMITED,
    TC_TOO_LARGE,
    TC_UNAVAILABLE, /* a service, NATS or the database is away: it may or may not have been done */
    TC_INTERNAL,    /* our fault; the log says why */
    TC_LATER,       /* not an outcome: work on another thread will bring it */
};

/* The status as it is spelled on the wire, e.g. "not_found"; "ok" for TC_OK. */
const char *tc_status_name(enum tc_status status);

/* The other way round; TC_INTERNAL for a name that nobody knows. */
enum tc_status tc_status_parse(const char *name);

/* A sentence for people, to use where nobody knew a better one. */
const char *tc_status_message(enum tc_status status);
