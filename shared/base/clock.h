#pragma once

#include <stdint.h>

#define TC_TIME_SIZE 25 /* "2026-11-22T08:23:05.123Z" and its NUL */

/* Milliseconds, and microseconds, since 1970. */
int64_t tc_now_ms(void);
int64_t tc_now_us(void);

/* Milliseconds, and microseconds, of a clock that never jumps; for time-outs, and for how long. */
int64_t tc_mono_ms(void);
int64_t tc_mono_us(void);

/* A time from 1970 to 9999 as the protocol spells it: RFC 3339, UTC, milliseconds. */
void tc_time_format(int64_t ms, char out[TC_TIME_SIZE]);
