/* One connection from its first byte to its last, over a socket pair. */

#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/wire.h"

/* ---- HTTP ---- */

static size_t count_answers(const struct wire *wire, const char *status_line)
{
    size_t count = 0;
    for (const char *at = wire->came.data; (at = strstr(at, status_line)); at++)
        count++;
    return count;
}

static void a_request_that_comes_byte_by_byte_is_told_once(void **state)
{
    (void)state;
    static const char text[] = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz";
    struct wire wire;
    wire_open(&wire, NULL);
    wire.status = 200;
    for (size_t i = 0; i < sizeof text - 1; i++)
        wire_write(&wire, text + i, 1);
    wire_await_story(&wire, "request:/a(xyz) ");
    wire_await_bytes(&wire, 1);
    wire_close(&wire);
}

static void pipelined_requests_wait_for_the_answer_before_them(void **state)
{
    (void)state;
    struct wire wire;
    wire_open(&wire, NULL);
    wire_write_text(&wire, "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"
                           "GET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /d");
    wire_await_story(&wire, "request:/a ");
    wire_settle(&wire);
    assert_string_equal(wire.story.data, "request:/a ");
    wire.status = 204;
    connection_respond(wire.connections, wire.id, &(struct http_response){.status = 204});
    wire_await_story(&wire, "request:/a request:/b request:/c closed:0 ");
    wire_await_end(&wire);
    assert_int_equal(count_answers(&wire, "HTTP/1.1 204"), 3);
    wire_close(&wire);
}

