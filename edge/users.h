/*
 * The users who have a connection on this edge: all connections of one share what he hears. Here
 * they come and go, and NATS is lost and comes back for all of them. Who has lost his last one goes
 * on to hear for a while: lines that break come back, and often many at once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/audience.h"
#include "edge/list.h"
#include "shared/base/id.h"

struct edge;
struct frame;
struct tc_sub;
struct users;

enum hearing_phase {
    HEARING_RESTS,
    HEARING_QUEUED,  /* is asked about in this tick */
    HEARING_ASKED,   /* … and waits for the answer */
    HEARING_BARRIER, /* subscribed, and waits until that is live */
    HEARING_RETRIES  /* could not be asked; a little later */
};

struct user {
    struct listener listener; /* the groups and closed conversations he hears */
    char id[TC_ID_SIZE];
    struct tc_sub *sub; /* his own audience */
    struct list sessions;
    uint32_t session_count;
    bool live; /* since NATS was there last he hears all that he should */

    /* edge/hearing.c */
    bool again, stale; /* ask once more; the answer under way may not be used */
    bool taken;        /* something was taken from him since an answer was used */
    enum hearing_phase phase;
    uint32_t retry_ms;
    struct list hearing_link;
    uint64_t asks, heard; /* how many were begun; the last whose subscriptions are live */
    uint64_t batch, barrier;
    int64_t retry_at_ms;

    /* edge/held.c */
    struct list held;
    uint32_t held_count;
    struct list held_link;
    uint64_t owes_resync; /* after this ask; 0: none */

    int64_t check_at_ms; /* when he is verified and asked about again */

    struct list away_link; /* while he has no session */
    int64_t away_ms;       /* since when */
};

struct users *users_create(void);
void users_free(struct users **users);         /* when nobody is left */
size_t users_count(const struct users *users); /* with a session */
size_t users_away(const struct users *users);  /* … and without */

struct user *users_find(const struct users *users, const char *id);
struct user *users_next(const struct users *users, size_t *at); /* as tc_table_next */

/* The user, who begins to listen if he is new here; for a session to be added to him. */
struct user *users_enter(struct edge *edge, const char *id);
void users_leave(struct edge *edge, struct user *user); /* if he has no session any more */

/* From now on he hears all that he should: his sessions begin or go on. */
void user_is_live(struct edge *edge, struct user *user);

/* What came for the edge may be missing from now on, until users_return. */
void users_lose(struct edge *edge);
void users_return(struct edge *edge);

/* Now and then: who is to be verified and asked about again, and who has waited for too long. */
void users_sweep(struct edge *edge, int64_t now_ms);

/* Ends all sessions, here only: the edge closes. */
void users_end(struct edge *edge);

/* To all live connections of the user. */
void user_send(struct edge *edge, struct user *user, struct frame *frame);
