/* An arena: allocation by moving a mark. */

#include "shared/base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"

#define BLOCK_SIZE 4096

struct tc_arena_block {
    struct tc_arena_block *next;
    size_t size;
    alignas(max_align_t) char bytes[];
};

static void add_block(struct tc_arena *arena, size_t size)
{
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct tc_arena_block *block = tc_alloc(sizeof(*block) + room);
    block->size = room;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->used = 0;
}

void *tc_arena_alloc(struct tc_arena *arena, size_t size)
{
    size_t need = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (arena->blocks == NULL || arena->blocks->size - arena->used < need)
        add_block(arena, need);
    void *memory = arena->blocks->bytes + arena->used;
    arena->used += need;
    return memset(memory, 0, need);
}

char *tc_arena_text(struct tc_arena *arena, const char *text, size_t len)
{
    return memcpy(tc_arena_alloc(arena, len + 1), text, len);
}

void tc_arena_reset(struct tc_arena *arena)
{
    while (arena->blocks != NULL && arena->blocks->next != NULL) {
        struct tc_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    arena->used = 0;
}

void tc_arena_free(struct tc_arena *arena)
{
    tc_arena_reset(arena);
    free(arena->blocks);
    *arena = (struct tc_arena){0};
}