static void who_takes_no_answers_is_not_asked_for_more(void **state)
{
    (void)state;
    struct connection_limits limits = connection_limits_default();
    limits.signal_bytes = 1000;
    struct tc_buf requests = {0};
    struct wire wire;
    wire_open(&wire, &limits);
    wire.status = 200;
    wire.body_size = 50000;
    for (int i = 0; i < 20; i++)
        tc_buf_text(&requests, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_write(&wire, requests.data, requests.len);
    for (int i = 0; i < 50; i++)
        uv_run(&wire.loop, UV_RUN_NOWAIT);
    assert_string_equal(wire.story.data, "request:/ ");
    wire_await_bytes(&wire, 20 * wire.body_size);
    assert_int_equal(wire.story.len, 20 * strlen("request:/ "));
    tc_buf_free(&requests);
    wire_close(&wire);
}

static void only_a_request_at_hand_is_answered_and_once(void **state)
{
    (void)state;
    struct http_response response = {.status = 204};
    struct wire wire;
    wire_open(&wire, NULL);
    wire_write_text(&wire, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_await_story(&wire, "request:/a ");
    assert_false(connection_accept(wire.connections, wire.id, NULL));
    assert_true(connection_respond(wire.connections, wire.id, &response));
    assert_false(connection_respond(wire.connections, wire.id, &response));
    wire_close(&wire);
}

static void what_is_no_request_is_answered_above_and_closed(void **state)
{
    (void)state;
    struct wire wire;
    wire_open(&wire, NULL);
    wire.status = 400;
    wire_write_text(&wire, "GET / HTTP/1.1\n");
    wire_await_end(&wire);
    assert_string_equal(wire.story.data, "malformed:400 ");
    assert_int_equal(count_answers(&wire, "HTTP/1.1 400"), 1);
    assert_non_null(strstr(wire.came.data, "Connection: close"));
    wire_close(&wire);
}

static void what_nobody_answers_is_answered_here(void **state)
{
    (void)state;
    struct wire wire;
    wire_open(&wire, NULL);
    wire_write_text(&wire, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_await_end(&wire);
    assert_int_equal(count_answers(&wire, "HTTP/1.1 501"), 1);
    wire_close(&wire);
}

static void a_body_is_asked_for(void **state)
{
    (void)state;
    struct wire wire;
    wire_open(&wire, NULL);
    wire.status = 204;
    wire_write_text(&wire, "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                           "Content-Length: 2\r\n\r\n");
    wire_await_bytes(&wire, 25);
    assert_string_equal(wire.came.data, "HTTP/1.1 100 Continue\r\n\r\n");
    wire_write_text(&wire, "hi");
    wire_await_story(&wire, "request:/a(hi) ");
    wire_close(&wire);
}

static void an_answer_comes_although_the_client_has_ended(void **state)
{
    (void)state;
    struct wire wire;
    wire_open(&wire, NULL);
    wire_write_text(&wire, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_await_story(&wire, "request:/a ");
    shutdown(wire.client, SHUT_WR);
    connection_respond(wire.connections, wire.id, &(struct http_response){.status = 204});
    wire_await_end(&wire);
    assert_int_equal(count_answers(&wire, "HTTP/1.1 204"), 1);
    wire_await_story(&wire, "request:/a closed:0 ");
    wire_close(&wire);
}

static void a_slow_request_is_timed_out(void **state)
{
    (void)state;
    struct connection_limits limits = connection_limits_default();
    limits.head_ms = limits.body_ms = 40;
    static const char *const texts[] = {"GET / HT", "POST / HTTP/1.1\r\nHost: a\r\n"
                                                    "Content-Length: 3\r\n\r\nx"};
    for (size_t i = 0; i < 2; i++) {
        struct wire wire;
        wire_open(&wire, &limits);
        wire.status = 408;
        wire_write_text(&wire, texts[i]);
        wire_await_story(&wire, "malformed:408 ");
        wire_await_end(&wire);
        assert_int_equal(count_answers(&wire, "HTTP/1.1 408"), 1);
        wire_close(&wire);
    }
}

static void who_says_nothing_is_dropped_without_a_word(void **state)
{
    (void)state;
    struct connection_limits limits = connection_limits_default();
    limits.head_ms = 40;
    struct wire wire;
    wire_open(&wire, &limits);
    wire_await_end(&wire);
    assert_int_equal(wire.came.len, 0);
    assert_int_equal(wire.story.len, 0);
    wire_settle(&wire);
    assert_int_equal(connections_count(wire.connections), 0);
    wire_close(&wire);
}

static void draining_ends_idle_connections_and_keeps_none(void **state)
{
    (void)state;
    struct connection_limits limits = connection_limits_default();
    limits.head_ms = 400;
    struct wire idle, busy;
    wire_open(&idle, &limits);
    wire_open(&busy, NULL);
    wire_write_text(&busy, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_await_story(&busy, "request:/a ");
    connections_drain(idle.connections);
    connections_drain(busy.connections);
    wire_await_end(&idle);
    connection_respond(busy.connections, busy.id, &(struct http_response){.status = 204});
    wire_await_end(&busy);
    assert_non_null(strstr(busy.came.data, "Connection: close"));
    wire_close(&idle);
    wire_close(&busy);
}

static void a_request_on_its_way_is_answered_while_draining(void **state)
{
    (void)state;
    struct wire fresh, kept;
    wire_open(&fresh, NULL);
    wire_open(&kept, NULL);
    fresh.status = kept.status = 204;
    wire_write_text(&kept, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_await_bytes(&kept, 1);
    connections_drain(fresh.connections);
    connections_drain(kept.connections);
    wire_settle(&fresh);
    wire_write_text(&fresh, "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_write_text(&kept, "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_await_end(&fresh);
    wire_await_end(&kept);
    assert_int_equal(count_answers(&fresh, "Connection: close"), 1);
    assert_int_equal(count_answers(&kept, "HTTP/1.1 204"), 2);
    wire_close(&fresh);
    wire_close(&kept);
}

/* ---- Names ---- */

static void a_stale_name_does_nothing(void **state)
{
    (void)state;
    char address[ADDRESS_TEXT_SIZE] = "x";
    struct wire wire;
    wire_open(&wire, NULL);
    wire_write_text(&wire, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_await_story(&wire, "request:/a ");
    connection_set_context(wire.connections, wire.id, &wire);
    assert_ptr_equal(connection_context(wire.connections, wire.id), &wire);
    connection_close(wire.connections, wire.id, 1000);
    wire_await_story(&wire, "request:/a closed:0 ");
    wire_settle(&wire);
    struct frame *frame = frame_create(FRAME_TEXT, "a", 1);
    assert_false(connection_send(wire.connections, wire.id, frame));
    assert_false(connection_send_signal(wire.connections, wire.id, frame));
    assert_false(
        connection_respond(wire.connections, wire.id, &(struct http_response){.status = 200}));
    assert_null(connection_context(wire.connections, wire.id));
    connection_address(wire.connections, wire.id, address);
    assert_string_equal(address, "");
    connection_close(wire.connections, wire.id, 1000);
    connection_pause(wire.connections, wire.id);
    connection_resume(wire.connections, wire.id);
    frame_unref(&frame);
    wire_close(&wire);
}

static void living_connections_are_dropped_with_their_set(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_websocket(&wire, NULL);
    struct frame *frame = frame_create(FRAME_TEXT, "a", 1);
    connection_send(wire.connections, wire.id, frame);
    assert_int_equal(frame->references, 2);
    connections_free(&wire.connections);
    assert_int_equal(frame->references, 1);
    frame_unref(&frame);
    assert_int_equal(wire.story.len, 0);
    wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_comes_byte_by_byte_is_told_once),
        cmocka_unit_test(pipelined_requests_wait_for_the_answer_before_them),
        cmocka_unit_test(who_takes_no_answers_is_not_asked_for_more),
        cmocka_unit_test(only_a_request_at_hand_is_answered_and_once),
        cmocka_unit_test(what_is_no_request_is_answered_above_and_closed),
        cmocka_unit_test(what_nobody_answers_is_answered_here),
        cmocka_unit_test(a_body_is_asked_for),
        cmocka_unit_test(an_answer_comes_although_the_client_has_ended),
        cmocka_unit_test(a_slow_request_is_timed_out),
        cmocka_unit_test(who_says_nothing_is_dropped_without_a_word),
        cmocka_unit_test(draining_ends_idle_connections_and_keeps_none),
        cmocka_unit_test(a_request_on_its_way_is_answered_while_draining),
        cmocka_unit_test(a_stale_name_does_nothing),
        cmocka_unit_test(living_connections_are_dropped_with_their_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
