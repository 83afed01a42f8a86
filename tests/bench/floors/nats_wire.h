/* NATS as barely as its wire has it: a blocking socket, frames written whole, messages counted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;

struct nats_wire;

/* Connected to the server that TINCAN_NATS_URL names. */
struct nats_wire *nats_open(void);

/* Returns when the server has taken it. Before anything else comes over this connection. */
void nats_subscribe(struct nats_wire *wire, const char *subject);

/* Appends what publishes; `header`: a block as the wire has it, or NULL. */
void nats_put(struct tc_buf *out, const char *subject, const char *reply, const char *header,
              const char *data);

/* Sends all of it, and empties the buffer. */
void nats_send(struct nats_wire *wire, struct tc_buf *out);

/* One message that has come; all borrowed until the next call. */
struct nats_message {
    const char *reply; /* not ended by NUL */
    size_t reply_len;
    const char *data;
    size_t len;
};

/* The next one of what has come; waits only if `wait`. False: there is none. */
bool nats_next(struct nats_wire *wire, bool wait, struct nats_message *out);
