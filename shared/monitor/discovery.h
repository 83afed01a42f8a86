/*
 * How a process is found and asked over NATS: $SRV.PING, .INFO and .STATS, of all, of those of a
 * name, or of one (NATS's ADR-32, "Service API").
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tc_buf;
struct tc_bus;
struct tc_msg;

struct tc_discovery;

/* All borrowed. */
struct tc_discovery_config {
    const char *name;    /* "tincan-group" */
    const char *summary; /* a sentence */
    const char *url;     /* of the process's own port, told as metadata */
    int64_t began_ms;    /* tc_now_ms */

    /* Writes all endpoints, by tc_endpoint_write. On the thread of tc_discovery_answer. */
    void (*write_endpoints)(void *ctx, bool stats, struct tc_buf *out);
    void *ctx;
};

struct tc_discovery *tc_discovery_create(const struct tc_discovery_config *config);
void tc_discovery_free(struct tc_discovery **discovery);

/* What is asked comes to on_message, which has it answered, on whatever thread. */
void tc_discovery_listen(struct tc_discovery *discovery, struct tc_bus *bus,
                         void (*on_message)(void *ctx, struct tc_msg *msg), void *ctx);
bool tc_discovery_is_asked(const struct tc_msg *msg);
void tc_discovery_answer(const struct tc_discovery *discovery, struct tc_bus *bus,
                         const struct tc_msg *msg);

/* What it answers requests on, and how that goes. */
struct tc_endpoint {
    const char *name; /* a slash or dot in it becomes a dash */
    const char *subject, *queue;
    uint64_t requests, errors, took_us; /* in all */
    const char *last_error;             /* "": none */
};
void tc_endpoint_write(const struct tc_endpoint *endpoint, bool stats, struct tc_buf *out);
