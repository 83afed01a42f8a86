/* Addresses, networks, and the PROXY header. */

#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "edge/address.h"
#include "edge/proxy.h"
#include "shared/base/mem.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4 "\xc0\0\x02\x07\x7f\0\0\x01\x30\x39\x01\xbb" /* 192.0.2.7:12345 to 127.0.0.1:443 */
#define V6                                                                                         \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"         \
    "\x30\x39\x01\xbb"

static struct address address(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct address out;
    bool short_one = inet_pton(AF_INET, text, &v4.sin_addr) == 1;
    assert_true(short_one || inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
    assert_true(address_of(short_one ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, &out));
    return out;
}

static void assert_written(const struct address *address, const char *expected)
{
    char text[ADDRESS_TEXT_SIZE];
    address_write(address, text);
    assert_string_equal(text, expected);
}

/* ---- Addresses ---- */

static void an_address_is_the_same_by_either_family(void **state)
{
    (void)state;
    static const char *const texts[][2] = {{"192.0.2.7", "192.0.2.7"},
                                           {"::ffff:192.0.2.7", "192.0.2.7"},
                                           {"2001:db8::1", "2001:db8::1"}};
    for (size_t i = 0; i < TC_COUNT(texts); i++) {
        struct address one = address(texts[i][0]);
        assert_written(&one, texts[i][1]);
    }
    struct sockaddr other = {.sa_family = AF_UNIX};
    struct address none;
    assert_false(address_of(&other, &none));
}

static void networks_have_what_begins_like_them(void **state)
{
    (void)state;
    struct networks *networks = networks_read("10.0.0.0/8, 192.0.2.128/25,fd00::/7,127.0.0.1");
    static const char *const inside[] = {"10.255.0.1", "192.0.2.128", "192.0.2.255",    "fc00::1",
                                         "fdff::",     "127.0.0.1",   "::ffff:10.1.1.1"};
    static const char *const outside[] = {"11.0.0.1",  "192.0.2.127", "fe00::1",
                                          "127.0.0.2", "::1",         "a00::"};
    assert_non_null(networks);
    for (size_t i = 0; i < TC_COUNT(inside); i++)
        assert_true(networks_have(networks, &(struct address[]){address(inside[i])}[0]));
    for (size_t i = 0; i < TC_COUNT(outside); i++)
        assert_false(networks_have(networks, &(struct address[]){address(outside[i])}[0]));
    networks_free(&networks);
    assert_null(networks);
}

static void everything_and_nothing_are_networks_too(void **state)
{
    (void)state;
    struct address v4 = address("192.0.2.7"), v6 = address("2001:db8::1");
    struct networks *none = networks_read(""), *all_v4 = networks_read("0.0.0.0/0"),
                    *all = networks_read("::/0");
    assert_false(networks_have(none, &v4));
    assert_true(networks_have(all_v4, &v4) && !networks_have(all_v4, &v6));
    assert_true(networks_have(all, &v4) && networks_have(all, &v6));
    networks_free(&none);
    networks_free(&all_v4);
    networks_free(&all);
}

static void what_is_no_network_is_refused(void **state)
{
    (void)state;
    static const char *const lists[] = {"10.0.0.0/33",
                                        "10.0.0.0/",
                                        "10.0.0.0/+8",
                                        "10.0.0/8",
                                        "::/129",
                                        "balancer",
                                        "10.0.0.0/8/8",
                                        "10.0.0.0/8;",
                                        "::1,nowhere",
                                        "10.0.0.0/x",
                                        "10.0.0.0/99999999999999999999"};
    for (size_t i = 0; i < TC_COUNT(lists); i++)
        assert_null(networks_read(lists[i]));
}

/* ---- The header ---- */

#define PARSE(text, out) proxy_parse((const unsigned char *)(text), sizeof(text) - 1, out)

static void a_header_tells_the_client(void **state)
{
    (void)state;
    struct proxy_header header;
    assert_int_equal(PARSE(SIGNATURE "\x21\x11\0\x0c" V4 "GET /", &header), PROXY_GOOD);
    assert_int_equal(header.size, 28);
    assert_true(header.has_client);
    assert_written(&header.client, "192.0.2.7");
    assert_int_equal(PARSE(SIGNATURE "\x21\x21\0\x24" V6, &header), PROXY_GOOD);
    assert_int_equal(header.size, 52);
    assert_true(header.has_client);
    assert_written(&header.client, "2001:db8::1");
}

static void what_a_balancer_adds_is_passed_over(void **state)
{
    (void)state;
    struct proxy_header header;
    assert_int_equal(PARSE(SIGNATURE "\x21\x11\0\x14" V4 "\x01\0\x05http1", &header), PROXY_GOOD);
    assert_int_equal(header.size, 36);
    assert_written(&header.client, "192.0.2.7");
}

static void one_that_speaks_for_itself_names_nobody(void **state)
{
    (void)state;
    struct proxy_header header;
    assert_int_equal(PARSE(SIGNATURE "\x20\0\0\0", &header), PROXY_GOOD);
    assert_int_equal(header.size, 16);
    assert_false(header.has_client);
    assert_int_equal(PARSE(SIGNATURE "\x20\x11\0\x0c" V4, &header), PROXY_GOOD);
    assert_int_equal(header.size, 28);
    assert_false(header.has_client);
    assert_int_equal(PARSE(SIGNATURE "\x21\0\0\0", &header), PROXY_GOOD);
    assert_false(header.has_client);
}

static void each_beginning_of_one_needs_more(void **state)
{
    (void)state;
    static const char whole[] = SIGNATURE "\x21\x21\0\x24" V6;
    struct proxy_header header;
    for (size_t size = 0; size < sizeof whole - 1; size++)
        assert_int_equal(proxy_parse((const unsigned char *)whole, size, &header),
                         PROXY_NEEDS_MORE);
}

static void what_is_no_header_is_refused_as_soon_as_it_shows(void **state)
{
    (void)state;
    struct proxy_header header;
    assert_int_equal(PARSE("G", &header), PROXY_BAD);
    assert_int_equal(PARSE("\r\n\r\n\r", &header), PROXY_BAD);
    assert_int_equal(PARSE("PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n", &header), PROXY_BAD);
    assert_int_equal(PARSE(SIGNATURE "\x11\x11\0\x0c" V4, &header), PROXY_BAD); /* version 1 */
    assert_int_equal(PARSE(SIGNATURE "\x22\x11\0\x0c" V4, &header), PROXY_BAD); /* command */
    assert_int_equal(PARSE(SIGNATURE "\x21\x12\0\x0c" V4, &header), PROXY_BAD); /* UDP */
    assert_int_equal(PARSE(SIGNATURE "\x21\x31\0\0", &header), PROXY_BAD);      /* AF_UNIX */
    assert_int_equal(PARSE(SIGNATURE "\x21\x11\0\x0b" V4, &header), PROXY_BAD); /* too short */
    assert_int_equal(PARSE(SIGNATURE "\x21\x21\0\x23" V6, &header), PROXY_BAD); /* too short */
    assert_int_equal(PARSE(SIGNATURE "\x21\x11\x0f\xf1", &header), PROXY_BAD);  /* too long */
    assert_int_equal(PARSE(SIGNATURE "\x21\x11\x0f\xf0", &header), PROXY_NEEDS_MORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_the_same_by_either_family),
        cmocka_unit_test(networks_have_what_begins_like_them),
        cmocka_unit_test(everything_and_nothing_are_networks_too),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(a_header_tells_the_client),
        cmocka_unit_test(what_a_balancer_adds_is_passed_over),
        cmocka_unit_test(one_that_speaks_for_itself_names_nobody),
        cmocka_unit_test(each_beginning_of_one_needs_more),
        cmocka_unit_test(what_is_no_header_is_refused_as_soon_as_it_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
