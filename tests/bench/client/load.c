/* Connections on epoll: opened a few at a time, read in large chunks, written once a turn. */

#include "tests/bench/client/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/mem.h"
#include "tests/bench/client/fail.h"

#define CHUNK (256 * 1024)
#define EVENTS 512
#define NS_PER_S 1000000000ULL
#define JOIN_NS (120 * NS_PER_S)
#define STDIN_MARK UINT32_MAX

uint64_t load_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void raise_file_limit(uint32_t wanted)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < wanted)
        fail("%u connections need more open files than %llu", wanted,
             (unsigned long long)limit.rlim_max);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void load_init(struct load *load)
{
    load->link_count = (uint32_t)load->options.users;
    raise_file_limit(load->link_count + 16);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->chunk = tc_alloc(CHUNK);
    load->links = tc_alloc(load->link_count * sizeof(*load->links));
    load->dirty = tc_alloc(load->link_count * sizeof(struct link *));
    for (uint32_t i = 0; i < load->link_count; i++)
        load->links[i] = (struct link){.fd = -1, .index = i};
    load->now_ns = load_now();
}

static void watch(struct load *load, const struct link *link, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u32 = link->index};
    epoll_ctl(load->epoll, operation, link->fd, &event);
}

static void open_link(struct load *load, struct link *link)
{
    uint16_t port = load->options.ports[link->index % load->options.port_count];
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    link->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (link->fd < 0)
        fail("socket: %s", strerror(errno));
    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    link->state = LINK_CONNECTING;
    link->since_ns = load->now_ns;
    if (connect(link->fd, (struct sockaddr *)&address, sizeof(address)) != 0 &&
        errno != EINPROGRESS)
        fail("connect to port %u: %s", port, strerror(errno));
    watch(load, link, EPOLL_CTL_ADD, EPOLLOUT);
}

void load_drop(struct load *load, struct link *link)
{
    setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
               sizeof(struct linger));
    close(link->fd);
    if (link->state == LINK_JOINED)
        load->joined--;
    link->state = LINK_CLOSED;
    link->choked = false;
    link->fd = -1;
    tc_buf_free(&link->in);
    tc_buf_free(&link->out);
}

void load_join(struct load *load)
{
    uint64_t begin_ns = load_now();
    load->opened = 0;
    while (load->joined < load->link_count) {
        while (load->opened < load->link_count &&
               load->opened - load->joined < load->options.opening)
            open_link(load, &load->links[load->opened++]);
        load_turn(load, begin_ns + JOIN_NS);
        if (load->now_ns >= begin_ns + JOIN_NS)
            fail("%u of %u connections have joined", load->joined, load->link_count);
    }
    load->joined_per_s = load->link_count * 1e9 / (double)(load->now_ns - begin_ns);
}

void load_link_joined(struct load *load, struct link *link)
{
    link->state = LINK_JOINED;
    load->joined++;
    if (load->work->joined != NULL)
        load->work->joined(load, link);
}

void load_send(struct load *load, struct link *link)
{
    if (link->dirty || link->choked)
        return;
    link->dirty = true;
    load->dirty[load->dirty_count++] = link;
}

static void connected(struct load *load, struct link *link)
{
    int error = 0;
    getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof(error)});
    if (error != 0)
        fail("connection %u: %s", link->index, strerror(error));
    link->state = LINK_GREETED;
    watch(load, link, EPOLL_CTL_MOD, EPOLLIN);
    load->protocol->greet(load, link);
}

static void write_link(struct load *load, struct link *link)
{
    ssize_t sent = send(link->fd, link->out.data, link->out.len, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        fail("connection %u: %s", link->index, strerror(errno));
    size_t left = link->out.len - (size_t)(sent > 0 ? sent : 0);
    memmove(link->out.data, link->out.data + link->out.len - left, left);
    tc_buf_cut(&link->out, left);
    if (left == 0 && link->state != LINK_JOINED)
        tc_buf_free(&link->out);
    if ((left > 0) != link->choked) {
        link->choked = left > 0;
        watch(load, link, EPOLL_CTL_MOD, link->choked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
}

static void flush(struct load *load)
{
    for (uint32_t i = 0; i < load->dirty_count; i++) {
        struct link *link = load->dirty[i];
        link->dirty = false;
        if (link->state != LINK_CLOSED && link->out.len > 0)
            write_link(load, link);
    }
    load->dirty_count = 0;
}

/* What could not be used waits in link->in, so that a quiet connection has no buffer. */
static void read_link(struct load *load, struct link *link)
{
    size_t had = link->in.len;
    if (had >= CHUNK)
        fail("connection %u: a frame of more than %d bytes", link->index, CHUNK);
    if (had > 0)
        memcpy(load->chunk, link->in.data, had);
    ssize_t got = recv(link->fd, load->chunk + had, CHUNK - had, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0)
        fail("connection %u: %s", link->index, got < 0 ? strerror(errno) : "closed by the server");
    load->now_ns = load_now();
    load->received += (uint64_t)got;
    size_t size = had + (size_t)got;
    size_t used = load->protocol->read(load, link, load->chunk, size);
    if (link->state == LINK_CLOSED)
        return;
    tc_buf_free(&link->in);
    if (used < size)
        tc_buf_append(&link->in, load->chunk + used, size - used);
}

static void see_to(struct load *load, const struct epoll_event *event)
{
    if (event->data.u32 == STDIN_MARK) {
        char line[64];
        load->go = read(STDIN_FILENO, line, sizeof(line)) >= 0;
        return;
    }
    struct link *link = &load->links[event->data.u32];
    if (link->state == LINK_CLOSED)
        return;
    if (link->state == LINK_CONNECTING) {
        connected(load, link);
        return;
    }
    if ((event->events & EPOLLOUT) != 0)
        load->dirty[load->dirty_count++] = link;
    if ((event->events & ~(uint32_t)EPOLLOUT) != 0)
        read_link(load, link);
}

void load_turn(struct load *load, uint64_t until_ns)
{
    struct epoll_event events[EVENTS];
    flush(load);
    load->now_ns = load_now();
    uint64_t left = until_ns > load->now_ns ? until_ns - load->now_ns : 0;
    struct timespec wait = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};
    int count = epoll_pwait2(load->epoll, events, EVENTS, &wait, NULL);
    load->now_ns = load_now();
    for (int i = 0; i < count; i++)
        see_to(load, &events[i]);
    flush(load);
}

void load_hold(struct load *load)
{
    if (load->options.hold == 0)
        return;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = STDIN_MARK};
    epoll_ctl(load->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    fputs("ready\n", stderr);
    load->go = false;
    while (!load->go)
        load_turn(load, load_now() + NS_PER_S);
    epoll_ctl(load->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
}
