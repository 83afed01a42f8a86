/* GET /ws: who may open a WebSocket. */
#pragma once

#include <stdbool.h>

#include "edge/connection.h"
#include "shared/bus/trace.h"

struct edge;
struct http_request;
struct http_text;

void admission_request(struct edge *edge, struct connection_id id,
                       const struct http_request *request);

/* The token of "Authorization: Bearer <token>"; false if there is none. */
bool admission_bearer(const struct http_request *request, struct http_text *token);

/*
 * Whether the page that asks may: it names no origin, or one whose host and port are those of the
 * Host header, or one in the list (separated by commas). The second form is pure.
 */
bool admission_origin_is_fine(const struct edge *edge, const struct http_request *request);
bool admission_origin_allowed(struct http_text origin, struct http_text host, const char *list);

/* The trace that a request is part of; false, and "", if it names none. */
bool admission_trace(const struct http_request *request, char out[TC_TRACE_SIZE]);
