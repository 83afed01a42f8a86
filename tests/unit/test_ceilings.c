/* What all connections together may make the edge keep. */

#include "tests/support/unit.h"

#include <string.h>

#include "tests/support/wire.h"

enum { ALL = 40000, FIRST = 10000, BIG = 60000, PIECE = 3000, SMALL = 1000 };

static struct connection_limits tight(void)
{
    struct connection_limits limits = connection_limits_default();
    limits.all_bytes = ALL;
    return limits;
}

static void a_message_that_never_ends_is_not_kept_beyond(void **state)
{
    (void)state;
    struct connection_limits limits = tight();
    static char begun[8 + BIG] = "\x01\xfe\xea\x60"; /* text, more to come, 60,000 bytes */
    struct wire wire;
    wire_open_websocket(&wire, &limits);
    memset(begun + 8, 'x', BIG);
    wire_write(&wire, begun, 8 + FIRST);
    wire_settle(&wire);
    assert_string_equal(wire.story.data, "");
    assert_in_range(connections_bytes(wire.connections), FIRST, ALL);
    wire_write(&wire, begun + 8 + FIRST, BIG - FIRST);
    wire_await_story(&wire, "closed:4001 ");
    assert_in_range(connections_bytes(wire.connections), 0, 100);
    wire_await_end(&wire);
    assert_int_equal(wire.came.len, 4);
    assert_memory_equal(wire.came.data, "\x88\x02\x0F\xA1", 4);
    wire_close(&wire);
}

static void a_request_that_never_ends_is_not_kept_beyond(void **state)
{
    (void)state;
    struct connection_limits limits = tight();
    limits.all_bytes = 4096;
    char piece[PIECE];
    struct wire wire;
    wire_open(&wire, &limits);
    memset(piece, 'x', sizeof piece);
    wire_write_text(&wire, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7000\r\n\r\n");
    for (int i = 0; i < 2; i++) {
        wire_settle(&wire);
        wire_write(&wire, piece, sizeof piece);
    }
    wire_await_end(&wire);
    assert_string_equal(wire.story.data, "");
    wire_close(&wire);
}

static bool send_one(struct wire *wire)
{
    char payload[SMALL];
    memset(payload, 'x', sizeof payload);
    struct frame *frame = frame_create(FRAME_TEXT, payload, sizeof payload);
    bool sent = connection_send(wire->connections, wire->id, frame);
    frame_unref(&frame);
    uv_run(&wire->loop, UV_RUN_NOWAIT);
    return sent;
}

static void a_queue_that_nobody_reads_is_not_kept_beyond(void **state)
{
    (void)state;
    struct connection_limits limits = tight();
    struct wire wire;
    size_t most = 0;
    wire_open_websocket(&wire, &limits);
    while (send_one(&wire))
        most =
            connections_bytes(wire.connections) > most ? connections_bytes(wire.connections) : most;
    assert_in_range(most, ALL / 2, ALL + 2 * SMALL);
    wire_await_story(&wire, "closed:4001 ");
    assert_in_range(connections_bytes(wire.connections), 0, 100);
    wire_close(&wire);
}

/* A frame for many is kept once. */
static void frames_that_are_shared_count_once(void **state)
{
    (void)state;
    struct connection_limits limits = tight();
    static char payload[ALL / 4];
    struct frame *frame = frame_create(FRAME_TEXT, payload, sizeof payload);
    struct wire wire;
    wire_open_websocket(&wire, &limits);
    for (int i = 0; i < 20; i++)
        assert_true(connection_send(wire.connections, wire.id, frame));
    wire_await_bytes(&wire, 20 * frame->size);
    frame_unref(&frame);
    wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_that_never_ends_is_not_kept_beyond),
        cmocka_unit_test(a_request_that_never_ends_is_not_kept_beyond),
        cmocka_unit_test(a_queue_that_nobody_reads_is_not_kept_beyond),
        cmocka_unit_test(frames_that_are_shared_count_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
