/* How often a connection may ask. */

#include "tests/support/unit.h"

#include "edge/rate.h"

static int64_t take(struct rate *rate, int64_t now_ms)
{
    bool abuse;
    return rate_take(rate, now_ms, 50, 100, &abuse);
}

static void a_burst_goes_through_and_then_so_many_a_second(void **state)
{
    (void)state;
    struct rate rate = {0};
    for (int i = 0; i < 100; i++)
        assert_int_equal(take(&rate, 1000), 0);
    assert_int_equal(take(&rate, 1000), 20);
    int passed = 0;
    for (int64_t now_ms = 1001; now_ms <= 3000; now_ms++)
        passed += take(&rate, now_ms) == 0;
    assert_int_equal(passed, 100);
}

static void the_time_to_wait_is_true(void **state)
{
    (void)state;
    struct rate rate = {0};
    for (int i = 0; i < 100; i++)
        take(&rate, 5);
    int64_t wait_ms = take(&rate, 12);
    assert_int_equal(wait_ms, 13);
    struct rate again = rate;
    assert_int_not_equal(take(&rate, 12 + wait_ms - 1), 0);
    assert_int_equal(take(&again, 12 + wait_ms), 0);
}

static void a_quiet_connection_has_its_whole_burst_again(void **state)
{
    (void)state;
    struct rate rate = {0};
    for (int i = 0; i < 150; i++)
        take(&rate, 10);
    int passed = 0;
    for (int i = 0; i < 150; i++)
        passed += take(&rate, 10 + INT64_C(1000000000000)) == 0;
    assert_int_equal(passed, 100);
}

static void a_clock_that_stands_still_gives_nothing(void **state)
{
    (void)state;
    struct rate rate = {0};
    for (int i = 0; i < 100; i++)
        take(&rate, 10);
    for (int i = 0; i < 50; i++)
        assert_int_equal(take(&rate, 10), 20);
}

static bool refuse_until_abuse(struct rate *rate, int64_t from_ms, int count, int64_t step_ms)
{
    bool abuse = false;
    for (int i = 0; i < count && !abuse; i++)
        rate_take(rate, from_ms + i * step_ms, 1, 1, &abuse);
    return abuse;
}

static void more_than_a_hundred_refusals_in_ten_seconds_are_abuse(void **state)
{
    (void)state;
    struct rate rate = {0};
    assert_false(refuse_until_abuse(&rate, 1000, 101, 0)); /* the first one passes */
    assert_true(refuse_until_abuse(&rate, 1000, 1, 0));

    struct rate patient = {0};
    assert_false(refuse_until_abuse(&patient, 1000, 1000, 150));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_goes_through_and_then_so_many_a_second),
        cmocka_unit_test(the_time_to_wait_is_true),
        cmocka_unit_test(a_quiet_connection_has_its_whole_burst_again),
        cmocka_unit_test(a_clock_that_stands_still_gives_nothing),
        cmocka_unit_test(more_than_a_hundred_refusals_in_ten_seconds_are_abuse),
    };
    return cmocka_run_group_tests_name("edge_rate", tests, NULL, NULL);
}
