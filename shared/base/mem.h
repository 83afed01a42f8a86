#pragma once

#include <stddef.h>

/*
 * Memory is either there or the process ends: these never return NULL. What
 * makes that safe is that every size a client can choose has a limit
 * (shared/base/limits.h).
 */
void *tc_alloc(size_t size); /* zeroed */
void *tc_realloc(void *old, size_t size);
char *tc_strdup(const char *text);
void *tc_memdup(const void *bytes, size_t size);

/*
 * From here on some freed memory stays with the process rather than going back
 * to the kernel at once, since the next burst wants it again: up to 1 MiB a
 * heap. See docs/decisions/0024-freed-memory-is-kept.md.
 */
void tc_mem_keep_freed(void);

/*
 * Frees a local on every way out of its scope:
 *
 *     TC_CLEANUP(tc_msg_free) struct tc_msg *reply = NULL;
 *
 * A destroyer takes the address of the pointer, accepts NULL, and leaves NULL
 * behind, so that the same function serves here and in plain code.
 */
#define TC_CLEANUP(destroy) __attribute__((cleanup(destroy)))

#define TC_COUNT(array) (sizeof(array) / sizeof((array)[0]))
