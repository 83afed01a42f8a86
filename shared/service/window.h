#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/id.h"

#define WINDOW_MSG_ID_SIZE 64 /* "<id>.<number>" */

/*
 * The events that JetStream has not yet acknowledged, and the rows of the
 * outbox that they belong to. Publishing is by one thread; acknowledgements may
 * come on another.
 */
struct window;

/* A row all of whose events are acknowledged. */
struct window_row {
    struct window_row *next;
    char id[TC_ID_SIZE];
    char msg_id[WINDOW_MSG_ID_SIZE]; /* of the event with the greatest sequence */
    uint64_t seq;
    size_t open; /* events not yet acknowledged */
    bool held;   /* further ones may still be added */
    int64_t since_ms;
};

struct window *window_create(size_t size);
void window_free(struct window **window);

/* Room for so many events? If not, waits for some, up to timeout_ms. */
bool window_await_room(struct window *window, size_t count, int timeout_ms);

/* The number under which this event is to be acknowledged. Its row is not done before
 * window_release. */
uint64_t window_add(struct window *window, const char *row_id, const char *msg_id);
void window_release(struct window *window);

void window_acknowledge(struct window *window, uint64_t number, uint64_t seq);

size_t window_used(struct window *window); /* events that wait; on any thread */

/* The rows that are done, as a list for the caller to free. */
struct window_row *window_take_done(struct window *window);

/* Gives up rows that have been open for longer, or (0) all: they are orphans now. */
void window_give_up(struct window *window, int64_t older_than_ms);
