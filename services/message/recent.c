/* Two generations of ids: when the younger one is full, it becomes the elder, which is dropped. */

#include "services/message/recent.h"

#include <stddef.h>

#include "shared/base/table.h"

#define GENERATION 8192

static struct tc_table *young, *old;

void recent_add(const char *id)
{
    static char present;
    if (young == NULL || tc_table_count(young) >= GENERATION) {
        tc_table_free(&old);
        old = young;
        young = tc_table_create();
    }
    tc_table_set(young, id, &present);
}

bool recent_has(const char *id)
{
    return (young != NULL && tc_table_get(young, id) != NULL) ||
           (old != NULL && tc_table_get(old, id) != NULL);
}
