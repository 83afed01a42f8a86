/*
 * One who is logged in: asks and hears. A lost connection is told as UNAVAILABLE, and the next
 * client_connect makes another.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/url.h"
#include "cli/websocket.h"
#include "shared/base/id.h"

struct cJSON;
struct fault;
struct tc_buf;

/* Zero-initialise, set url, token and patience_ms; client_done at the end. */
struct client {
    struct url url;
    const char *token;
    int64_t patience_ms; /* how long a thing is tried again; 0: it is not, -1: for ever */
    bool connected, complained;
    struct websocket socket;
    struct cJSON *heard; /* an array: events that nobody has taken */
    char user_id[TC_ID_SIZE];
    int64_t clock_ms;    /* what to add to this clock for the server's */
    int64_t frame_bytes; /* the longest frame that the server takes */
    unsigned long asked;
};

/* Tries once: is connected afterwards, and session/ready has come; false: *fault says why not. */
bool client_connect(struct client *client, struct fault *fault);
void client_done(struct client *client);

/* The same as long as there is patience. */
bool client_await(struct client *client, struct fault *fault);

/*
 * Sends one request, whose data is a JSON object, and waits for its answer's data; the caller
 * deletes it. While it is UNAVAILABLE it is sent again, with growing pauses, as long as there is
 * patience. NULL: *fault says why. Connects first if need be.
 */
struct cJSON *client_ask(struct client *client, const char *type, const struct tc_buf *data,
                         struct fault *fault);

/* The next event; the caller deletes it. NULL: none until deadline_ms, or, with
 * client->connected false afterwards, the connection is lost and *fault says how. */
struct cJSON *client_next(struct client *client, int64_t deadline_ms, struct fault *fault);
