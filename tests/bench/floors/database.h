/* PostgreSQL as barely as libpq has it: for the floors that run the services' own statements. */
#pragma once

#include <libpq-fe.h>

struct tc_stmt;

/* Connected as the message service, with that statement prepared. */
PGconn *database_open(const struct tc_stmt *stmt);

/* The result, which has to be rows. */
PGresult *database_expect(PGconn *conn, PGresult *result);
