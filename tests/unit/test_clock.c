/* Times, as the protocol spells them. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shared/base/clock.h"

#define LAST_MS INT64_C(253402300799999) /* of the year 9999 */

static void spell_as_the_library_does(int64_t ms, char out[TC_TIME_SIZE])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    size_t len = strftime(out, TC_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + len, TC_TIME_SIZE - len, ".%03dZ", (int)(ms % 1000));
}

static void assert_is_spelt_right(int64_t ms)
{
    char got[TC_TIME_SIZE], expected[TC_TIME_SIZE];
    tc_time_format(ms, got);
    spell_as_the_library_does(ms, expected);
    assert_string_equal(got, expected);
}

static void each_day_has_its_date(void **state)
{
    (void)state;
    int64_t day = INT64_C(86400000);
    for (int64_t ms = 0; ms < LAST_MS; ms += 3 * day + 1234567)
        assert_is_spelt_right(ms);
    for (int64_t ms = 0; ms < 800 * 366 * day; ms += day)
        assert_is_spelt_right(ms + day - 1);
}

static void the_first_and_the_last_time_are_spelt_right(void **state)
{
    (void)state;
    char text[TC_TIME_SIZE];
    tc_time_format(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    tc_time_format(LAST_MS, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    tc_time_format(INT64_C(951782400005), text);
    assert_string_equal(text, "2000-02-29T00:00:00.005Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_day_has_its_date),
        cmocka_unit_test(the_first_and_the_last_time_are_spelt_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
