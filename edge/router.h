/*
 * A client's frames on their way to the services, and the answers on their way back: both byte for
 * byte. What no service can answer (a bad envelope, too many requests, nobody there) is answered
 * here.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct edge;
struct frame;
struct session;

/* A text frame of a session. */
void router_text(struct edge *edge, struct session *session, const char *data, size_t size);

/* The session goes: what it typed ends. */
void router_leave(struct edge *edge, struct session *session);

/* Ends all typing on this edge that has run out. */
void router_sweep(struct edge *edge, int64_t now_ms);

/*
 * About a request that waits for its answer (by requests_fate's ctx): an event that says the same
 * is kept with it, and sent to the asker only if the request fails. The second: its event has had
 * the asker's user asked about anew; his answer is live with that ask.
 */
void router_hold(void *request, struct frame *event);
void router_expect(void *request, uint64_t ask);
