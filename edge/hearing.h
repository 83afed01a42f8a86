/*
 * Keeps what each user hears in step with what the conversation service says: asks for many users
 * at once, subscribes, and tells when that is live (a message to ourselves comes back).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct edge;
struct hearing;
struct user;

struct hearing *hearing_create(struct edge *edge);
void hearing_close(struct hearing **hearing); /* the loop must run on */

void hearing_init(struct user *user);

/* Has the user asked about, once more if that is under way. Returns the number of the ask that
 * will tell: it is live when user->heard has reached it. */
uint64_t hearing_want(struct edge *edge, struct user *user);

/* Something was taken from what the user hears: an answer under way may not bring it back. If one
 * that is asked for later does, he may have missed something meanwhile: a session/resync follows.
 */
void hearing_outdate(struct user *user);

/* Nothing is under way any more: NATS was lost, or the user goes. */
void hearing_forget(struct user *user);

/* Now and then: who is to be tried again. */
void hearing_sweep(struct edge *edge, int64_t now_ms);

/* A message below our inbox that came back. False: it is no barrier. */
bool hearing_barrier(struct edge *edge, const char *subject);
