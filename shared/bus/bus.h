#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "shared/base/status.h"
#include "shared/bus/settings.h"

/*
 * A NATS connection on a libuv loop. It connects and reconnects by itself, for
 * ever; an unreachable server is no error here. Publishing is allowed from any
 * thread, opening and closing from the loop's thread only.
 */
struct tc_bus;

/* A message as it was received. Freed by whoever owns it. */
struct tc_msg;

/* A subscription. */
struct tc_sub;

struct tc_bus_config {
    uv_loop_t *loop;
    const struct tc_bus_settings *settings; /* borrowed while it opens */
    const char *name; /* of the connection, as operators see it, and of its inbox: no dots */

    /*
     * Every message, of every subscription in one order, and of the inbox.
     * Called on a thread of nats.c; takes ownership of msg.
     */
    void (*on_message)(void *ctx, struct tc_msg *msg);

    /*
     * On the loop's thread. Up: the server hears us, and again all our
     * subscriptions; not one message after a loss comes before it. Lost: what
     * was published and not yet answered may never have arrived.
     */
    void (*on_up)(void *ctx);
    void (*on_lost)(void *ctx);
    void *ctx;
};

struct tc_bus *tc_bus_open(const struct tc_bus_config *config);

/* Ends it. The loop must run on until the bus's handles have closed. */
void tc_bus_close(struct tc_bus **bus);

/* When the last bus of the process has closed: frees what nats.c keeps for all of them. */
void tc_bus_end(void);

bool tc_bus_is_up(const struct tc_bus *bus);

/* A subject of our own, "_INBOX.<name>.<random>": all below it comes to on_message. */
const char *tc_bus_inbox(const struct tc_bus *bus);

/* What is to be published; reply and headers may be left out. All borrowed. */
struct tc_header {
    const char *name;
    const char *value;
};

struct tc_outgoing {
    const char *subject;
    const char *reply;
    const struct tc_header *headers;
    size_t header_count;
    const char *data;
    size_t len;
};

/*
 * TC_UNAVAILABLE at once while the server is away or cannot keep up. TC_OK
 * promises nothing: only an answer proves that a message has arrived.
 */
enum tc_status tc_bus_publish(struct tc_bus *bus, const struct tc_outgoing *message);

/*
 * Before publishing much at once: waits until the server has taken most of what
 * is buffered, or for a few seconds. Never on the loop's thread.
 */
void tc_bus_make_room(struct tc_bus *bus);

/* queue: the queue group, or NULL. Also while the server is away: it is asked on return. */
struct tc_sub *tc_bus_subscribe(struct tc_bus *bus, const char *subject, const char *queue);
void tc_bus_unsubscribe(struct tc_sub **sub);

/* A subscription with a callback of its own, for as long as the bus is open. As on_message. */
void tc_bus_listen(struct tc_bus *bus, const char *subject, const char *queue,
                   void (*on_message)(void *ctx, struct tc_msg *msg), void *ctx);

/* Ends all that tc_bus_listen began; what is under way still comes. */
void tc_bus_mute(struct tc_bus *bus);

/*
 * Publishes a request and waits for its one answer, blocking: never on the
 * loop's thread, and by one thread of a process. TC_UNAVAILABLE: nobody
 * serves the subject, or no answer came in time. On TC_OK the caller frees *out.
 */
enum tc_status tc_bus_ask(struct tc_bus *bus, const struct tc_outgoing *request, int64_t timeout_ms,
                          struct tc_msg **out);

const char *tc_msg_subject(const struct tc_msg *msg);
const char *tc_msg_reply(const struct tc_msg *msg); /* NULL: none */
const char *tc_msg_data(const struct tc_msg *msg);  /* followed by a NUL */
size_t tc_msg_len(const struct tc_msg *msg);
const char *tc_msg_header(struct tc_msg *msg, const char *name); /* NULL: not there */
bool tc_msg_is_no_responders(const struct tc_msg *msg);          /* the server's own answer */
void tc_msg_free(struct tc_msg **msg);
