/*
 * What tells a user that he hears something new is held until he does, in order; at most 2 s, and
 * then a session/resync follows when he does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge/connection.h"

struct edge;
struct frame;
struct list;
struct user;

void held_init(struct user *user);

/* An event for all of the user's connections but `except`; an answer for the one that asked. Sent
 * when the user hears what ask number `need` told (0: at once), and all before it are sent. */
void held_event(struct edge *edge, struct user *user, struct frame *frame,
                struct connection_id except, uint64_t need);
void held_answer(struct edge *edge, struct user *user, struct frame *frame,
                 struct connection_id asker, uint64_t need);

/* Sends what may go now. */
void held_release(struct edge *edge, struct user *user);

/* Now and then: what has waited for too long. */
void held_sweep(struct edge *edge);

/* Sends everything: NATS was lost. */
void held_flush(struct edge *edge, struct user *user);

/* Drops everything: the user goes. */
void held_drop(struct user *user);
