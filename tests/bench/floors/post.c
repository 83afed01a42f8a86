/*
 * The least that storing messages can cost: the message service's own statement, from one
 * connection, on its tables with all their indexes and the row of the outbox; arguments in binary,
 * and made without looking at anything.
 *
 * `post sizes=12,40,33 rooms=200 body=120 seconds=3`: batches of those sizes in turn, each spread
 * over the rooms, which are made before.
 */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "services/message/store_private.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/id.h"
#include "tests/bench/floors/database.h"
#include "tests/bench/floors/work.h"

enum { UUID_TYPE = 2950, TEXT_TYPE = 25, BOOL_TYPE = 16 }; /* as pg_type has them */
enum { CONVERSATION, GROUP, ID, AUTHOR, BODY, NONCE, CLOSED, COLUMNS, OUTBOX = COLUMNS, ARGUMENTS };

static struct tc_buf columns[ARGUMENTS];
static uint8_t made; /* apart from the messages of other runs: the first byte of all ids of this */
static uint64_t counter;

static void put_int(struct tc_buf *out, uint32_t number)
{
    uint32_t wire = htonl(number);
    tc_buf_append(out, &wire, sizeof(wire));
}

static void put(struct tc_buf *out, const void *bytes, uint32_t size)
{
    put_int(out, size);
    tc_buf_append(out, bytes, size);
}

/* An array's head: one dimension, counted from 1. */
static void begin_array(struct tc_buf *out, uint32_t type, uint32_t count)
{
    tc_buf_clear(out);
    put_int(out, 1);
    put_int(out, 0);
    put_int(out, type);
    put_int(out, count);
    put_int(out, 1);
}

/* In the order of time, as ours are: half of what makes an index cheap. */
static void make_id(uint64_t number, uint8_t out[TC_ID_BYTES])
{
    memset(out, 0, TC_ID_BYTES);
    for (int i = 0; i < 6; i++)
        out[i] = (uint8_t)((uint64_t)tc_now_ms() >> (40 - 8 * i));
    out[6] = 0x70;
    out[7] = made;
    memcpy(out + 8, &number, sizeof(number));
}

static void make_name(uint8_t kind, uint64_t number, uint8_t out[TC_ID_BYTES])
{
    memset(out, 0, TC_ID_BYTES);
    out[0] = kind;
    out[1] = made;
    memcpy(out + 8, &number, sizeof(number));
}

static void put_message(uint64_t room, const char *body, uint32_t body_size)
{
    uint8_t id[TC_ID_BYTES];
    make_name(CONVERSATION + 1, room, id);
    put(&columns[CONVERSATION], id, sizeof(id));
    make_name(GROUP + 1, room, id);
    put(&columns[GROUP], id, sizeof(id));
    make_name(AUTHOR + 1, room, id);
    put(&columns[AUTHOR], id, sizeof(id));
    make_id(++counter, id);
    put(&columns[ID], id, sizeof(id));
    put(&columns[NONCE], id, sizeof(id));
    put(&columns[BODY], body, body_size);
    put(&columns[CLOSED], "", 1);
}

static void make_batch(uint32_t size, uint64_t rooms, const char *body, uint32_t body_size)
{
    static const uint32_t types[COLUMNS] = {UUID_TYPE, UUID_TYPE, UUID_TYPE, UUID_TYPE,
                                            TEXT_TYPE, UUID_TYPE, BOOL_TYPE};
    static uint64_t room;
    for (int i = 0; i < COLUMNS; i++)
        begin_array(&columns[i], types[i], size);
    for (uint32_t i = 0; i < size; i++)
        put_message(room++ % rooms, body, body_size);
    uint8_t id[TC_ID_BYTES];
    make_id(++counter, id);
    tc_buf_clear(&columns[OUTBOX]);
    tc_buf_append(&columns[OUTBOX], id, sizeof(id));
}

static void run(PGconn *conn, uint32_t size)
{
    const char *values[ARGUMENTS];
    int lengths[ARGUMENTS], formats[ARGUMENTS];
    for (int i = 0; i < ARGUMENTS; i++) {
        values[i] = columns[i].data;
        lengths[i] = (int)columns[i].len;
        formats[i] = 1;
    }
    PGresult *result = database_expect(
        conn, PQexecPrepared(conn, message_post_stmt.name, ARGUMENTS, values, lengths, formats, 1));
    if (PQntuples(result) != (int)size)
        work_die("post", "not every message was stored");
    PQclear(result);
}

int main(int argc, char **argv)
{
    (void)argc;
    struct work_list sizes = {.text = work_text(argv, "sizes", "128")};
    uint64_t rooms = (uint64_t)work_number(argv, "rooms", 200);
    uint32_t body_size = (uint32_t)work_number(argv, "body", 120);
    double seconds = (double)work_number(argv, "seconds", 3);
    struct tc_buf body = {0};
    for (uint32_t i = 0; i < body_size; i++)
        tc_buf_byte(&body, 'x');
    tc_random(&made, sizeof(made));
    PGconn *conn = database_open(&message_post_stmt);
    for (uint64_t warm = 0; warm < 2 * rooms; warm += 100) { /* the rooms are there, the plan too */
        make_batch(100, rooms, body.data, body_size);
        run(conn, 100);
    }
    work_begin();
    int64_t count = 0;
    while (work_seconds() < seconds) {
        uint32_t size = (uint32_t)work_next(&sizes);
        make_batch(size, rooms, body.data, body_size);
        run(conn, size);
        count += size;
    }
    work_end(count, "");
}
