/* What is a traceparent, and what is none. */

#include "tests/support/unit.h"

#include <string.h>

#include "shared/bus/trace.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
#define GOOD "00-" TRACE "-" SPAN "-01"

static bool reads(const char *text)
{
    char out[TC_TRACE_SIZE];
    bool good = tc_trace_read(text, strlen(text), out);
    assert_int_equal(good, out[0] != '\0');
    return good;
}

static void test_keeps_a_good_one(void **state)
{
    (void)state;
    char out[TC_TRACE_SIZE];
    assert_true(tc_trace_read(GOOD, strlen(GOOD), out));
    assert_string_equal(out, GOOD);
    assert_true(tc_trace_read("cc-" TRACE "-" SPAN "-01-more", strlen(GOOD) + 5, out));
    assert_string_equal(out, "cc-" TRACE "-" SPAN "-01");
}

static void test_refuses_what_is_none(void **state)
{
    (void)state;
    char out[TC_TRACE_SIZE];
    assert_false(tc_trace_read(NULL, 0, out));
    assert_false(tc_trace_read(GOOD, strlen(GOOD) - 1, out));
    assert_false(reads(""));
    assert_false(reads(GOOD "-more"));
    assert_false(reads("cc-" TRACE "-" SPAN "-01more"));
    assert_false(reads("ff-" TRACE "-" SPAN "-01"));
    assert_false(reads("00-" TRACE "-0000000000000000-01"));
    assert_false(reads("00-00000000000000000000000000000000-" SPAN "-01"));
    assert_false(reads("00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01"));
    assert_false(reads("00_" TRACE "-" SPAN "-01"));
    assert_false(reads("00-" TRACE "-00f067aa0ba902b\r-01"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_a_good_one),
        cmocka_unit_test(test_refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
