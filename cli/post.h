#pragma once

#include <stddef.h>

struct cJSON;
struct client;
struct fault;

/* Posts a message, again and again with one nonce until it is acknowledged: it is one message. The
 * answer's data, which the caller deletes; NULL: *fault says why not. */
struct cJSON *post(struct client *client, const char *conversation_id, const char *body,
                   size_t size, struct fault *fault);
