/* One WebSocket of a user whose token was verified. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "edge/connection.h"
#include "edge/list.h"
#include "edge/rate.h"
#include "shared/base/id.h"

struct edge;
struct frame;
struct tc_buf;
struct verified;

#define TOKEN_HASH_SIZE 32 /* a SHA-256 */

struct session {
    struct list of_user;
    struct list verify_link; /* edge/verify.c: waits for its turn */
    struct user *user;
    struct connection_id connection;
    struct list typing;
    struct rate rate;
    char *trace;   /* the traceparent of its upgrade; NULL: none */
    char *welcome; /* the members "user" and "session" of session/ready, until it is sent */
    int64_t since_ms;
    uint32_t in_flight;
    char id[TC_ID_SIZE];
    unsigned char token_hash[TOKEN_HASH_SIZE];
    bool live;      /* what happens is relayed to it */
    bool greeted;   /* has had its session/ready */
    bool verified;  /* since NATS was there last */
    bool verifying; /* … or is about to be, once more */
    bool leaving;   /* has asked to log out */
    bool ending;    /* the edge goes: it is to be closed */
    bool paused;
};

/* Takes the accepted connection as a session of the user. */
void session_open(struct edge *edge, struct connection_id connection,
                  const unsigned char token_hash[TOKEN_HASH_SIZE], const struct verified *verified);

/* NULL: the connection is gone or has none. */
struct session *session_of(struct edge *edge, struct connection_id connection);

/* Its connection has closed. */
void session_close(struct edge *edge, struct session *session);

/* Begins it or goes on with it, if it is verified and its user live: session/ready or /resync. */
void session_advance(struct edge *edge, struct session *session);

/* NATS was lost: nothing is relayed to it until it is verified again. */
void session_suspend(struct session *session);

/* Sends it one frame, as it is. */
void session_send(struct edge *edge, struct session *session, struct frame *frame);
void session_send_text(struct edge *edge, struct session *session, const struct tc_buf *text);

/* session/resync, if it is live. */
void session_resync(struct edge *edge, struct session *session);

/* The edge goes: it is heard no more, answered what it has asked, and closed with 1001. */
void session_dismiss(struct edge *edge, struct session *session);

/* A request of it was begun (1) or ended (-1): past the limit it is not read. */
void session_count_in_flight(struct edge *edge, struct session *session, int change);
