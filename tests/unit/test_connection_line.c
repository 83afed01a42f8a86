/* Connections that come by a proxy, over a socket pair. */

#include "tests/support/unit.h"

#include <string.h>
#include <sys/socket.h>

#include "tests/support/wire.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define REQUEST "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

static const char header[] = SIGNATURE "\x21\x11\0\x0f\xc0\0\x02\x07\x7f\0\0\x01\x30\x39\x01\xbb"
                                       "\x04\0\0";
static const struct entrance by_proxy = {.proxied = true};

static void assert_client(const struct wire *wire, const char *expected)
{
    char address[ADDRESS_TEXT_SIZE];
    connection_address(wire->connections, wire->id, address);
    assert_string_equal(address, expected);
}

static void a_header_and_what_follows_may_come_byte_by_byte(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_by(&wire, NULL, &by_proxy);
    for (size_t i = 0; i < sizeof header - 1; i++)
        wire_write(&wire, header + i, 1);
    wire_write_text(&wire, REQUEST);
    wire_await_story(&wire, "request:/a ");
    assert_client(&wire, "192.0.2.7");
    wire_close(&wire);
}

static void a_header_may_come_with_the_request(void **state)
{
    (void)state;
    static const char local[] = SIGNATURE "\x20\0\0\0" REQUEST REQUEST;
    struct tc_buf both = {0};
    struct wire wire;
    wire_open_by(&wire, NULL, &by_proxy);
    wire.status = 204;
    tc_buf_append(&both, header, sizeof header - 1);
    tc_buf_text(&both, REQUEST);
    wire_write(&wire, both.data, both.len);
    wire_await_story(&wire, "request:/a ");
    wire_settle(&wire);
    assert_client(&wire, "192.0.2.7");
    wire_write_text(&wire, REQUEST); /* keeps its client */
    wire_await_story(&wire, "request:/a request:/a ");
    assert_client(&wire, "192.0.2.7");
    wire_close(&wire);
    tc_buf_free(&both);

    wire_open_by(&wire, NULL, &by_proxy);
    wire.status = 204;
    wire_write(&wire, local, sizeof local - 1);
    wire_await_story(&wire, "request:/a request:/a ");
    assert_client(&wire, ""); /* a socket pair has no address */
    wire_close(&wire);
}

static void who_says_no_header_is_dropped_without_a_word(void **state)
{
    (void)state;
    struct wire wire;
    wire_open_by(&wire, NULL, &by_proxy);
    wire_write_text(&wire, REQUEST);
    wire_await_end(&wire);
    assert_int_equal(wire.came.len + wire.story.len, 0);
    wire_close(&wire);
}

static void a_header_from_elsewhere_is_no_request(void **state)
{
    (void)state;
    struct wire wire;
    wire_open(&wire, NULL);
    wire.status = 400;
    wire_write(&wire, header, sizeof header - 1);
    wire_await_end(&wire);
    assert_string_equal(wire.story.data, "malformed:400 ");
    wire_close(&wire);
}

static void half_a_header_is_dropped_in_time(void **state)
{
    (void)state;
    struct connection_limits limits = connection_limits_default();
    limits.head_ms = 40;
    struct wire wire;
    wire_open_by(&wire, &limits, &by_proxy);
    wire_write(&wire, header, sizeof header - 2);
    wire_await_end(&wire);
    assert_int_equal(wire.came.len + wire.story.len, 0);
    wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_and_what_follows_may_come_byte_by_byte),
        cmocka_unit_test(a_header_may_come_with_the_request),
        cmocka_unit_test(who_says_no_header_is_dropped_without_a_word),
        cmocka_unit_test(a_header_from_elsewhere_is_no_request),
        cmocka_unit_test(half_a_header_is_dropped_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
