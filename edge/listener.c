/* Non-blocking accept, so many a tick; options that connections inherit are set once, here. */

#include "edge/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "edge/connections.h"
#include "edge/gate.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"

enum {
    BACKLOG = 4096,
    ACCEPTS_A_TICK = 128,
    REST_MS = 100,              /* when there are no file numbers left */
    KERNEL_UNSENT = 128 * 1024, /* what the kernel takes beyond the peer's window */
};

struct listener {
    uv_poll_t poll;
    uv_timer_t rest;
    struct connections *connections;
    const struct networks *proxies; /* NULL: none */
    const struct tls_server *tls;   /* NULL: in clear */
    int fd;
    int handles;
    bool stopped, freed, told;
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void listen_again(uv_timer_t *rest)
{
    struct listener *listener = rest->data;
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

/* The kernel keeps those who wait. */
static void take_a_rest(struct listener *listener, int64_t ms)
{
    if (listener->stopped)
        return;
    uv_poll_stop(&listener->poll);
    uv_timer_start(&listener->rest, listen_again, (uint64_t)ms, 0);
}

/* To ask again at once would only make the loop spin. */
static void on_failure(struct listener *listener)
{
    if (!listener->told)
        tc_log(TC_WARN, "accept_failed", "error=%d", errno);
    listener->told = true;
    take_a_rest(listener, REST_MS);
}

/* False when they come too fast: the next ones a little later. */
static bool keeps_pace(struct listener *listener)
{
    struct gate *gate = connections_gate(listener->connections);
    int64_t wait_ms = gate ? gate_accept(gate, (int64_t)uv_now(listener->poll.loop)) : 0;
    if (wait_ms > 0)
        take_a_rest(listener, wait_ms);
    return wait_ms == 0 || listener->stopped;
}

static void let_in(struct listener *listener, int fd, const struct sockaddr_storage *peer)
{
    struct address address;
    bool known = address_of((const struct sockaddr *)peer, &address);
    struct entrance entrance = {
        .proxied = known && listener->proxies && networks_have(listener->proxies, &address),
        .tls = listener->tls,
        .peer = known ? &address : NULL,
    };
    listener->told = false;
    connections_add(listener->connections, fd, &entrance);
}

/* False when nobody waits any more, or none can be let in. */
static bool accept_one(struct listener *listener)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    int fd = accept4(listener->fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        let_in(listener, fd, &peer);
        return keeps_pace(listener);
    }
    if (errno == EINTR || errno == ECONNABORTED)
        return true;
    if (errno != EAGAIN)
        on_failure(listener);
    return false;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;
    (void)status, (void)events;
    for (int i = 0; i < ACCEPTS_A_TICK && accept_one(listener); i++)
        continue;
}

static void on_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    if (--listener->handles == 0 && listener->freed)
        free(listener);
}

static bool parse_address(const char *host, uint16_t port, struct sockaddr_storage *out)
{
    return uv_ip4_addr(host, port, (struct sockaddr_in *)out) == 0 ||
           uv_ip6_addr(host, port, (struct sockaddr_in6 *)out) == 0;
}

static bool listen_at(int fd, const struct sockaddr_storage *address)
{
    const int on = 1, unsent = KERNEL_UNSENT;
    socklen_t size =
        address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
           setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
           setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent) == 0 &&
           bind(fd, (const struct sockaddr *)address, size) == 0 && listen(fd, BACKLOG) == 0;
}

static int open_socket(const char *host, uint16_t port)
{
    struct sockaddr_storage address = {0};
    if (!parse_address(host, port, &address)) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || listen_at(fd, &address))
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

struct listener *listener_create(uv_loop_t *loop, const char *host, uint16_t port,
                                 struct connections *connections)
{
    int fd = open_socket(host, port);
    if (fd < 0)
        return NULL;
    struct listener *listener = tc_alloc(sizeof *listener);
    listener->fd = fd;
    listener->connections = connections;
    listener->handles = 2;
    listener->poll.data = listener->rest.data = listener;
    uv_poll_init(loop, &listener->poll, fd);
    uv_timer_init(loop, &listener->rest);
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
    return listener;
}

void listener_expect_proxies(struct listener *listener, const struct networks *proxies)
{
    listener->proxies = proxies;
}

void listener_encrypt(struct listener *listener, const struct tls_server *tls)
{
    listener->tls = tls;
}

uint16_t listener_port(const struct listener *listener)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.v6 = {0}};
    socklen_t size = sizeof address;
    getsockname(listener->fd, &address.any, &size);
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

void listener_stop(struct listener *listener)
{
    if (listener->stopped)
        return;
    listener->stopped = true;
    uv_close((uv_handle_t *)&listener->poll, on_closed);
    while (accept_one(listener))
        continue;
    close(listener->fd); /* at once: whoever came in between would be let in by nobody */
    uv_close((uv_handle_t *)&listener->rest, on_closed);
}

void listener_free(struct listener **listener)
{
    struct listener *old = *listener;
    *listener = NULL;
    if (!old)
        return;
    old->freed = true;
    if (old->stopped && old->handles == 0)
        free(old);
    else
        listener_stop(old);
}
