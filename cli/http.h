#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cJSON;
struct fault;
struct stream;
struct tc_buf;
struct url;

/* POST of a JSON body (NULL: none) with a token (NULL: none). *out is the answer, NULL if it has no
 * body; the caller deletes it. False: *fault says why. */
bool http_post(const struct url *url, const char *path, const char *token, const char *json,
               struct cJSON **out, struct fault *fault);

/* Turns a fresh stream into a WebSocket; *rest is what has come behind the answer. */
bool http_upgrade(struct stream *stream, const struct url *url, const char *token,
                  int64_t deadline_ms, struct tc_buf *rest, struct fault *fault);
