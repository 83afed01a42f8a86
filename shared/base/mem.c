/* Allocation that succeeds or does not return. */

#include "shared/base/mem.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_BYTES (1024 * 1024)

static void *or_die(void *memory)
{
    if (memory == NULL) {
        fputs("level=error event=out_of_memory\n", stderr);
        abort();
    }
    return memory;
}

void *tc_alloc(size_t size)
{
    return or_die(calloc(1, size > 0 ? size : 1));
}

void *tc_realloc(void *old, size_t size)
{
    return or_die(realloc(old, size > 0 ? size : 1));
}

char *tc_strdup(const char *text)
{
    return or_die(strdup(text));
}

void *tc_memdup(const void *bytes, size_t size)
{
    return memcpy(tc_alloc(size), bytes, size);
}

void tc_mem_keep_freed(void)
{
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES); /* larger ones are the kernel's business each time */
}
