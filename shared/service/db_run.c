/* Statements: run, told apart when they fail, and tied into transactions. */

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/service/db_connection.h"

#define ATTEMPTS 5 /* of a statement that lost to another one */

static bool is_state(const PGresult *result, const char *state)
{
    const char *got = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return got != NULL && strncmp(got, state, strlen(state)) == 0;
}

/* Whether it lost to another one: tried again, it may do. */
static bool has_lost(const PGresult *result)
{
    return is_state(result, "40P01") || is_state(result, "40001");
}

/* What an error means to the caller. Classes: PostgreSQL's appendix A, "Error Codes". */
static enum tc_status status_of(const PGresult *result, const struct tc_stmt *stmt)
{
    const char *name = stmt != NULL ? stmt->name : "commit";
    static const struct {
        const char *state;
        enum tc_status status;
        bool expected;
    } meanings[] = {
        {"23505", TC_CONFLICT, true},      {"23503", TC_NOT_FOUND, true},
        {"23514", TC_INVALID_FIELD, true}, {"22021", TC_BAD_REQUEST, false},
        {"57014", TC_UNAVAILABLE, false},  {"57P", TC_UNAVAILABLE, false},
        {"08", TC_UNAVAILABLE, false},     {"53", TC_UNAVAILABLE, false},
        {"40", TC_UNAVAILABLE, false},     {"25006", TC_UNAVAILABLE, false},
    };
    for (size_t i = 0; i < TC_COUNT(meanings); i++) {
        if (!is_state(result, meanings[i].state))
            continue;
        if (!meanings[i].expected)
            db_log_failure("statement_failed", name, PQresultErrorMessage(result));
        return meanings[i].status;
    }
    db_log_failure("statement_failed", name, PQresultErrorMessage(result));
    return TC_INTERNAL;
}

/* What came, or NULL when the connection is lost. */
static PGresult *or_lose(struct tc_db *db, PGresult *result)
{
    if (result != NULL && PQstatus(db->conn) != CONNECTION_BAD)
        return result;
    PQclear(result);
    db_lose(db, PQerrorMessage(db->conn));
    return NULL;
}

static bool send_stmt(struct tc_db *db, const struct tc_stmt *stmt, struct tc_args args)
{
    return PQsendQueryPrepared(db->conn, stmt->name, (int)args.count, args.values, NULL, NULL, 0) !=
           0;
}

static bool send_word(struct tc_db *db, const char *word)
{
    return PQsendQueryParams(db->conn, word, 0, NULL, NULL, NULL, NULL, 0) != 0;
}

static int64_t patience(void)
{
    return tc_mono_ms() + STATEMENT_MS + 500;
}

static PGresult *execute(struct tc_db *db, const struct tc_stmt *stmt, struct tc_args args)
{
    return or_lose(db, send_stmt(db, stmt, args) ? db_receive(db->conn, patience()) : NULL);
}

/*
 * The results of two commands that were sent in one go, then of their end. The
 * one of interest is kept, unless the other failed.
 */
static PGresult *receive_two(struct tc_db *db, int of_interest)
{
    PGresult *results[3] = {NULL, NULL, NULL};
    for (int i = 0; i < 3 && (i == 0 || results[i - 1] != NULL); i++)
        results[i] = db_receive(db->conn, patience());
    int kept = of_interest;
    if (results[1 - kept] != NULL && PQresultStatus(results[1 - kept]) == PGRES_FATAL_ERROR)
        kept = 1 - kept;
    PGresult *result =
        results[2] != NULL && PQexitPipelineMode(db->conn) != 0 ? results[kept] : NULL;
    for (int i = 0; i < 3; i++)
        if (results[i] != result)
            PQclear(results[i]);
    return or_lose(db, result);
}

/* BEGIN and the statement, in one round trip. */
static PGresult *begin_and_execute(struct tc_db *db, const struct tc_stmt *stmt,
                                   struct tc_args args)
{
    bool sent = PQenterPipelineMode(db->conn) != 0 && send_word(db, "BEGIN") &&
                send_stmt(db, stmt, args) && PQpipelineSync(db->conn) != 0;
    return sent ? receive_two(db, 1) : or_lose(db, NULL);
}

static bool is_fine(const PGresult *result)
{
    ExecStatusType outcome = PQresultStatus(result);
    return outcome == PGRES_TUPLES_OK || outcome == PGRES_COMMAND_OK;
}

void db_undo(struct tc_db *db)
{
    bool open = db->open;
    db->open = db->doomed = false;
    if (open)
        PQclear(or_lose(db, send_word(db, "ROLLBACK") ? db_receive(db->conn, patience()) : NULL));
    db->doomed = false;
}

bool db_is_open(const struct tc_db *db)
{
    return db->open || db->doomed;
}

static PGresult *execute_and_commit(struct tc_db *db, const struct tc_stmt *last,
                                    struct tc_args args)
{
    bool sent = PQenterPipelineMode(db->conn) != 0 && send_stmt(db, last, args) &&
                send_word(db, "COMMIT") && PQpipelineSync(db->conn) != 0;
    return sent ? receive_two(db, 1) : or_lose(db, NULL);
}

static PGresult *just_commit(struct tc_db *db)
{
    return or_lose(db, send_word(db, "COMMIT") ? db_receive(db->conn, patience()) : NULL);
}

