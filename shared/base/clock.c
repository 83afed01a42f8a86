/* Time, in milliseconds everywhere. */

#include "shared/base/clock.h"

#include <string.h>
#include <time.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t tc_now_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t tc_now_ms(void)
{
    return tc_now_us() / 1000;
}

int64_t tc_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t tc_mono_ms(void)
{
    return tc_mono_us() / 1000;
}

static void put_digits(char *out, int count, int64_t number)
{
    for (; count > 0; number /= 10)
        out[--count] = (char)('0' + number % 10);
}

/* The years are counted from March, so that a leap day is a year's last. */
static void put_date(char *out, int64_t days)
{
    days += 719468;                                   /* since 1 March of the year 0 */
    int64_t era = days / 146097, day = days % 146097; /* of 400 years */
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    int64_t month = (5 * day + 2) / 153; /* 0: March */
    put_digits(out, 4, era * 400 + year + (month >= 10));
    put_digits(out + 5, 2, month < 10 ? month + 3 : month - 9);
    put_digits(out + 8, 2, day - (153 * month + 2) / 5 + 1);
}

/* By hand: each message that is shown has one, and the C library takes a microsecond for it. */
void tc_time_format(int64_t ms, char out[TC_TIME_SIZE])
{
    memcpy(out, "0000-00-00T00:00:00.000Z", TC_TIME_SIZE);
    int64_t seconds = ms / 1000;
    put_date(out, seconds / 86400);
    put_digits(out + 11, 2, seconds / 3600 % 24);
    put_digits(out + 14, 2, seconds / 60 % 60);
    put_digits(out + 17, 2, seconds % 60);
    put_digits(out + 20, 3, ms % 1000);
}
