#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * A PostgreSQL connection for scripts: long statements, no deadline, one thread.
 * (The services' connection, shared/service/db.h, is made for the opposite.)
 * What fails is logged here.
 */
struct database;

/* NULL: could not connect. */
struct database *database_connect(const char *url);
void database_close(struct database **database);

/* Runs any SQL, several statements too. */
bool database_run(struct database *database, const char *sql);

/* Runs one statement with values for $1, $2, … */
bool database_run_with(struct database *database, const char *sql, const char *const *values,
                       size_t count);

/*
 * Runs a query of one column with values for $1, $2, … *out is the first row's
 * text, to be freed with free(), or NULL when there is none.
 */
bool database_text(struct database *database, const char *sql, const char *const *values,
                   size_t count, char **out);

/* Whether a transaction has begun and can still be committed. */
bool database_in_transaction(const struct database *database);

/* Whether the last that failed has only come too early: somebody held a lock for too long. */
bool database_was_locked_out(const struct database *database);

/* Sets a role's password. What travels, and could be logged by the server, is its SCRAM verifier.
 */
bool database_set_password(struct database *database, const char *role, const char *password);
