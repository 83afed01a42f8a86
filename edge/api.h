/* Everything that is asked over HTTP: which path is whose. */
#pragma once

#include "edge/connection.h"

struct edge;
struct http_request;

void api_request(struct edge *edge, struct connection_id id, const struct http_request *request);

/* What came is no HTTP request; it is refused with this status. */
void api_malformed(struct edge *edge, struct connection_id id, int status);
