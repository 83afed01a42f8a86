/*
 * The least that reading pages can cost: the message service's own statement for the newest page of
 * a conversation, or the one before a message, many under way at once.
 * `pages world=1 rooms=1000 limit=50 before=951 depth=16 seconds=3`; seed.js has made the world.
 */

#include <stdio.h>
#include <stdlib.h>

#include "services/message/store_private.h"
#include "shared/base/id.h"
#include "tests/bench/floors/database.h"
#include "tests/bench/floors/work.h"

static const char *limit, *before;
static unsigned world, rooms;

static void ask(PGconn *conn)
{
    char conversation[TC_ID_SIZE];
    snprintf(conversation, sizeof(conversation), "01900000-%04x-7003-8000-%012x", world,
             (unsigned)random() % rooms);
    const char *const values[] = {conversation, "0", before, limit};
    if (PQsendQueryPrepared(conn, message_list_down_stmt.name, 4, values, NULL, NULL, 1) == 0)
        work_die("send", PQerrorMessage(conn));
}

/* Takes one answer, and the nothing that ends it. */
static int take(PGconn *conn)
{
    PGresult *result = database_expect(conn, PQgetResult(conn));
    int count = PQntuples(result);
    PQclear(result);
    if (PQgetResult(conn) != NULL)
        work_die("pages", "two results");
    return count;
}

int main(int argc, char **argv)
{
    (void)argc;
    world = (unsigned)work_number(argv, "world", 1);
    rooms = (unsigned)work_number(argv, "rooms", 1000);
    limit = work_text(argv, "limit", "50");
    before = work_text(argv, "before", "9007199254740991");
    double seconds = (double)work_number(argv, "seconds", 3);
    int64_t depth = work_number(argv, "depth", 16);
    PGconn *conn = database_open(&message_list_down_stmt);
    if (PQenterPipelineMode(conn) == 0)
        work_die("pipeline", PQerrorMessage(conn));

    work_begin();
    int64_t pages = 0, messages = 0, open = 0;
    while (work_seconds() < seconds) {
        for (; open < depth; open++) {
            ask(conn);
            PQsendFlushRequest(conn);
        }
        for (; open > depth / 2; open--, pages++)
            messages += take(conn);
    }
    char more[64];
    snprintf(more, sizeof(more), ",\"messages\":%lld", (long long)messages);
    work_end(pages, more);
}
