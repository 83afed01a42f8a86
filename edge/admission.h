/* GET /ws: who may open a WebSocket. */
#pragma once

#include "edge/connection.h"

struct edge;
struct http_request;
struct http_text;

void admission_request(struct edge *edge, struct connection_id id,
                       const struct http_request *request);

/* The token of "Authorization: Bearer <token>"; false if there is none. */
bool admission_bearer(const struct http_request *request, struct http_text *token);

/*
 * Whether a page of this origin may connect: its host and port are those of the Host header, or it
 * is in the list (separated by commas). Pure.
 */
bool admission_origin_allowed(struct http_text origin, struct http_text host, const char *list);
