/* A connection to PostgreSQL: made, lost, made again; and the rows that came over it. */

#include "shared/service/db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/id.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/service/db_connection.h"

#define CONNECT_MS 2000
#define BACKOFF_FIRST_MS 50
#define BACKOFF_LAST_MS 1000

void db_log_failure(const char *event, const char *name, const char *text)
{
    char quoted[TC_QUOTE_SIZE];
    tc_log(TC_WARN, event, "what=%s reason=%s", name, tc_log_quote(text, quoted));
}

/* A random part of the wait, so that a fleet does not come back in step. */
static int64_t with_jitter(int64_t ms)
{
    uint32_t dice;
    tc_random(&dice, sizeof(dice));
    return ms / 2 + dice % (ms / 2 + 1);
}

void db_lose(struct tc_db *db, const char *why)
{
    db_log_failure("database_lost", "connection", why);
    PQfinish(db->conn);
    db->conn = NULL;
    atomic_store(&db->up, false);
    tc_counter_add(&db->losses, 1);
    db->doomed = db->doomed || db->open;
    db->open = false;
    db->backoff_ms = db->backoff_ms == 0 ? BACKOFF_FIRST_MS : db->backoff_ms * 2;
    if (db->backoff_ms > BACKOFF_LAST_MS)
        db->backoff_ms = BACKOFF_LAST_MS;
    db->retry_at = tc_mono_ms() + with_jitter(db->backoff_ms);
}

/* Waits for the socket; false when the deadline came first. */
static bool await_socket(PGconn *conn, short events, int64_t deadline)
{
    int64_t left = deadline - tc_mono_ms();
    struct pollfd fd = {.fd = PQsocket(conn), .events = events};
    return left > 0 && fd.fd >= 0 && poll(&fd, 1, (int)left) > 0;
}

static bool connect_by(PGconn *conn, int64_t deadline)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED ||
            !await_socket(conn, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
            return false;
        state = PQconnectPoll(conn);
    }
    return true;
}

PGresult *db_receive(PGconn *conn, int64_t deadline)
{
    for (int flushed; (flushed = PQflush(conn)) != 0;)
        if (flushed < 0 || !await_socket(conn, POLLOUT | POLLIN, deadline) ||
            PQconsumeInput(conn) == 0)
            return NULL;

    PGresult *last = NULL;
    for (;;) {
        while (PQisBusy(conn)) {
            if (!await_socket(conn, POLLIN, deadline) || PQconsumeInput(conn) == 0) {
                PQclear(last);
                return NULL;
            }
        }
        PGresult *result = PQgetResult(conn);
        if (result == NULL)
            return last;
        PQclear(last);
        last = result;
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
            return last; /* no NULL follows */
    }
}

static bool prepare(struct tc_db *db, const struct tc_stmt *stmt)
{
    if (PQsendPrepare(db->conn, stmt->name, stmt->sql, 0, NULL) == 0)
        return false;
    PGresult *result = db_receive(db->conn, tc_mono_ms() + STATEMENT_MS);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!ok)
        db_log_failure("prepare_failed", stmt->name,
                       result != NULL ? PQresultErrorMessage(result) : "no answer");
    PQclear(result);
    return ok;
}

static bool prepare_all(struct tc_db *db, const struct tc_stmt *const *statements)
{
    for (const struct tc_stmt *const *stmt = statements; stmt != NULL && *stmt != NULL; stmt++)
        if (!prepare(db, *stmt))
            return false;
    return true;
}

static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg, (void)result;
}

static bool connect_now(struct tc_db *db)
{
    char timeout[64];
    snprintf(timeout, sizeof(timeout), "-c statement_timeout=%d", STATEMENT_MS);
    const char *const keys[] = {"dbname", "options", "tcp_user_timeout", "client_encoding", NULL};
    const char *const values[] = {db->url, timeout, "5000", "UTF8", NULL};
    db->conn = PQconnectStartParams(keys, values, 1);
    if (PQstatus(db->conn) == CONNECTION_BAD || !connect_by(db->conn, tc_mono_ms() + CONNECT_MS)) {
        db_lose(db, PQerrorMessage(db->conn));
        return false;
    }
    PQsetnonblocking(db->conn, 1);
    PQsetNoticeReceiver(db->conn, ignore_notice, NULL);
    if (!prepare_all(db, db->statements) || !prepare_all(db, db->more)) {
        db_lose(db, "could not prepare the statements");
        return false;
    }
    tc_log(TC_INFO, "database_up", "server_version=%d", PQserverVersion(db->conn));
    db->backoff_ms = 0;
    atomic_store(&db->up, true);
    tc_counter_add(&db->connects, 1);
    return true;
}

struct tc_db *tc_db_open(const char *url, const struct tc_stmt *const *statements)
{
    struct tc_db *db = tc_alloc(sizeof(*db));
    db->url = tc_strdup(url);
    db->statements = statements;
    db_timing_create(db);
    return db;
}

void tc_db_close(struct tc_db **db)
{
    if (*db == NULL)
        return;
    tc_db_release(*db);
    tc_arena_free(&(*db)->arena);
    PQfinish((*db)->conn);
    free((*db)->url);
    free((*db)->timings);
    free(*db);
    *db = NULL;
}

/* A connection that the server has closed shows as readable with nothing to read. */
static bool is_alive(struct tc_db *db)
{
    struct pollfd fd = {.fd = PQsocket(db->conn), .events = POLLIN};
    if (poll(&fd, 1, 0) == 0)
        return true;
    return PQconsumeInput(db->conn) != 0 && PQstatus(db->conn) == CONNECTION_OK;
}

bool tc_db_is_up(struct tc_db *db)
{
    if (db->conn != NULL && !is_alive(db))
        db_lose(db, PQerrorMessage(db->conn));
    if (db->conn != NULL)
        return true;
    return tc_mono_ms() >= db->retry_at && connect_now(db);
}

uint64_t tc_db_connection(const struct tc_db *db)
{
    return tc_counter_get(&db->connects);
}

void db_transact(struct tc_db *db, const struct tc_stmt *const *more)
{
    db->more = more;
    db_timing_create(db);
}

bool db_has_connection(const struct tc_db *db)
{
    return atomic_load(&db->up);
}

struct tc_arena *db_arena(struct tc_db *db)
{
    return &db->arena;
}

size_t tc_rows_count(const struct tc_rows *rows)
{
    return (size_t)PQntuples(rows->result);
}

const char *tc_rows_text(const struct tc_rows *rows, size_t row, int column)
{
    if (PQgetisnull(rows->result, (int)row, column))
        return NULL;
    return PQgetvalue(rows->result, (int)row, column);
}

int64_t tc_rows_int(const struct tc_rows *rows, size_t row, int column)
{
    const char *text = tc_rows_text(rows, row, column);
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

bool tc_rows_bool(const struct tc_rows *rows, size_t row, int column)
{
    const char *text = tc_rows_text(rows, row, column);
    return text != NULL && text[0] == 't';
}

void tc_db_release(struct tc_db *db)
{
    while (db->rows != NULL) {
        struct tc_rows *rows = db->rows;
        db->rows = rows->next;
        PQclear(rows->result);
        free(rows);
    }
    tc_arena_reset(&db->arena);
}
