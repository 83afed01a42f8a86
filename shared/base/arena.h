#pragma once

#include <stddef.h>

/* Memory that is freed all at once. Zero-initialise it to begin. */
struct tc_arena {
    struct tc_arena_block *blocks;
    size_t used; /* of the first block */
};

void *tc_arena_alloc(struct tc_arena *arena, size_t size); /* zeroed, aligned for anything */
char *tc_arena_text(struct tc_arena *arena, const char *text, size_t len);
void tc_arena_reset(struct tc_arena *arena); /* keeps one block for what comes next */
void tc_arena_free(struct tc_arena *arena);
