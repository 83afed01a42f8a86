#pragma once

#include <stddef.h>

struct tc_rows;
struct tc_stmt;

/*
 * The outbox: what a change will say to everyone is on disk with the change,
 * so that no crash between the commit and the publishing can lose it.
 *
 * A row is written in the change's own transaction. After the commit its events
 * are published from memory, and JetStream's acknowledgements are counted; the
 * greatest acknowledged sequence is noted in the row, and the row goes three
 * minutes later. A row that nobody has acknowledged for 5 s is an orphan: any
 * process of the service adopts it and publishes it again. JetStream knows what
 * it has by Nats-Msg-Id; but it acknowledges before its disk has it, so after a
 * reconnect the newest row is compared with the stream, and only if that has
 * lost its tail are the rows of the last three minutes published again.
 *
 * Each service has a table `outbox` in its schema, which its role's search_path
 * leads to:
 *
 *     id uuid PRIMARY KEY, created_at timestamptz, adopted_at timestamptz,
 *     acked_seq bigint, msg_id text, and what is to be told
 *
 * Usually that is `subjects text[], says integer[], payloads text[]`, where each
 * subject says which payload is its own, and the skeleton writes the row: a service has nothing to
 * do but to flag its statements that change something (tc_stmt.writes). A service that would rather
 * keep what the events are made from writes its rows in its own statements, names them to the
 * skeleton (tc_request_in_outbox), and says here how to make them again.
 */
struct tc_outbox {
    /* Takes orphans (TC_OUTBOX_ORPHANS in its WITH) and returns what `rebuild` wants of them. */
    const struct tc_stmt *adopt;

    /* Tells each event of those rows, by tc_outbox_rebuilt. */
    void (*rebuild)(const struct tc_rows *orphans);
};

#define TC_OUTBOX_ORPHANS                                                                          \
    "UPDATE outbox SET adopted_at = now() WHERE id IN ("                                           \
    "  SELECT id FROM outbox WHERE acked_seq IS NULL"                                              \
    "  AND coalesce(adopted_at, created_at) < now() - interval '5 s'"                              \
    "  ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED) RETURNING *"

/*
 * One event of an orphan, as it would have been published. All borrowed.
 * Without a payload it is of something that is no more: nobody hears of it, and
 * its row does not wait for it.
 */
struct tc_outbox_event {
    const char *row_id;
    const char *subject;
    const char *msg_id;
    const char *payload;
    size_t len;
};
void tc_outbox_rebuilt(const struct tc_outbox_event *event);
