/*
 * The one crossing between nats.c's thread and the loop: messages are appended on the one side and
 * told on the other, in their order. Bounded, since nats.c is not.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct inbox;
struct tc_msg;
struct uv_loop_s;

/* All on the loop's thread. */
struct inbox_ops {
    void (*message)(void *user, struct tc_msg *msg); /* takes ownership */

    /* Messages had to be dropped, after all that were told so far. */
    void (*overflowed)(void *user);
};

struct inbox_limits {
    size_t messages, bytes; /* that wait; more are dropped */
    size_t slice_bytes;     /* told in one turn of the loop, so that connections can keep up */
};

struct inbox *inbox_create(struct uv_loop_s *loop, const struct inbox_limits *limits,
                           const struct inbox_ops *ops, void *user);

/* On any thread. Takes ownership of msg. */
void inbox_push(struct inbox *inbox, struct tc_msg *msg);

/* What waits now, and what was dropped so far. */
struct inbox_state {
    size_t messages, bytes;
    uint64_t dropped;
};
struct inbox_state inbox_state(struct inbox *inbox);

/* Drops what waits. Nobody may push any more; the loop must run on until the handle has closed. */
void inbox_close(struct inbox **inbox);
