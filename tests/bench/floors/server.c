/* epoll, level triggered; accepted sockets are non-blocking and do not wait for company. */

#include "tests/bench/floors/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 1024, BACKLOG = 4096 };

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
    (void)number;
    ended = 1;
}

_Noreturn void floor_die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

void floor_wait_writable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
    if (poll(&poll_fd, 1, -1) < 0 && errno != EINTR)
        floor_die("poll");
}

static int listen_anywhere(void)
{
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        floor_die("listen");
    printf("{\"port\":%u}\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void watch(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        floor_die("epoll_ctl");
}

static void accept_all(int epoll_fd, int listener, const struct floor_ops *ops)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= FLOOR_CLIENTS_MAX)
            floor_die("too many clients");
        watch(epoll_fd, fd);
        ops->joined(fd);
    }
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        floor_die("accept");
}

void floor_serve(const struct floor_ops *ops)
{
    static struct epoll_event events[EVENTS];
    const struct sigaction on_term = {.sa_handler = on_signal};
    sigaction(SIGTERM, &on_term, NULL);
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_anywhere(), epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll_fd, listener);
    while (!ended) {
        int count = epoll_wait(epoll_fd, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(epoll_fd, listener, ops);
            else
                ops->readable(events[i].data.fd);
        }
        if (ops->ticked != NULL)
            ops->ticked();
    }
}
