/* A connection that speaks TLS, over a socket pair. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/tls.h"
#include "tests/support/tls_client.h"

#define REQUEST "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

static struct certificate certificate;
static struct tls_server *server;

static int make(void **state)
{
    (void)state;
    char why[TLS_WHY_SIZE] = "";
    certificate_make(&certificate);
    server = tls_server_create(certificate.certificate, certificate.key, why);
    assert_string_equal(why, "");
    return server == NULL;
}

static int clear(void **state)
{
    (void)state;
    tls_server_free(&server);
    certificate_remove(&certificate);
    return 0;
}

static void open_with(struct wire *wire, struct tls_client *client,
                      const struct connection_limits *limits)
{
    wire_open_by(wire, limits, &(struct entrance){.tls = server});
    tls_client_open(client, wire, NULL);
}

static void close_both(struct wire *wire, struct tls_client *client)
{
    tls_client_close(client);
    wire_close(wire);
}

static void open_websocket(struct wire *wire, struct tls_client *client,
                           const struct connection_limits *limits)
{
    open_with(wire, client, limits);
    wire->accept = true;
    tls_client_shake_hands(client);
    tls_client_write_text(client, WIRE_UPGRADE);
    wire_await_story(wire, "request:/ws ");
    tls_client_await(client, 1);
    assert_non_null(strstr(client->came.data, "HTTP/1.1 101"));
    tc_buf_clear(&client->came);
    tc_buf_clear(&wire->story);
}

/* ---- HTTP ---- */

static void requests_are_answered(void **state)
{
    (void)state;
    struct wire wire;
    struct tls_client client;
    open_with(&wire, &client, NULL);
    wire.status = 200;
    wire.body_size = 3;
    tls_client_shake_hands(&client);
    tls_client_write_text(&client, REQUEST REQUEST);
    wire_await_story(&wire, "request:/a request:/a ");
    tls_client_await(&client, 2 * strlen("HTTP/1.1 200 OK"));
    assert_null(strstr(wire.came.data, "HTTP"));
    tls_client_write(&client, REQUEST, strlen(REQUEST), 1);
    wire_await_story(&wire, "request:/a request:/a request:/a ");
    close_both(&wire, &client);
}

