/* A connection with one prepared statement; whatever goes wrong ends the program. */

#include "tests/bench/floors/database.h"

#include <stdlib.h>

#include "shared/service/db.h"
#include "tests/bench/floors/work.h"

PGconn *database_open(const struct tc_stmt *stmt)
{
    const char *url = getenv("TINCAN_DATABASE_URL_MESSAGE");
    if (url == NULL)
        work_die("TINCAN_DATABASE_URL_MESSAGE", "is not set");
    PGconn *conn = PQconnectdb(url);
    if (PQstatus(conn) != CONNECTION_OK)
        work_die("connect", PQerrorMessage(conn));
    PGresult *result = PQprepare(conn, stmt->name, stmt->sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        work_die(stmt->name, PQerrorMessage(conn));
    PQclear(result);
    return conn;
}

PGresult *database_expect(PGconn *conn, PGresult *result)
{
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        work_die("statement", PQerrorMessage(conn));
    return result;
}
