#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/status.h"
#include "shared/service/outbox.h"

struct tc_buf;
struct tc_bus;
struct tc_db;
struct tc_header;
struct tc_msg;
struct tc_request;

/* The process's outbox at work. On the handler thread, but for outbox_on_message. */
struct outbox;

struct outbox *outbox_create(const struct tc_outbox *plan, struct tc_db *db, struct tc_bus *bus);
void outbox_free(struct outbox **outbox);

extern const struct tc_stmt outbox_store_stmt, outbox_adopt_stmt, outbox_acknowledge_stmt,
    outbox_forget_stmt, outbox_newest_stmt, outbox_reopen_stmt, outbox_waiting_stmt;

/* What the skeleton must prepare for it, beside the service's own; ends with NULL. */
const struct tc_stmt *const *outbox_statements(const struct tc_outbox *plan);

/*
 * Ends what handlers have begun in the database: commits the changes of those
 * that have ended TC_OK, with their events, or undoes them. Should that fail,
 * they have failed.
 */
void outbox_settle(struct outbox *outbox, struct tc_request **reqs, size_t count);

/* Publishes an event of a row with up to two further headers, and counts it until JetStream has
 * acknowledged it. */
void outbox_publish(struct outbox *outbox, const struct tc_outbox_event *event,
                    const struct tc_header *more, size_t count);

/* Nothing more of the rows that events were published of is to come. */
void outbox_release(struct outbox *outbox);

/* An acknowledgement, if that is what it is; takes ownership of msg then. On nats.c's thread. */
bool outbox_on_message(struct outbox *outbox, struct tc_msg *msg);

/* Each turn: notes what is acknowledged, adopts orphans, forgets old rows. */
void outbox_tend(struct outbox *outbox);

/* Waits until there is room for the events of another turn: backpressure, never a drop. */
void outbox_await_room(struct outbox *outbox);

/* Looks at how much waits in the table, for outbox_write. */
void outbox_measure(struct outbox *outbox);

/* Its numbers, as Prometheus reads them. On any thread. */
void outbox_write(struct outbox *outbox, struct tc_buf *out);
