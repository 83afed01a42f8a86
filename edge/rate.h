/* How often a connection may ask: a token bucket, and what happens to who never stops. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Zeroed is full. */
struct rate {
    int64_t at_ms;        /* when `used` was true; 0: never */
    int64_t used;         /* thousandths of a token */
    int64_t refused_from; /* ms: when the present 10 s of refusals began */
    uint32_t refused;     /* in them */
};

/* 0: go on. Else so many ms until the next one may come; *abuse: more than 100 times in 10 s. */
int64_t rate_take(struct rate *rate, int64_t now_ms, int64_t per_s, int64_t burst, bool *abuse);
