#pragma once

#include <stddef.h>

struct tc_request;
struct tc_route;

/*
 * Decoded requests that wait for the handler thread, which takes them in shares
 * of one route each. The routes take turns, so that many dear requests of one
 * kind do not hold up the others; what processes ask one another comes first.
 * Requests of the same route stay in their order. Zeroed is empty.
 */
struct pending {
    struct tc_request **reqs;
    size_t count, cap;
    const struct tc_route *last; /* had its turn */
};

void pending_add(struct pending *pending, struct tc_request *req);

/*
 * The next share of what is there, at least one; `out` has room for TC_BATCH_MAX. As many as the
 * route wants at most: 256 for a batch handler, 8 for one that is called for each.
 */
size_t pending_take_share(struct pending *pending, struct tc_request **out);

/* It must be empty. */
void pending_free(struct pending *pending);
