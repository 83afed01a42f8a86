/* epoll below epoll: level triggered, a bunch of events a turn. */

#include "edge/poller.h"

#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "shared/base/mem.h"

enum { EVENTS_A_TURN = 512 };

struct poller {
    uv_poll_t poll;
    int fd;
    poller_ready *ready;
    void (*closed)(void *user);
    void *user;
};

static void on_ready(uv_poll_t *poll, int status, int events)
{
    const struct poller *poller = poll->data;
    struct epoll_event ready[EVENTS_A_TURN];
    (void)status, (void)events;
    int count = epoll_wait(poller->fd, ready, EVENTS_A_TURN, 0);
    for (int i = 0; i < count; i++) {
        bool failed = ready[i].events & (EPOLLERR | EPOLLHUP);
        poller->ready(poller->user, ready[i].data.u64,
                      failed ? EPOLLIN | EPOLLOUT : ready[i].events);
    }
}

struct poller *poller_create(uv_loop_t *loop, poller_ready *ready, void *user)
{
    struct poller *poller = tc_alloc(sizeof *poller);
    poller->ready = ready;
    poller->user = user;
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    if (poller->fd < 0 || uv_poll_init(loop, &poller->poll, poller->fd) != 0)
        abort();
    poller->poll.data = poller;
    uv_poll_start(&poller->poll, UV_READABLE, on_ready);
    return poller;
}

bool poller_change(struct poller *poller, int fd, uint64_t name, uint32_t from, uint32_t to)
{
    struct epoll_event event = {.events = to, .data.u64 = name};
    int change = from == 0 ? EPOLL_CTL_ADD : to == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    return from == to || epoll_ctl(poller->fd, change, fd, &event) == 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct poller *poller = handle->data;
    poller->closed(poller->user);
    close(poller->fd);
    free(poller);
}

void poller_close(struct poller **poller, void (*closed)(void *user))
{
    struct poller *old = *poller;
    *poller = NULL;
    old->closed = closed;
    uv_close((uv_handle_t *)&old->poll, on_closed);
}
