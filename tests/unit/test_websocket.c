/* A connection after the upgrade: messages, pausing, slow readers, silence, and how it ends. */

#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/support/wire.h"

enum { PAYLOAD = 1000, FRAME_SIZE = PAYLOAD + 4 };

static struct frame *make_frame(void)
{
    char payload[PAYLOAD];
    memset(payload, 'x', sizeof payload);
    return frame_create(FRAME_TEXT, payload, sizeof payload);
}

/* ---- Messages ---- */

static void messages_go_up_and_frames_go_down(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_websocket(&wire, NULL);
    wire_write_frame(&wire, FRAME_TEXT, "hello", 5);
    wire_write_frame(&wire, FRAME_BINARY, "bytes", 5);
    wire_await_story(&wire, "text:hello binary:bytes ");
    struct frame *frame = frame_create(FRAME_TEXT, "hi", 2);
    assert_true(connection_send(wire.connections, wire.id, frame));
    assert_true(connection_send_signal(wire.connections, wire.id, frame));
    wire_await_bytes(&wire, 8);
    assert_string_equal(wire.came.data, "\x81\x02hi\x81\x02hi");
    assert_int_equal(frame->references, 1);
    frame_unref(&frame);
    wire_close(&wire);
}

static void a_message_right_behind_the_handshake_is_not_lost(void **state)
{
    (void)state;
    struct wire wire;
    wire_open(&wire, NULL);
    wire_write_text(&wire, WIRE_UPGRADE "\x81\x82"
                                        "abcd"
                                        "\x09\x0B");
    wire_await_story(&wire, "request:/ws ");
    assert_true(connection_accept(wire.connections, wire.id, NULL));
    wire_await_story(&wire, "request:/ws text:hi ");
    wire_close(&wire);
}

static void a_ping_is_answered_with_its_bytes_and_a_pong_is_not(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_websocket(&wire, NULL);
    wire_write_frame(&wire, FRAME_PONG, "ignored", 7);
    wire_write_frame(&wire, FRAME_PING, "echo", 4);
    wire_await_bytes(&wire, 6);
    assert_string_equal(wire.came.data, "\x8A\x04"
                                        "echo");
    assert_int_equal(wire.story.len, 0);
    wire_close(&wire);
}

static void what_comes_while_paused_is_told_after(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_websocket(&wire, NULL);
    wire.pause = true;
    wire_write_text(&wire, "\x81\x81\x01\x01\x01\x01`\x81\x81\x01\x01\x01\x01"
                           "c\x81\x81\x01\x01\x01\x01"
                           "b");
    wire_write_frame(&wire, FRAME_TEXT, "d", 1);
    wire_await_story(&wire, "text:a ");
    wire_settle(&wire);
    assert_string_equal(wire.story.data, "text:a ");
    connection_resume(wire.connections, wire.id);
    wire_await_story(&wire, "text:a text:b ");
    wire_settle(&wire);
    wire.pause = false;
    connection_resume(wire.connections, wire.id);
    wire_await_story(&wire, "text:a text:b text:c text:d ");
    wire_close(&wire);
}

/* ---- How it ends ---- */

static void the_peers_close_is_echoed_and_is_the_end(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_websocket(&wire, NULL);
    wire_write_frame(&wire, FRAME_CLOSE, "\x0F\xA7why", 5);
    wire_await_end(&wire);
    assert_string_equal(wire.story.data, "closed:4007 ");
    assert_int_equal(wire.came.len, 4);
    assert_memory_equal(wire.came.data, "\x88\x02\x0F\xA7", 4);
    wire_close(&wire);
}

