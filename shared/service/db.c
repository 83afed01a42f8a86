/* PostgreSQL: the one file that knows libpq. */

#include "shared/service/db.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/arena.h"
#include "shared/base/clock.h"
#include "shared/base/id.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/service/db_private.h"

#define CONNECT_MS 2000
#define STATEMENT_MS 4000
#define BACKOFF_FIRST_MS 50
#define BACKOFF_LAST_MS 1000
#define ATTEMPTS 5 /* of a statement that lost to another one */

struct tc_rows {
    PGresult *result;
    struct tc_rows *next;
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
};

static void log_failure(const char *event, const char *name, const char *text)
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

static void lose(struct tc_db *db, const char *why)
{
    log_failure("database_lost", "connection", why);
    PQfinish(db->conn);
    db->conn = NULL;
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

/*
 * The one result of what was sent, or NULL if the server fell silent or the
 * connection broke. A server that is alive ends a statement by its own time-out.
 */
static PGresult *receive(PGconn *conn, int64_t deadline)
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
    }
}

static bool prepare(struct tc_db *db, const struct tc_stmt *stmt)
{
    if (PQsendPrepare(db->conn, stmt->name, stmt->sql, 0, NULL) == 0)
        return false;
    PGresult *result = receive(db->conn, tc_mono_ms() + STATEMENT_MS);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!ok)
        log_failure("prepare_failed", stmt->name,
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
        lose(db, PQerrorMessage(db->conn));
        return false;
    }
    PQsetnonblocking(db->conn, 1);
    PQsetNoticeReceiver(db->conn, ignore_notice, NULL);
    if (!prepare_all(db, db->statements) || !prepare_all(db, db->more)) {
        lose(db, "could not prepare the statements");
        return false;
    }
    tc_log(TC_INFO, "database_up", "server_version=%d", PQserverVersion(db->conn));
    db->backoff_ms = 0;
    return true;
}

struct tc_db *tc_db_open(const char *url, const struct tc_stmt *const *statements)
{
    struct tc_db *db = tc_alloc(sizeof(*db));
    db->url = tc_strdup(url);
    db->statements = statements;
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
        lose(db, PQerrorMessage(db->conn));
    if (db->conn != NULL)
        return true;
    return tc_mono_ms() >= db->retry_at && connect_now(db);
}

void db_transact(struct tc_db *db, const struct tc_stmt *const *more)
{
    db->more = more;
}

struct tc_arena *db_arena(struct tc_db *db)
{
    return &db->arena;
}

static bool is_state(const PGresult *result, const char *state)
{
    const char *got = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return got != NULL && strncmp(got, state, strlen(state)) == 0;
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
            log_failure("statement_failed", name, PQresultErrorMessage(result));
        return meanings[i].status;
    }
    log_failure("statement_failed", name, PQresultErrorMessage(result));
    return TC_INTERNAL;
}

/* What came, or NULL when the connection is lost. */
static PGresult *or_lose(struct tc_db *db, PGresult *result)
{
    if (result != NULL && PQstatus(db->conn) != CONNECTION_BAD)
        return result;
    PQclear(result);
    lose(db, PQerrorMessage(db->conn));
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
    return or_lose(db, send_stmt(db, stmt, args) ? receive(db->conn, patience()) : NULL);
}

/*
 * The results of two commands that were sent in one go, then of their end. The
 * one of interest is kept, unless the other failed.
 */
static PGresult *receive_two(struct tc_db *db, int of_interest)
{
    PGresult *results[3] = {NULL, NULL, NULL};
    for (int i = 0; i < 3 && (i == 0 || results[i - 1] != NULL); i++)
        results[i] = receive(db->conn, patience());
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
        PQclear(or_lose(db, send_word(db, "ROLLBACK") ? receive(db->conn, patience()) : NULL));
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
    return or_lose(db, send_word(db, "COMMIT") ? receive(db->conn, patience()) : NULL);
}

enum tc_status db_commit(struct tc_db *db, const struct tc_stmt *last, struct tc_args args)
{
    enum tc_status status = TC_UNAVAILABLE;
    PGresult *result = NULL;
    if (db->open && !db->doomed)
        result = last != NULL ? execute_and_commit(db, last, args) : just_commit(db);
    /* A transaction that has failed answers a COMMIT with ROLLBACK. */
    if (result != NULL && is_fine(result))
        status = strcmp(PQcmdStatus(result), "COMMIT") == 0 ? TC_OK : TC_INTERNAL;
    else if (result != NULL)
        status = status_of(result, last);
    PQclear(result);
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
        PGresult *result = begins ? begin_and_execute(db, stmt, args) : execute(db, stmt, args);
        if (result == NULL)
            return TC_UNAVAILABLE;
        if (is_fine(result)) {
            db->open = db->open || begins;
            *out = keep(db, result);
            return TC_OK;
        }
        bool again = is_state(result, "40P01") || is_state(result, "40001");
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
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(db, stmt, args, &rows);
    if (status != TC_OK)
        return status;
    if (tc_rows_count(rows) == 0)
        return TC_NOT_FOUND;
    *out = rows;
    return TC_OK;
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
