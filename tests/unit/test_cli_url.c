/* Where an edge is, as people write it. */

#include "tests/support/unit.h"

#include "cli/url.h"

static void the_parts_of_an_address(void **state)
{
    (void)state;
    struct url url;
    assert_true(url_parse("http://chat.example.org:8080", &url));
    assert_false(url.tls);
    assert_string_equal(url.host, "chat.example.org");
    assert_string_equal(url.port, "8080");
    assert_string_equal(url.authority, "chat.example.org:8080");

    assert_true(url_parse("https://[::1]/", &url));
    assert_true(url.tls);
    assert_string_equal(url.host, "::1");
    assert_string_equal(url.port, "443");
    assert_string_equal(url.authority, "[::1]");

    assert_true(url_parse("WS://127.0.0.1", &url));
    assert_string_equal(url.port, "80");
    assert_true(url_parse("wss://a:1", &url));
    assert_true(url.tls);
}

static void nothing_else_is_one(void **state)
{
    (void)state;
    static const char *const strangers[] = {
        "",           "127.0.0.1:8080", "ftp://a",       "http://",         "http://a/b",
        "http://a?b", "http://u@a",     "http://a:",     "http://a:0",      "http://a:65536",
        "http://a:b", "http://[::1",    "http://[::1]x", "http://a b",      "http://a\r\nX: y",
        "http://::1", "http://[a/b]",   "http://a:+8",   "http://a:123456", "http:///",
    };
    struct url url;
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
        if (url_parse(strangers[i], &url))
            fail_msg("\"%s\" was taken", strangers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parts_of_an_address),
        cmocka_unit_test(nothing_else_is_one),
    };
    return cmocka_run_group_tests_name("cli_url", tests, NULL, NULL);
}