static void our_close_goes_behind_what_is_queued_and_waits_for_theirs(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_websocket(&wire, NULL);
    struct frame *frame = frame_create(FRAME_TEXT, "hi", 2);
    connection_send(wire.connections, wire.id, frame);
    connection_close(wire.connections, wire.id, 1001);
    assert_false(connection_send(wire.connections, wire.id, frame));
    frame_unref(&frame);
    wire_await_story(&wire, "closed:1001 ");
    wire_await_bytes(&wire, 8);
    assert_memory_equal(wire.came.data, "\x81\x02hi\x88\x02\x03\xE9", 8);
    wire_write_frame(&wire, FRAME_TEXT, "too late", 8);
    wire_write_frame(&wire, FRAME_PING, "too late", 8);
    wire_settle(&wire);
    assert_false(wire.ended);
    wire_write_frame(&wire, FRAME_CLOSE, "\x03\xE9", 2);
    wire_await_end(&wire);
    assert_int_equal(wire.came.len, 8);
    assert_string_equal(wire.story.data, "closed:1001 ");
    wire_close(&wire);
}

static void a_peer_that_does_not_close_is_dropped(void **state)
{
    (void)state;
    struct connection_limits limits = connection_limits_default();
    limits.close_ms = 40;
    struct wire wire;
    wire_open_websocket(&wire, &limits);
    connection_close(wire.connections, wire.id, 1000);
    wire_await_end(&wire);
    wire_settle(&wire);
    assert_int_equal(connections_count(wire.connections), 0);
    assert_string_equal(wire.story.data, "closed:1000 ");
    wire_close(&wire);
}

static void a_broken_frame_fails_the_connection(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_websocket(&wire, NULL);
    wire_write_text(&wire, "\x81\x01 unmasked, and more that is only thrown away");
    wire_await_end(&wire);
    assert_string_equal(wire.story.data, "closed:1002 ");
    assert_memory_equal(wire.came.data, "\x88\x02\x03\xEA", 4);
    wire_close(&wire);
}

static void a_peer_that_goes_without_a_word_is_told_of(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_websocket(&wire, NULL);
    shutdown(wire.client, SHUT_RDWR);
    wire_await_story(&wire, "closed:1006 ");
    wire_close(&wire);
}

/* ---- Slow readers ---- */

/* Until one is refused; gives the loop its turn after each. */
static size_t send_until_refused(struct wire *wire, struct frame *frame, bool signal)
{
    for (size_t count = 0;; count++) {
        bool sent = signal ? connection_send_signal(wire->connections, wire->id, frame)
                           : connection_send(wire->connections, wire->id, frame);
        if (!sent)
            return count;
        uv_run(&wire->loop, UV_RUN_NOWAIT);
    }
}

static struct connection_limits small_queues(void)
{
    struct connection_limits limits = connection_limits_default();
    limits.signal_bytes = 20 * FRAME_SIZE;
    limits.unsent_bytes = 40 * FRAME_SIZE;
    limits.close_ms = 100;
    return limits;
}

static void signals_are_dropped_for_a_slow_reader_and_events_are_not(void **state)
{
    (void)state;
    struct connection_limits limits = small_queues();
    struct frame *frame = make_frame();
    struct wire wire;
    wire_open_websocket(&wire, &limits);
    size_t count = send_until_refused(&wire, frame, true);
    assert_true(connection_send(wire.connections, wire.id, frame));
    assert_false(connection_send_signal(wire.connections, wire.id, frame));
    wire_await_bytes(&wire, (count + 1) * FRAME_SIZE);
    assert_true(connection_send_signal(wire.connections, wire.id, frame));
    wire_await_bytes(&wire, (count + 2) * FRAME_SIZE);
    assert_int_equal(wire.came.len, (count + 2) * FRAME_SIZE);
    assert_int_equal(frame->references, 1);
    frame_unref(&frame);
    wire_close(&wire);
}

