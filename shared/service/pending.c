/* Whose turn it is. */

#include "shared/service/pending.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/service/request_private.h"

#define SHARE_OF_BATCHES 256 /* what is best for a statement that writes */
#define SHARE_OF_SINGLES 8   /* each is a statement of its own */

void pending_add(struct pending *pending, struct tc_request *req)
{
    if (pending->count == pending->cap) {
        pending->cap = pending->cap == 0 ? TC_BATCH_MAX : pending->cap * 2;
        pending->reqs = tc_realloc(pending->reqs, pending->cap * sizeof(struct tc_request *));
    }
    pending->reqs[pending->count++] = req;
}

/* The first of those that waited while another route had its turn, if there is one. */
static const struct tc_route *next_route(const struct pending *pending)
{
    const struct tc_route *next = NULL;
    for (size_t i = 0; i < pending->count; i++) {
        const struct tc_route *route = pending->reqs[i]->route;
        if ((route->flags & TC_PRIVATE) != 0)
            return route;
        if (next == NULL && route != pending->last)
            next = route;
    }
    return next != NULL ? next : pending->last;
}

static size_t share_of(const struct tc_route *route)
{
    if (route->most > 0)
        return route->most;
    return route->batch != NULL ? SHARE_OF_BATCHES : SHARE_OF_SINGLES;
}

/* Those of its route that are left over go to the end of the line. */
size_t pending_take_share(struct pending *pending, struct tc_request **out)
{
    const struct tc_route *route = next_route(pending);
    pending->last = route;
    struct tc_request **left_over = tc_alloc(pending->count * sizeof(struct tc_request *));
    size_t most = share_of(route), taken = 0, others = 0, left = 0;
    for (size_t i = 0; i < pending->count; i++) {
        struct tc_request *req = pending->reqs[i];
        if (req->route != route)
            pending->reqs[others++] = req;
        else if (taken < most)
            out[taken++] = req;
        else
            left_over[left++] = req;
    }
    memcpy(pending->reqs + others, left_over, left * sizeof(struct tc_request *));
    pending->count = others + left;
    free(left_over);
    return taken;
}

void pending_free(struct pending *pending)
{
    free(pending->reqs);
    *pending = (struct pending){0};
}
