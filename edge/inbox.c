/* The queue between two threads, and the handle that wakes the loop. */

#include "edge/inbox.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "shared/base/mem.h"
#include "shared/bus/bus.h"

#define MESSAGE_OVERHEAD 512 /* what a message costs beside its payload, about */

struct batch {
    struct tc_msg **items;
    size_t count, capacity;
};

struct inbox {
    uv_async_t wake;
    struct inbox_limits limits;
    struct inbox_ops ops;
    void *user;

    struct batch taken; /* the loop's own: what it is telling, from `at` on */
    size_t at;
    bool gap_follows; /* after the last of `taken` some were dropped */

    pthread_mutex_t lock; /* for what follows */
    struct batch arrived;
    struct inbox_state state; /* of `arrived` and `taken` together */
    bool overflowed;
};

static size_t cost_of(const struct tc_msg *msg)
{
    return tc_msg_len(msg) + MESSAGE_OVERHEAD;
}

static void append(struct batch *batch, struct tc_msg *msg)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity > 0 ? batch->capacity * 2 : 64;
        batch->items = tc_realloc(batch->items, batch->capacity * sizeof(*batch->items));
    }
    batch->items[batch->count++] = msg;
}

static void forget(struct batch *batch)
{
    free(batch->items);
    *batch = (struct batch){0};
}

void inbox_push(struct inbox *inbox, struct tc_msg *msg)
{
    size_t cost = cost_of(msg);
    pthread_mutex_lock(&inbox->lock);
    bool fits = inbox->state.messages < inbox->limits.messages &&
                inbox->state.bytes + cost <= inbox->limits.bytes;
    /* Once one was dropped the rest waits for the loop to hear of it, so that the gap is one. */
    if (fits && !inbox->overflowed) {
        append(&inbox->arrived, msg);
        inbox->state.messages++;
        inbox->state.bytes += cost;
        msg = NULL;
    } else {
        inbox->overflowed = true;
        inbox->state.dropped++;
    }
    pthread_mutex_unlock(&inbox->lock);
    tc_msg_free(&msg);
    uv_async_send(&inbox->wake);
}

static void take(struct inbox *inbox)
{
    if (inbox->taken.capacity > 4096)
        forget(&inbox->taken);
    inbox->taken.count = 0;
    inbox->at = 0;
    pthread_mutex_lock(&inbox->lock);
    struct batch empty = inbox->taken;
    inbox->taken = inbox->arrived;
    inbox->arrived = empty;
    inbox->gap_follows = inbox->overflowed;
    inbox->overflowed = false;
    pthread_mutex_unlock(&inbox->lock);
}

static void tell_slice(struct inbox *inbox)
{
    size_t messages = 0, bytes = 0;
    while (inbox->at < inbox->taken.count && bytes < inbox->limits.slice_bytes) {
        struct tc_msg *msg = inbox->taken.items[inbox->at++];
        messages++;
        bytes += cost_of(msg);
        inbox->ops.message(inbox->user, msg);
    }
    pthread_mutex_lock(&inbox->lock);
    inbox->state.messages -= messages;
    inbox->state.bytes -= bytes;
    pthread_mutex_unlock(&inbox->lock);
}

static void on_wake(uv_async_t *wake)
{
    struct inbox *inbox = wake->data;
    if (inbox->at == inbox->taken.count)
        take(inbox);
    tell_slice(inbox);
    if (inbox->at < inbox->taken.count) {
        uv_async_send(&inbox->wake);
        return;
    }
    if (inbox->gap_follows) {
        inbox->gap_follows = false;
        inbox->ops.overflowed(inbox->user);
    }
    pthread_mutex_lock(&inbox->lock);
    bool more = inbox->arrived.count > 0 || inbox->overflowed;
    pthread_mutex_unlock(&inbox->lock);
    if (more)
        uv_async_send(&inbox->wake);
}

struct inbox *inbox_create(struct uv_loop_s *loop, const struct inbox_limits *limits,
                           const struct inbox_ops *ops, void *user)
{
    struct inbox *inbox = tc_alloc(sizeof(*inbox));
    inbox->limits = *limits;
    inbox->ops = *ops;
    inbox->user = user;
    pthread_mutex_init(&inbox->lock, NULL);
    if (uv_async_init(loop, &inbox->wake, on_wake) != 0)
        abort();
    inbox->wake.data = inbox;
    return inbox;
}

struct inbox_state inbox_state(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    struct inbox_state state = inbox->state;
    pthread_mutex_unlock(&inbox->lock);
    return state;
}

static void on_closed(uv_handle_t *handle)
{
    struct inbox *inbox = handle->data;
    for (size_t i = inbox->at; i < inbox->taken.count; i++)
        tc_msg_free(&inbox->taken.items[i]);
    for (size_t i = 0; i < inbox->arrived.count; i++)
        tc_msg_free(&inbox->arrived.items[i]);
    forget(&inbox->taken);
    forget(&inbox->arrived);
    pthread_mutex_destroy(&inbox->lock);
    free(inbox);
}

void inbox_close(struct inbox **inbox)
{
    if (*inbox == NULL)
        return;
    uv_close((uv_handle_t *)&(*inbox)->wake, on_closed);
    *inbox = NULL;
}
