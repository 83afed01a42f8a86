/* The bucket. */

#include "edge/rate.h"

#define TOKEN 1000 /* one a second is one thousandth of a token a millisecond */
#define ABUSE_MS 10000
#define ABUSE_COUNT 100

static void refill(struct rate *rate, int64_t now_ms, int64_t per_s)
{
    int64_t elapsed = now_ms - rate->at_ms;
    rate->at_ms = now_ms;
    if (elapsed <= 0)
        return;
    rate->used = elapsed > rate->used / per_s ? 0 : rate->used - elapsed * per_s;
}

static bool note_refusal(struct rate *rate, int64_t now_ms)
{
    if (rate->refused == 0 || now_ms - rate->refused_from >= ABUSE_MS) {
        rate->refused_from = now_ms;
        rate->refused = 0;
    }
    return ++rate->refused > ABUSE_COUNT;
}

int64_t rate_take(struct rate *rate, int64_t now_ms, int64_t per_s, int64_t burst, bool *abuse)
{
    *abuse = false;
    refill(rate, now_ms, per_s);
    int64_t missing = rate->used + TOKEN - burst * TOKEN;
    if (missing <= 0) {
        rate->used += TOKEN;
        return 0;
    }
    *abuse = note_refusal(rate, now_ms);
    return (missing + per_s - 1) / per_s;
}
