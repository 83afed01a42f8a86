/* A table of ids, and when each has ended. */

#include "edge/ended.h"

#include <stdlib.h>

#include "edge/requests.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"

#define REMEMBER_MS (2 * REQUEST_MS)
#define SWEEP_MS 1000

struct ended {
    struct tc_table *at_ms; /* of int64_t */
    int64_t swept_ms;
};

struct ended *ended_create(void)
{
    struct ended *ended = tc_alloc(sizeof(*ended));
    ended->at_ms = tc_table_create();
    return ended;
}

static bool is_recent(void *value, void *ctx)
{
    const int64_t *at_ms = value, *horizon_ms = ctx;
    if (*at_ms > *horizon_ms)
        return true;
    free(value);
    return false;
}

static void forget(struct ended *ended, int64_t horizon_ms)
{
    tc_table_sweep(ended->at_ms, is_recent, &horizon_ms);
}

void ended_free(struct ended **ended)
{
    if (*ended == NULL)
        return;
    forget(*ended, INT64_MAX);
    tc_table_free(&(*ended)->at_ms);
    free(*ended);
    *ended = NULL;
}

size_t ended_count(const struct ended *ended)
{
    return tc_table_count(ended->at_ms);
}

void ended_add(struct ended *ended, const char *id, int64_t now_ms)
{
    free(tc_table_remove(ended->at_ms, id));
    tc_table_set(ended->at_ms, id, tc_memdup(&now_ms, sizeof(now_ms)));
}

bool ended_has(const struct ended *ended, const char *id)
{
    return tc_table_get(ended->at_ms, id) != NULL;
}

void ended_sweep(struct ended *ended, int64_t now_ms)
{
    if (now_ms - ended->swept_ms < SWEEP_MS)
        return;
    ended->swept_ms = now_ms;
    forget(ended, now_ms - REMEMBER_MS);
}
