/* The steps of a connection's life, each with the file that takes it. */
#pragma once

#include <sys/socket.h>

#include "edge/connection_internal.h"

/* connections.c */
struct connection *connection_find(struct connections *set, struct connection_id id);
struct connection_id connection_id_of(const struct connection *c);
uint64_t connection_name(const struct connection *c);    /* its id, in one number */
uint32_t connections_now(const struct connections *set); /* ms, wraps */
void connection_touch(struct connection *c);             /* looks after it when the tick ends */
void connection_due_in(struct connection *c, uint32_t ms);
void connection_destroy(struct connection *c);
void connection_abandon(struct connection *c); /* what is queued, and the kernel's share of it */
struct connection *connections_at(const struct connections *set, uint32_t index); /* or NULL */

enum { CONNECTIONS_TOGETHER = 256 }; /* at most, in connection_flush_together */

/* connection.c */
void connection_start(struct connection *c, const struct entrance *entrance);
void connection_on_ready(struct connection *c, uint32_t events);
void connection_take(struct connection *c, unsigned char *data, size_t size); /* what came */
void connection_enter(struct connection *c, enum connection_phase phase);
bool connection_reads(const struct connection *c);
void connection_hear_end(struct connection *c);   /* the peer sends no more */
void connection_retire(struct connection *c);     /* dead; gone when the tick ends */
void connection_use_held(struct connection *c);   /* when a tick ends: the first step, … */
void connection_look_after(struct connection *c); /* … and the last, after its flush */
void connection_expire(struct connection *c);     /* its deadline has passed */

/* connection_gate.c */
void connection_arrive(struct connection *c);
void connection_come_from(struct connection *c, const struct address *address);
void connection_depart(struct connection *c);
int connection_refusal(struct connection *c); /* the status to refuse all it asks with, or 0 */
bool connection_may_ask(struct connection *c);
void connection_count_kept(struct connection *c); /* after what it keeps has changed */
void connections_keep_within(struct connections *set);

/* connection_http.c; input: uses up what it can, returns how much that was */
size_t connection_http_input(struct connection *c, const char *data, size_t size);
void connection_http_refuse(struct connection *c, int status);

/* connection_line.c; input: what came over a line that is not plain */
void connection_line_open(struct connection *c, const struct entrance *entrance);
void connection_line_input(struct connection *c, unsigned char *data, size_t size);
void connection_line_free(struct connection *c);
static inline bool connection_is_tls(const struct connection *c)
{
    return c->line && c->line->tls;
}

/* connection_tls.c; for one that is TLS. gather: as connection_gather, of what is encrypted.
 * end: whether there is a last word to send. */
void connection_tls_input(struct connection *c, const unsigned char *data, size_t size);
size_t connection_tls_gather(struct connection *c, struct msghdr *message);
void connection_tls_sent(struct connection *c, size_t size);
bool connection_tls_end(struct connection *c);

/* connection_websocket.c */
size_t connection_websocket_input(struct connection *c, unsigned char *data, size_t size);
void connection_websocket_begin(struct connection *c);
void connection_websocket_expire(struct connection *c);
void connection_shed(struct connection *c); /* in whatever phase: so that it keeps nothing */

/* connection_output.c; queue: takes over the reference */
void connection_queue(struct connection *c, struct frame *frame);
size_t connection_gather(const struct connection *c, struct msghdr *message, size_t parts_max);
void connection_sent(struct connection *c, size_t size); /* so much of what was gathered */
bool connection_has_to_send(const struct connection *c);
void connection_flush(struct connection *c);
void connection_flush_together(struct connection **connections, size_t count);
void connection_drop_unbegun(struct connection *c); /* all but a frame that has partly gone */
void connection_drop_queue(struct connection *c);
