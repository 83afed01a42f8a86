/* What is still to be sent to one client: references to shared frames, written many at a time. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "edge/connection_parts.h"
#include "edge/sends.h"
#include "shared/base/mem.h"

enum { PARTS_MAX = 128, PARTS_TOGETHER = 16 * PARTS_MAX, CAPACITY_MIN = 8 };

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

/* Most connections are idle most of the time: they own no queue then. */
static void on_empty(struct connection *c)
{
    free(c->queue);
    c->queue = NULL;
    c->queue_first = c->queue_end = c->queue_capacity = 0;
}

/* Returns how many bytes are in them. */
size_t connection_gather(const struct connection *c, struct msghdr *message, size_t parts_max)
{
    uint32_t skipped = c->first_sent;
    size_t size = 0;
    message->msg_iovlen = 0;
    for (uint32_t i = c->queue_first; i < c->queue_end && message->msg_iovlen < parts_max; i++) {
        struct frame *frame = c->queue[i];
        message->msg_iov[message->msg_iovlen++] =
            (struct iovec){frame->bytes + skipped, frame->size - skipped};
        size += frame->size - skipped;
        skipped = 0;
    }
    return size;
}

void connection_sent(struct connection *c, size_t size)
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

static size_t gather(struct connection *c, struct msghdr *message)
{
    return connection_is_tls(c) ? connection_tls_gather(c, message)
                                : connection_gather(c, message, PARTS_MAX);
}

static void on_sent(struct connection *c, size_t size)
{
    if (connection_is_tls(c))
        connection_tls_sent(c, size);
    else
        connection_sent(c, size);
}

/* What became of an attempt to send so many bytes. */
static void on_result(struct connection *c, ssize_t sent, size_t size)
{
    if (sent == -EINTR)
        return;
    if (sent < 0 && sent != -EAGAIN) {
        connection_retire(c);
        return;
    }
    if (sent > 0)
        on_sent(c, (size_t)sent);
    c->blocked = sent < (ssize_t)size;
    if (c->blocked)
        connection_touch(c);
}

bool connection_has_to_send(const struct connection *c)
{
    return c->unsent > 0 && !c->blocked && c->phase != PHASE_DEAD;
}

void connection_flush(struct connection *c)
{
    struct iovec parts[PARTS_MAX];
    while (connection_has_to_send(c)) {
        struct send send = {.fd = c->fd, .message = {.msg_iov = parts}};
        size_t size = gather(c, &send.message);
        sends_run(c->set->sends, &send, 1);
        on_result(c, send.result, size);
    }
}

void connection_flush_together(struct connection **connections, size_t count)
{
    struct iovec parts[PARTS_TOGETHER];
    struct send items[CONNECTIONS_TOGETHER];
    size_t sizes[CONNECTIONS_TOGETHER];
    while (count > 0) {
        size_t some = 0, used = 0;
        for (; some < count && used + PARTS_MAX <= PARTS_TOGETHER; some++) {
            items[some] =
                (struct send){.fd = connections[some]->fd, .message = {.msg_iov = parts + used}};
            sizes[some] = gather(connections[some], &items[some].message);
            used += items[some].message.msg_iovlen;
        }
        sends_run(connections[0]->set->sends, items, some);
        for (size_t i = 0; i < some; i++)
            on_result(connections[i], items[i].result, sizes[i]);
        connections += some;
        count -= some;
    }
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
