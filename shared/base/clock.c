/* Time, in milliseconds everywhere. */

#include "shared/base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t tc_now_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t tc_mono_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

void tc_time_format(int64_t ms, char out[TC_TIME_SIZE])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    size_t len = strftime(out, TC_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out + len, TC_TIME_SIZE - len, ".%03uZ", (unsigned)(ms % 1000) % 1000);
}