enum tc_status db_commit(struct tc_db *db, const struct tc_stmt *last, struct tc_args args)
{
    enum tc_status status = TC_UNAVAILABLE;
    PGresult *result = NULL;
    int64_t began_us = tc_mono_us();
    if (db->open && !db->doomed)
        result = last != NULL ? execute_and_commit(db, last, args) : just_commit(db);
    /* A transaction that has failed answers a COMMIT with ROLLBACK. */
    if (result != NULL && is_fine(result))
        status = strcmp(PQcmdStatus(result), "COMMIT") == 0 ? TC_OK : TC_INTERNAL;
    else if (result != NULL)
        status = status_of(result, last);
    PQclear(result);
    db_timing_add(db, NULL, began_us);
    if (status == TC_OK)
        db->open = false;
    else
        db_undo(db);
    return status;
}

/* A statement that has failed takes its transaction along: undone if it has just begun it. */
static void fail_transaction(struct tc_db *db, bool began)
{
    if (began) {
        db->open = true;
        db_undo(db);
    } else if (db->open) {
        db->doomed = true;
    }
}

static struct tc_rows *keep(struct tc_db *db, PGresult *result)
{
    struct tc_rows *rows = tc_alloc(sizeof(*rows));
    rows->result = result;
    rows->next = db->rows;
    db->rows = rows;
    return rows;
}

enum tc_status tc_db_run(struct tc_db *db, const struct tc_stmt *stmt, struct tc_args args,
                         struct tc_rows **out)
{
    enum tc_status status = TC_UNAVAILABLE;
    for (int attempt = 0; attempt < ATTEMPTS && !db->doomed && tc_db_is_up(db); attempt++) {
        bool begins = stmt->writes && db->more != NULL && !db->open;
        int64_t began_us = tc_mono_us();
        PGresult *result = begins ? begin_and_execute(db, stmt, args) : execute(db, stmt, args);
        db_timing_add(db, stmt, began_us);
        if (result == NULL)
            return TC_UNAVAILABLE;
        if (is_fine(result)) {
            db->open = db->open || begins;
            *out = keep(db, result);
            return TC_OK;
        }
        bool again = has_lost(result);
        status = status_of(result, stmt);
        PQclear(result);
        fail_transaction(db, begins);
        if (!again)
            break;
    }
    return status;
}

enum tc_status tc_db_run_one(struct tc_db *db, const struct tc_stmt *stmt, struct tc_args args,
                             struct tc_rows **out)
{
    struct tc_rows *rows = NULL;
    enum tc_status status = tc_db_run(db, stmt, args, &rows);
    if (status != TC_OK)
        return status;
    if (tc_rows_count(rows) == 0)
        return TC_NOT_FOUND;
    *out = rows;
    return TC_OK;
}

/* Each is a transaction of its own. */
static bool send_series(struct tc_db *db, const struct tc_query *queries, size_t count)
{
    bool sent = PQenterPipelineMode(db->conn) != 0;
    for (size_t i = 0; i < count && sent; i++)
        sent = send_stmt(db, queries[i].stmt, queries[i].args) && PQpipelineSync(db->conn) != 0;
    return sent;
}

/* What the next of a series gave, or NULL when the connection is of no use any more. */
static PGresult *receive_next(struct tc_db *db, int64_t deadline)
{
    PGresult *result = db_receive(db->conn, deadline);
    PGresult *end = result != NULL ? db_receive(db->conn, deadline) : NULL;
    if (PQresultStatus(end) != PGRES_PIPELINE_SYNC) {
        PQclear(result);
        result = NULL;
    }
    PQclear(end);
    return result;
}

/* Returns how many have been taken; the others have got nothing. Those to be run again are noted.
 */
static size_t take_series(struct tc_db *db, const struct tc_query *queries, size_t count,
                          tc_take *take, void *ctx, bool *again)
{
    int64_t deadline = patience();
    for (size_t i = 0; i < count; i++) {
        int64_t began_us = tc_mono_us();
        struct tc_rows rows = {.result = receive_next(db, deadline)};
        db_timing_add(db, queries[i].stmt, began_us);
        if (rows.result == NULL)
            return i;
        again[i] = has_lost(rows.result);
        if (is_fine(rows.result))
            take(ctx, i, TC_OK, &rows);
        else if (!again[i])
            take(ctx, i, status_of(rows.result, queries[i].stmt), NULL);
        PQclear(rows.result);
    }
    return count;
}

static void run_again(struct tc_db *db, const struct tc_query *query, size_t i, tc_take *take,
                      void *ctx)
{
    struct tc_rows *rows = NULL;
    enum tc_status status = tc_db_run(db, query->stmt, query->args, &rows);
    take(ctx, i, status, rows);
}

void tc_db_run_series(struct tc_db *db, const struct tc_query *queries, size_t count, tc_take *take,
                      void *ctx)
{
    bool *again = tc_alloc(count * sizeof(*again));
    size_t taken = 0;
    if (count > 0 && !db->doomed && tc_db_is_up(db)) {
        if (send_series(db, queries, count))
            taken = take_series(db, queries, count, take, ctx, again);
        if (taken < count || PQexitPipelineMode(db->conn) == 0)
            or_lose(db, NULL);
    }
    for (size_t i = 0; i < taken; i++)
        if (again[i])
            run_again(db, &queries[i], i, take, ctx);
    for (size_t i = taken; i < count; i++)
        take(ctx, i, TC_UNAVAILABLE, NULL);
    free(again);
}
