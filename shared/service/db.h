#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/status.h"

/*
 * A PostgreSQL connection, used by one thread. It reconnects by itself, with
 * backoff, and prepares its statements again; while it is away every statement
 * is TC_UNAVAILABLE at once.
 */
struct tc_db;

/* The rows a statement returned. They belong to the connection, until tc_db_release. */
struct tc_rows;

/*
 * A statement is a constant with a name. All of a service's statements are
 * prepared when it connects, so a mistake in one shows at start, and no code
 * path can put a value into SQL text.
 */
struct tc_stmt {
    const char *name;
    const char *sql;
    /*
     * It changes something that events tell of. Under the skeleton it then runs
     * in a transaction that ends when the handler has returned: committed
     * together with the events for TC_OK, else undone.
     */
    bool writes;
    bool untold; /* It changes something that nobody is told of. */
};

/* statements: ends with NULL. Begins to connect at the first tc_db_is_up or tc_db_run. */
struct tc_db *tc_db_open(const char *url, const struct tc_stmt *const *statements);
void tc_db_close(struct tc_db **db);

/* Whether it is connected; if not, tries again when it is time to. */
bool tc_db_is_up(struct tc_db *db);

/* Which connection it is: a number that rises each time a new one is made. */
uint64_t tc_db_connection(const struct tc_db *db);

struct tc_args {
    const char *const *values; /* in text form; NULL is SQL NULL */
    size_t count;
};

#define TC_ARGS(...)                                                                               \
    ((struct tc_args){                                                                             \
        .values = (const char *const[]){__VA_ARGS__},                                              \
        .count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),                \
    })
#define TC_NO_ARGS ((struct tc_args){0})

/* Arguments in text form; valid until tc_db_release. */
const char *tc_db_int(struct tc_db *db, int64_t number);
const char *tc_db_bool(bool yes);
const char *tc_db_array(struct tc_db *db, const char *const *texts, size_t count); /* NULL: NULL */
const char *tc_db_ints(struct tc_db *db, const int64_t *numbers, size_t count);

/*
 * Runs a statement, which is a transaction of its own. On TC_OK *out is set.
 * Otherwise it is left alone, nothing has been changed, and the reason has been
 * logged, but for what callers expect: a broken unique constraint is
 * TC_CONFLICT, a foreign key TC_NOT_FOUND, a check TC_INVALID_FIELD.
 * TC_UNAVAILABLE: the database is away, and the change may have been made.
 * Deadlocks and failed serialisations (40P01, 40001) are tried again.
 */
enum tc_status tc_db_run(struct tc_db *db, const struct tc_stmt *stmt, struct tc_args args,
                         struct tc_rows **out);

/* As tc_db_run, for a statement about one row: TC_NOT_FOUND when it returned none. */
enum tc_status tc_db_run_one(struct tc_db *db, const struct tc_stmt *stmt, struct tc_args args,
                             struct tc_rows **out);

struct tc_query {
    const struct tc_stmt *stmt; /* one that only reads */
    struct tc_args args;
};

/*
 * What came of a query; rows is NULL unless status is TC_OK, and gone when it
 * returns. It must not run statements.
 */
typedef void tc_take(void *ctx, size_t query, enum tc_status status, const struct tc_rows *rows);

/*
 * Sends all of them at once: the server is at the next while what came of one
 * is taken, which happens once for each. One that fails does not harm the
 * others. All together have the time that a statement has, so that none waits
 * for more than one: who gets nothing by then is TC_UNAVAILABLE.
 */
void tc_db_run_series(struct tc_db *db, const struct tc_query *queries, size_t count, tc_take *take,
                      void *ctx);

size_t tc_rows_count(const struct tc_rows *rows);
const char *tc_rows_text(const struct tc_rows *rows, size_t row, int column); /* NULL: SQL NULL */
int64_t tc_rows_int(const struct tc_rows *rows, size_t row, int column);      /* 0: SQL NULL */
bool tc_rows_bool(const struct tc_rows *rows, size_t row, int column);

/* Frees all rows and arguments. The service skeleton calls it when a handler has returned. */
void tc_db_release(struct tc_db *db);
