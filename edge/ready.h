/* GET /readyz: whether NATS is there and every service answers. */
#pragma once

#include "edge/connection.h"

struct edge;
struct http_request;

void ready_request(struct edge *edge, struct connection_id id, const struct http_request *request);