static void a_long_answer_comes_whole_though_it_is_read_slowly(void **state)
{
    (void)state;
    struct wire wire;
    struct tls_client client;
    open_with(&wire, &client, NULL);
    wire.status = 200;
    wire.body_size = 1000 * 1000;
    tls_client_shake_hands(&client);
    tls_client_write_text(&client, "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    tls_client_await_end(&client);
    const char *body = strstr(client.came.data, "\r\n\r\n");
    assert_int_equal(client.came.data + client.came.len - (body + 4), wire.body_size);
    close_both(&wire, &client);
}

static void who_has_said_his_end_is_still_answered(void **state)
{
    (void)state;
    struct wire wire;
    struct tls_client client;
    open_with(&wire, &client, NULL);
    tls_client_shake_hands(&client);
    tls_client_write_text(&client, REQUEST);
    wire_await_story(&wire, "request:/a ");
    tls_client_end(&client);
    connection_respond(wire.connections, wire.id, &(struct http_response){.status = 204});
    tls_client_await_end(&client);
    assert_non_null(strstr(client.came.data, "HTTP/1.1 204"));
    close_both(&wire, &client);
}

static void it_may_begin_after_a_proxy_header(void **state)
{
    (void)state;
    static const char header[] =
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\x7f\0\0\x01\1\2\3\4";
    char address[ADDRESS_TEXT_SIZE];
    struct wire wire;
    struct tls_client client;
    wire_open_by(&wire, NULL, &(struct entrance){.proxied = true, .tls = server});
    tls_client_open(&client, &wire, NULL);
    wire_write(&wire, header, sizeof header - 1);
    tls_client_shake_hands(&client);
    tls_client_write_text(&client, REQUEST);
    wire_await_story(&wire, "request:/a ");
    connection_address(wire.connections, wire.id, address);
    assert_string_equal(address, "192.0.2.7");
    close_both(&wire, &client);
}

/* ---- What is no TLS, or not in time ---- */

static void half_a_handshake_is_dropped_in_time(void **state)
{
    (void)state;
    struct connection_limits limits = connection_limits_default();
    limits.head_ms = 40;
    for (size_t size = 0; size <= 100; size += 50) {
        struct wire wire;
        wire_open_by(&wire, &limits, &(struct entrance){.tls = server});
        char hello[100] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
        wire_write(&wire, hello, size);
        wire_await_end(&wire);
        assert_int_equal(wire.story.len, 0);
        wire_settle(&wire);
        assert_int_equal(connections_count(wire.connections), 0);
        wire_close(&wire);
    }
}

static void hands_shaken_without_a_request_are_dropped_in_time(void **state)
{
    (void)state;
    struct connection_limits limits = connection_limits_default();
    limits.head_ms = 500;
    struct wire wire;
    struct tls_client client;
    open_with(&wire, &client, &limits);
    tls_client_shake_hands(&client);
    wire_await_end(&wire);
    assert_int_equal(wire.story.len, 0);
    close_both(&wire, &client);
}

static void http_in_clear_is_refused_in_clear(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_by(&wire, NULL, &(struct entrance){.tls = server});
    wire.status = 400;
    wire_write_text(&wire, REQUEST);
    wire_await_end(&wire);
    assert_string_equal(wire.story.data, "malformed:400 ");
    assert_non_null(strstr(wire.came.data, "HTTP/1.1 400"));
    wire_close(&wire);
}

static void what_is_no_tls_is_closed(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_by(&wire, NULL, &(struct entrance){.tls = server});
    wire_write_text(&wire, "nonsense that goes on");
    wire_await_end(&wire);
    assert_int_equal(wire.story.len, 0);
    wire_close(&wire);
}

static void only_http_1_is_spoken(void **state)
{
    (void)state;
    struct wire wire;
    struct tls_client client;
    wire_open_by(&wire, NULL, &(struct entrance){.tls = server});
    tls_client_open(&client, &wire, "\x02h2");
    while (!client.failed)
        tls_client_turn(&client);
    wire_await_end(&wire);
    close_both(&wire, &client);
    wire_open_by(&wire, NULL, &(struct entrance){.tls = server});
    tls_client_open(&client, &wire, "\x02h2\x08http/1.1");
    tls_client_shake_hands(&client);
    close_both(&wire, &client);
}

/* ---- WebSockets ---- */

static void messages_go_both_ways(void **state)
{
    (void)state;
    struct wire wire;
    struct tls_client client;
    struct tc_buf expected = {0};
    open_websocket(&wire, &client, NULL);
    tls_client_write(&client, "\x81\x82\0\0\0\0hi", 8, 0);
    wire_await_story(&wire, "text:hi ");
    for (int i = 0; i < 1000; i++) {
        char text[8];
        snprintf(text, sizeof text, "%05d", i);
        struct frame *frame = frame_create(FRAME_TEXT, text, 5);
        tc_buf_append(&expected, frame->bytes, frame->size);
        assert_true(connection_send(wire.connections, wire.id, frame));
        frame_unref(&frame);
    }
    tls_client_await(&client, expected.len);
    assert_memory_equal(client.came.data, expected.data, expected.len);
    tc_buf_free(&expected);
    close_both(&wire, &client);
}

static void a_slow_reader_is_closed_as_any(void **state)
{
    (void)state;
    struct connection_limits limits = connection_limits_default();
    limits.unsent_bytes = 200 * 1000;
    limits.signal_bytes = 50 * 1000;
    char *body = calloc(1, 30000);
    struct wire wire;
    struct tls_client client;
    open_websocket(&wire, &client, &limits);
    struct frame *frame = frame_create(FRAME_TEXT, body, 30000);
    size_t sent = 0;
    while (connection_send(wire.connections, wire.id, frame)) {
        uv_run(&wire.loop, UV_RUN_NOWAIT); /* nothing is read */
        assert_true(++sent < 20);
    }
    wire_await_story(&wire, "closed:4001 ");
    assert_int_equal(frame->references, 2); /* the one that has partly gone */
    while (memmem(client.came.data, client.came.len, "\x88\x02\x0f\xa1", 4) == NULL)
        tls_client_turn(&client);
    tls_client_write(&client, "\x88\x82\0\0\0\0\x0f\xa1", 8, 0);
    tls_client_await_end(&client);
    frame_unref(&frame);
    free(body);
    close_both(&wire, &client);
}

static void one_that_breaks_off_is_lost(void **state)
{
    (void)state;
    struct wire wire;
    struct tls_client client;
    open_websocket(&wire, &client, NULL);
    tls_client_end(&client);
    wire_await_story(&wire, "closed:1006 ");
    close_both(&wire, &client);

    open_websocket(&wire, &client, NULL);
    wire_write(&wire, "\x17\x03\x03\x00\x13 not what was agreed", 5 + 0x13);
    wire_await_story(&wire, "closed:1006 ");
    wire_await_end(&wire);
    close_both(&wire, &client);
}

/* ---- Certificates ---- */

static void one_that_does_not_fit_is_refused_and_said_why(void **state)
{
    (void)state;
    struct certificate other;
    char why[TLS_WHY_SIZE];
    certificate_make(&other);
    assert_null(tls_server_create(certificate.certificate, other.key, why));
    assert_non_null(strstr(why, "key values mismatch"));
    assert_null(tls_server_create("/nowhere", other.key, why));
    assert_non_null(strstr(why, "No such file"));
    assert_null(tls_server_create(other.key, other.key, why));
    certificate_remove(&other);
}

static void who_is_inside_goes_on_without_his_certificate(void **state)
{
    (void)state;
    char why[TLS_WHY_SIZE];
    struct wire wire;
    struct tls_client client;
    struct tls_server *kept = server;
    server = tls_server_create(certificate.certificate, certificate.key, why);
    open_websocket(&wire, &client, NULL);
    tls_server_free(&server);
    server = kept;
    tls_client_write(&client, "\x81\x82\0\0\0\0hi", 8, 0);
    wire_await_story(&wire, "text:hi ");
    close_both(&wire, &client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_answered),
        cmocka_unit_test(a_long_answer_comes_whole_though_it_is_read_slowly),
        cmocka_unit_test(who_has_said_his_end_is_still_answered),
        cmocka_unit_test(it_may_begin_after_a_proxy_header),
        cmocka_unit_test(half_a_handshake_is_dropped_in_time),
        cmocka_unit_test(hands_shaken_without_a_request_are_dropped_in_time),
        cmocka_unit_test(http_in_clear_is_refused_in_clear),
        cmocka_unit_test(what_is_no_tls_is_closed),
        cmocka_unit_test(only_http_1_is_spoken),
        cmocka_unit_test(messages_go_both_ways),
        cmocka_unit_test(a_slow_reader_is_closed_as_any),
        cmocka_unit_test(one_that_breaks_off_is_lost),
        cmocka_unit_test(one_that_does_not_fit_is_refused_and_said_why),
        cmocka_unit_test(who_is_inside_goes_on_without_his_certificate),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
