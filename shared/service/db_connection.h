#pragma once

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/monitor/metrics.h"
#include "shared/service/db_private.h"

/* The inside of a connection, for the db files only: the ones that know libpq. */

#define STATEMENT_MS 4000 /* a server that is alive ends a statement by then */

struct tc_rows {
    PGresult *result;
    struct tc_rows *next;
};

/* How long a statement takes; of the one that is NULL elsewhere: a commit. */
struct db_timing {
    const struct tc_stmt *stmt;
    struct tc_histogram seconds;
};

struct tc_db {
    char *url;
    const struct tc_stmt *const *statements;
    const struct tc_stmt *const *more; /* of the skeleton; NULL: none, and no transactions */
    PGconn *conn;
    struct tc_rows *rows; /* of this handler's run */
    struct tc_arena arena;
    bool open;   /* a transaction is */
    bool doomed; /* it was, and has failed: whatever comes now fails too */
    int64_t backoff_ms;
    int64_t retry_at; /* when to connect again; tc_mono_ms */

    /* For other threads, too. */
    atomic_bool up; /* connected, as far as is known */
    struct tc_counter connects, losses;
    struct db_timing *timings;
    size_t timing_count;
};

/*
 * What came of the one command that was sent, or of the next one in a pipeline;
 * NULL if the server fell silent or the connection broke.
 */
PGresult *db_receive(PGconn *conn, int64_t deadline_ms);

/* Gives the connection up; a new one is made when it is time to. */
void db_lose(struct tc_db *db, const char *why);

void db_log_failure(const char *event, const char *name, const char *text);

/* Once the statements are known, and before anybody reads: forgets what was timed. */
void db_timing_create(struct tc_db *db);
void db_timing_add(struct tc_db *db, const struct tc_stmt *stmt, int64_t began_us);
