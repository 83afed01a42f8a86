/*
 * The load: many connections of one thread on epoll, the protocol that they speak, and the work
 * that they are there for. Whoever finds something wrong ends the program (fail.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/buf.h"
#include "tests/bench/client/options.h"
#include "tests/bench/client/stamp.h"

struct load;

enum link_state { LINK_CLOSED, LINK_CONNECTING, LINK_GREETED, LINK_UPGRADED, LINK_JOINED };

/* One connection. */
struct link {
    int fd;
    uint32_t index; /* the user as whom it signs in */
    enum link_state state;
    bool dirty;            /* has something to send */
    bool choked;           /* waits until it can */
    uint32_t step;         /* of a protocol's greeting, or of a work */
    uint64_t since_ns;     /* when it began what it waits for */
    uint64_t count, mixed; /* messages delivered here, and the sum of their stamps' numbers */
    struct tc_buf in;      /* of a frame that has not come whole */
    struct tc_buf out;
};

/* How a server is spoken to; one a server, each in a file of its own. */
struct protocol {
    const char *name;
    /* What a new connection says first. */
    void (*greet)(struct load *load, struct link *link);
    /* Takes what is whole off the front, tells the load of it, and returns how much that was. */
    size_t (*read)(struct load *load, struct link *link, char *bytes, size_t size);
    /* Queues a message to the link's room whose body begins with this stamp. */
    void (*post)(struct load *load, struct link *link, const struct stamp *stamp);
    /* Queues what a client asks when it has come back; NULL: nothing. */
    void (*sync)(struct load *load, struct link *link);
    /* Queues a request that is answered to whoever asks: a page of history, a log-in. */
    void (*ask)(struct load *load, struct link *link);
};

/* What a work wants to hear of. */
struct work {
    const char *name;
    void (*run)(struct load *load);
    void (*joined)(struct load *load, struct link *link);
    void (*delivered)(struct load *load, struct link *link, const struct stamp *stamp);
    /* What it asked by `sync` or `ask`. */
    void (*answered)(struct load *load, struct link *link);
};

struct load {
    struct options options;
    const struct protocol *protocol;
    const struct work *work;
    void *state; /* the work's */
    uint64_t now_ns;
    uint64_t received; /* bytes */
    int epoll;
    struct link *links;
    uint32_t link_count, opened, joined;
    double joined_per_s; /* of the last load_join */
    struct link **dirty;
    uint32_t dirty_count;
    char *chunk; /* where everything is read into */
    bool go;     /* somebody has written a line to us */
};

uint64_t load_now(void);

/* Connections for all users, none of them open yet. */
void load_init(struct load *load);

/* Opens all, a few at a time, and returns when all have joined. */
void load_join(struct load *load);

/* Sees to whatever has come, or waits for it, until until_ns at the latest. */
void load_turn(struct load *load, uint64_t until_ns);

/* If the command line wants it: says that all is ready, and serves until somebody says go. */
void load_hold(struct load *load);

/* Drops a connection without a farewell, as a lost network does. */
void load_drop(struct load *load, struct link *link);

/* For protocols: what was appended to link->out has to be sent. */
void load_send(struct load *load, struct link *link);
void load_link_joined(struct load *load, struct link *link);

static inline uint32_t room_of(const struct load *load, const struct link *link)
{
    return (uint32_t)(link->index / load->options.members % load->options.rooms);
}