static void a_full_queue_is_thrown_away_but_for_a_frame_that_has_begun(void **state)
{
    (void)state;
    struct connection_limits limits = small_queues();
    struct frame *frame = make_frame();
    struct wire wire;
    wire_open_websocket(&wire, &limits);
    size_t count = send_until_refused(&wire, frame, false);
    assert_true(count >= 40);
    assert_true(frame->references <= 2);
    wire_await_story(&wire, "closed:4001 ");
    wire_await_bytes(&wire, 1);
    while (wire.came.len % FRAME_SIZE != 4 || (wire.came.data[wire.came.len - 4] & 0xFF) != 0x88)
        wire_await_bytes(&wire, wire.came.len + 1);
    assert_memory_equal(wire.came.data + wire.came.len - 4, "\x88\x02\x0F\xA1", 4);
    assert_true(wire.came.len < (count - 30) * FRAME_SIZE);
    frame_unref(&frame);
    wire_close(&wire);
}

static void a_slow_reader_that_reads_nothing_more_is_dropped(void **state)
{
    (void)state;
    struct connection_limits limits = small_queues();
    struct frame *frame = make_frame();
    struct wire wire;
    wire_open_websocket(&wire, &limits);
    send_until_refused(&wire, frame, false);
    while (connections_count(wire.connections) > 0)
        uv_run(&wire.loop, UV_RUN_ONCE);
    assert_int_equal(frame->references, 1);
    frame_unref(&frame);
    wire_close(&wire);
}

static void nothing_is_read_from_who_reads_too_little(void **state)
{
    (void)state;
    struct connection_limits limits = small_queues();
    struct frame *frame = make_frame();
    struct wire wire;
    wire_open_websocket(&wire, &limits);
    send_until_refused(&wire, frame, true);
    connection_send(wire.connections, wire.id, frame);
    uv_run(&wire.loop, UV_RUN_NOWAIT);
    wire_write_frame(&wire, FRAME_TEXT, "later", 5);
    for (int i = 0; i < 20; i++)
        uv_run(&wire.loop, UV_RUN_NOWAIT);
    assert_int_equal(wire.story.len, 0);
    wire_settle(&wire);
    wire_await_story(&wire, "text:later ");
    frame_unref(&frame);
    wire_close(&wire);
}

/* ---- Silence ---- */

static void who_is_silent_is_pinged_and_then_closed(void **state)
{
    (void)state;
    struct connection_limits limits = connection_limits_default();
    limits.ping_ms = 40;
    limits.idle_ms = 400;
    struct wire wire;
    wire_open_websocket(&wire, &limits);
    wire_await_bytes(&wire, 2);
    assert_memory_equal(wire.came.data, "\x89\x00", 2);
    wire_write_frame(&wire, FRAME_PONG, "", 0);
    wire_await_bytes(&wire, 4);
    assert_memory_equal(wire.came.data + 2, "\x89\x00", 2);
    wire_await_story(&wire, "closed:4000 ");
    wire_await_bytes(&wire, 8);
    assert_memory_equal(wire.came.data + 4, "\x88\x02\x0F\xA0", 4);
    wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_go_up_and_frames_go_down),
        cmocka_unit_test(a_message_right_behind_the_handshake_is_not_lost),
        cmocka_unit_test(a_ping_is_answered_with_its_bytes_and_a_pong_is_not),
        cmocka_unit_test(what_comes_while_paused_is_told_after),
        cmocka_unit_test(the_peers_close_is_echoed_and_is_the_end),
        cmocka_unit_test(our_close_goes_behind_what_is_queued_and_waits_for_theirs),
        cmocka_unit_test(a_peer_that_does_not_close_is_dropped),
        cmocka_unit_test(a_broken_frame_fails_the_connection),
        cmocka_unit_test(a_peer_that_goes_without_a_word_is_told_of),
        cmocka_unit_test(signals_are_dropped_for_a_slow_reader_and_events_are_not),
        cmocka_unit_test(a_full_queue_is_thrown_away_but_for_a_frame_that_has_begun),
        cmocka_unit_test(a_slow_reader_that_reads_nothing_more_is_dropped),
        cmocka_unit_test(nothing_is_read_from_who_reads_too_little),
        cmocka_unit_test(who_is_silent_is_pinged_and_then_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
