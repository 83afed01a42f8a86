/* A PostgreSQL connection for scripts. */

#include "migrate/database.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"

#define LOCK_NOT_AVAILABLE "55P03"
#define DEADLOCK "40P01"

struct database {
    PGconn *conn;
    bool locked_out;
};

static void log_failure(const struct database *database)
{
    char quoted[TC_QUOTE_SIZE];
    tc_log(TC_ERROR, "database_failed", "reason=%s",
           tc_log_quote(PQerrorMessage(database->conn), quoted));
}

static void on_notice(void *ctx, const char *message)
{
    (void)ctx;
    char quoted[TC_QUOTE_SIZE];
    tc_log(TC_DEBUG, "database_notice", "text=%s", tc_log_quote(message, quoted));
}

struct database *database_connect(const char *url)
{
    const char *const names[] = {"dbname", "application_name", "connect_timeout", NULL};
    const char *const values[] = {url, "tincan-migrate", "10", NULL};
    struct database *database = tc_alloc(sizeof(*database));
    database->conn = PQconnectdbParams(names, values, 1);
    if (PQstatus(database->conn) != CONNECTION_OK) {
        log_failure(database);
        database_close(&database);
        return NULL;
    }
    PQsetNoticeProcessor(database->conn, on_notice, NULL);
    return database;
}

void database_close(struct database **database)
{
    if (*database == NULL)
        return;
    PQfinish((*database)->conn);
    free(*database);
    *database = NULL;
}

/* Takes ownership of the result. */
static bool succeeded(struct database *database, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    database->locked_out =
        code != NULL && (strcmp(code, LOCK_NOT_AVAILABLE) == 0 || strcmp(code, DEADLOCK) == 0);
    PQclear(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
        return true;
    log_failure(database);
    return false;
}

bool database_run(struct database *database, const char *sql)
{
    return succeeded(database, PQexec(database->conn, sql));
}

static PGresult *execute(struct database *database, const char *sql, const char *const *values,
                         size_t count)
{
    return PQexecParams(database->conn, sql, (int)count, NULL, values, NULL, NULL, 0);
}

bool database_run_with(struct database *database, const char *sql, const char *const *values,
                       size_t count)
{
    return succeeded(database, execute(database, sql, values, count));
}

bool database_text(struct database *database, const char *sql, const char *const *values,
                   size_t count, char **out)
{
    PGresult *result = execute(database, sql, values, count);
    char *text = NULL;
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0)
        text = tc_strdup(PQgetvalue(result, 0, 0));
    if (!succeeded(database, result))
        return false;
    *out = text;
    return true;
}

bool database_in_transaction(const struct database *database)
{
    return PQtransactionStatus(database->conn) == PQTRANS_INTRANS;
}

bool database_was_locked_out(const struct database *database)
{
    return database->locked_out;
}

bool database_set_password(struct database *database, const char *role, const char *password)
{
    char *verifier = PQencryptPasswordConn(database->conn, password, role, "scram-sha-256");
    if (verifier == NULL) {
        log_failure(database);
        return false;
    }
    char *name = PQescapeIdentifier(database->conn, role, strlen(role));
    char *literal = PQescapeLiteral(database->conn, verifier, strlen(verifier));
    struct tc_buf sql = {0};
    tc_buf_printf(&sql, "ALTER ROLE %s PASSWORD %s", name, literal);
    bool done = database_run(database, sql.data);
    tc_buf_free(&sql);
    PQfreemem(literal);
    PQfreemem(name);
    PQfreemem(verifier);
    return done;
}
