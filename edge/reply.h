/* HTTP answers as the edge gives them: JSON, errors in the shape that the services use. */
#pragma once

#include <stddef.h>

#include "edge/connection.h"
#include "shared/base/status.h"

struct edge;
struct tc_error;
struct tc_msg;

/* status 204 has no body. */
void reply_json(struct edge *edge, struct connection_id id, int status, const char *json,
                size_t size);

/* {"error":…}; the status is the error's own. headers: further lines, or NULL. */
void reply_error(struct edge *edge, struct connection_id id, const struct tc_error *error);
void reply_error_as(struct edge *edge, struct connection_id id, int http_status,
                    const char *headers, const struct tc_error *error);

/* A service's answer, or that there was none; `success` is the status of a good one. */
void reply_answer(struct edge *edge, struct connection_id id, int success, enum tc_status status,
                  struct tc_msg *answer);
