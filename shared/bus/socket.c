/*
 * The adapter between nats.c and libuv.
 *
 * It polls a duplicate of nats.c's socket: nats.c closes its own number on a
 * loss, from its own thread, and a new socket may get the same number before
 * the loop has heard of it. The duplicate is ours to close, when libuv is done.
 */

#include "shared/bus/socket.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/mem.h"

/* One connection's life on the loop. */
struct wire {
    uv_poll_t poll;
    int fd;
    int events;
    struct bus_socket *socket;
};

struct bus_socket {
    uv_loop_t *loop;
    pthread_t thread;
    struct bus_socket_events events;
    uv_async_t wake;
    uv_prepare_t flush;
    struct wire *wire;
    int open_handles;
    bool rests;

    atomic_bool want_write;
    pthread_mutex_t lock; /* for what follows: what nats.c has told us */
    natsConnection *nc;
    int fresh_fd; /* a new connection's socket, or -1 */
    bool lost;
};

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct wire *wire = poll->data;
    struct bus_socket *socket = wire->socket;
    /* A failed poll is read from, so that nats.c finds the error itself. */
    if (status != 0 || (events & UV_READABLE) != 0)
        natsConnection_ProcessReadEvent(socket->nc);
    if (status == 0 && (events & UV_WRITABLE) != 0)
        natsConnection_ProcessWriteEvent(socket->nc);
}

static void poll_for(struct wire *wire, int events)
{
    if (wire->events != events && uv_poll_start(&wire->poll, events, on_poll) == 0)
        wire->events = events;
}

/* Before each wait: what was published since goes out in one write. */
static void on_flush(uv_prepare_t *prepare)
{
    struct bus_socket *socket = prepare->data;
    if (socket->wire == NULL)
        return;
    if (atomic_load(&socket->want_write) && (socket->wire->events & UV_WRITABLE) == 0)
        natsConnection_ProcessWriteEvent(socket->nc);
    if (socket->wire != NULL)
        poll_for(socket->wire, UV_READABLE | (atomic_load(&socket->want_write) ? UV_WRITABLE : 0));
}

static void on_wire_closed(uv_handle_t *handle)
{
    struct wire *wire = handle->data;
    close(wire->fd);
    free(wire);
}

static void drop_wire(struct bus_socket *socket)
{
    if (socket->wire == NULL)
        return;
    uv_close((uv_handle_t *)&socket->wire->poll, on_wire_closed);
    socket->wire = NULL;
    if (socket->events.on_closed != NULL)
        socket->events.on_closed(socket->events.ctx);
}

static void open_wire(struct bus_socket *socket, int fd)
{
    struct wire *wire = tc_alloc(sizeof(*wire));
    wire->fd = fd;
    wire->socket = socket;
    if (uv_poll_init_socket(socket->loop, &wire->poll, fd) != 0)
        abort();
    wire->poll.data = wire;
    socket->wire = wire;
    socket->events.on_open(socket->events.ctx);
    poll_for(wire, UV_READABLE);
}

static void on_wake(uv_async_t *async)
{
    struct bus_socket *socket = async->data;
    pthread_mutex_lock(&socket->lock);
    int fd = socket->fresh_fd;
    bool lost = socket->lost;
    socket->fresh_fd = -1;
    socket->lost = false;
    pthread_mutex_unlock(&socket->lock);

    if (lost || fd >= 0)
        drop_wire(socket);
    if (fd >= 0 && socket->rests)
        close(fd);
    else if (fd >= 0)
        open_wire(socket, fd);
}

static natsStatus on_attach(void **user, void *loop, natsConnection *nc, natsSock fd)
{
    struct bus_socket *socket = loop;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return NATS_IO_ERROR;
    pthread_mutex_lock(&socket->lock);
    if (socket->fresh_fd >= 0)
        close(socket->fresh_fd);
    socket->fresh_fd = copy;
    socket->nc = nc;
    pthread_mutex_unlock(&socket->lock);
    *user = socket;
    return uv_async_send(&socket->wake) == 0 ? NATS_OK : NATS_ERR;
}

static natsStatus on_read(void *user, bool add)
{
    struct bus_socket *socket = user;
    if (add)
        return NATS_OK;
    pthread_mutex_lock(&socket->lock);
    socket->lost = true;
    if (socket->fresh_fd >= 0)
        close(socket->fresh_fd);
    socket->fresh_fd = -1;
    pthread_mutex_unlock(&socket->lock);
    return uv_async_send(&socket->wake) == 0 ? NATS_OK : NATS_ERR;
}

static natsStatus on_write(void *user, bool add)
{
    struct bus_socket *socket = user;
    atomic_store(&socket->want_write, add);
    if (add && !pthread_equal(pthread_self(), socket->thread))
        uv_async_send(&socket->wake);
    return NATS_OK;
}

static natsStatus on_detach(void *user)
{
    (void)user;
    return NATS_OK;
}

struct bus_socket *bus_socket_create(uv_loop_t *loop, const struct bus_socket_events *events)
{
    struct bus_socket *socket = tc_alloc(sizeof(*socket));
    socket->loop = loop;
    socket->thread = pthread_self();
    socket->events = *events;
    socket->fresh_fd = -1;
    pthread_mutex_init(&socket->lock, NULL);
    if (uv_async_init(loop, &socket->wake, on_wake) != 0 ||
        uv_prepare_init(loop, &socket->flush) != 0)
        abort();
    socket->wake.data = socket;
    socket->flush.data = socket;
    uv_prepare_start(&socket->flush, on_flush);
    return socket;
}

natsStatus bus_socket_attach(struct bus_socket *socket, natsOptions *options)
{
    return natsOptions_SetEventLoop(options, socket, on_attach, on_read, on_write, on_detach);
}

void bus_socket_cut(struct bus_socket *socket)
{
    if (socket->wire != NULL)
        shutdown(socket->wire->fd, SHUT_RDWR);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct bus_socket *socket = handle->data;
    if (--socket->open_handles > 0)
        return;
    socket->events.on_gone(socket->events.ctx);
    pthread_mutex_destroy(&socket->lock);
    free(socket);
}

void bus_socket_rest(struct bus_socket *socket)
{
    if (socket->wire != NULL && atomic_load(&socket->want_write))
        natsConnection_ProcessWriteEvent(socket->nc);
    socket->rests = true;
    socket->events.on_closed = NULL;
    drop_wire(socket);
    uv_prepare_stop(&socket->flush);
}

void bus_socket_close(struct bus_socket *socket)
{
    if (socket->fresh_fd >= 0)
        close(socket->fresh_fd);
    socket->open_handles = 2;
    uv_close((uv_handle_t *)&socket->wake, on_handle_closed);
    uv_close((uv_handle_t *)&socket->flush, on_handle_closed);
}
