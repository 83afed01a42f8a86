/*
 * The reply subject of a request, which is also its name: "<inbox>.<slot>-<generation>-<asker>",
 * one token below our inbox. An event carries it as its origin, so it names the asking connection
 * even when the request is over. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge/connection.h"
#include "shared/bus/subjects.h"

struct origin {
    uint32_t slot, generation;
    struct connection_id asker; /* generation 0: the edge itself */
};

void origin_write(const struct origin *origin, const char *inbox, char out[TC_SUBJECT_SIZE]);

/* False for what is not below this inbox, or no request. */
bool origin_read(const char *subject, const char *inbox, struct origin *out);
