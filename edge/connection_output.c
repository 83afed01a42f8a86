/* What is still to be sent to one client: references to shared frames, written many at a time. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "edge/connection_parts.h"
#include "shared/base/mem.h"

enum { PARTS_MAX = 128, CAPACITY_MIN = 8 };

static void make_room(struct connection *c)
{
    uint32_t count = c->queue_end - c->queue_first;
    if (c->queue_first > c->queue_capacity / 2) {
        memmove(c->queue, c->queue + c->queue_first, count * sizeof(struct frame *));
    } else {
        struct frame **old = c->queue;
        c->queue_capacity = c->queue_capacity ? 2 * c->queue_capacity : CAPACITY_MIN;
        c->queue = tc_realloc(NULL, c->queue_capacity * sizeof(struct frame *));
        if (count > 0)
            memcpy(c->queue, old + c->queue_first, count * sizeof(struct frame *));
        free(old);
    }
    c->queue_first = 0;
    c->queue_end = count;
}

void connection_queue(struct connection *c, struct frame *frame)
{
    if (c->queue_end == c->queue_capacity)
        make_room(c);
    c->queue[c->queue_end++] = frame;
    c->unsent += frame->size;
    if (!c->blocked)
        connection_touch(c);
}

/* A long queue's memory is given back; a short one's is likely to be wanted again. */
static void on_empty(struct connection *c)
{
    c->queue_first = c->queue_end = 0;
    if (c->queue_capacity <= CAPACITY_MIN)
        return;
    free(c->queue);
    c->queue = NULL;
    c->queue_capacity = 0;
}

static size_t gather(const struct connection *c, struct iovec *parts, size_t *size)
{
    uint32_t skipped = c->first_sent;
    size_t count = 0;
    *size = 0;
    for (uint32_t i = c->queue_first; i < c->queue_end && count < PARTS_MAX; i++) {
        struct frame *frame = c->queue[i];
        parts[count++] = (struct iovec){frame->bytes + skipped, frame->size - skipped};
        *size += frame->size - skipped;
        skipped = 0;
    }
    return count;
}

static void on_sent(struct connection *c, size_t size)
{
    c->unsent -= (uint32_t)size;
    size += c->first_sent;
    while (c->queue_first < c->queue_end && size >= c->queue[c->queue_first]->size) {
        size -= c->queue[c->queue_first]->size;
        frame_unref(&c->queue[c->queue_first++]);
    }
    c->first_sent = (uint32_t)size;
    if (c->queue_first == c->queue_end)
        on_empty(c);
}

/* One system call; false when there is no more to do for now. */
static bool send_some(struct connection *c)
{
    struct iovec parts[PARTS_MAX];
    size_t size;
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = gather(c, parts, &size)};
    ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR)
        return true;
    if (sent < 0 && errno != EAGAIN) {
        connection_retire(c);
        return false;
    }
    if (sent > 0)
        on_sent(c, (size_t)sent);
    c->blocked = sent < (ssize_t)size;
    return !c->blocked && c->unsent > 0;
}

void connection_flush(struct connection *c)
{
    if (c->unsent == 0 || c->blocked || c->phase == PHASE_DEAD)
        return;
    while (send_some(c))
        continue;
    if (c->blocked)
        connection_touch(c);
}

void connection_drop_unbegun(struct connection *c)
{
    uint32_t kept = c->first_sent > 0 ? 1 : 0;
    while (c->queue_end - c->queue_first > kept) {
        c->unsent -= c->queue[--c->queue_end]->size;
        frame_unref(&c->queue[c->queue_end]);
    }
}

void connection_drop_queue(struct connection *c)
{
    while (c->queue_first < c->queue_end)
        frame_unref(&c->queue[c->queue_first++]);
    free(c->queue);
    c->queue = NULL;
    c->queue_first = c->queue_end = c->queue_capacity = c->first_sent = c->unsent = 0;
}
