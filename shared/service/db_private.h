#pragma once

#include "shared/service/db.h"

/* What only the skeleton does with a database connection. */

struct tc_arena;
struct tc_arena *db_arena(struct tc_db *db);

struct tc_buf;
/* Its numbers, as Prometheus reads them. On any thread. */
void db_metrics_write(const struct tc_db *db, struct tc_buf *out);

/* On any thread: whether there is a connection, as far as is known. */
bool db_has_connection(const struct tc_db *db);

/*
 * From now on a statement that writes runs in a transaction, which db_commit or
 * db_undo ends. `more` are prepared beside the service's own; ends with NULL.
 */
void db_transact(struct tc_db *db, const struct tc_stmt *const *more);

/* Whether a statement that writes has run, or tried to, since the last commit. */
bool db_is_open(const struct tc_db *db);

/*
 * Ends the transaction, after one last statement (NULL: none), in one round trip.
 * TC_UNAVAILABLE: it may have been committed. Not TC_OK: it is over all the same.
 */
enum tc_status db_commit(struct tc_db *db, const struct tc_stmt *last, struct tc_args args);
void db_undo(struct tc_db *db);
