#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/id.h"

struct tc_arena;
struct tc_buf;
struct tc_request;

/* How long a page may be, and what it begins behind; at first that is nothing. */
struct page {
    int64_t limit;
    char after_id[TC_ID_SIZE];
    const char *after_key; /* the arena's */
    int64_t after_us;      /* of a page by time: the number that the key is */
};

/* Read `limit` and `cursor`; a bad one marks the request bad. */
void page_read_by_key(struct tc_request *req, struct tc_arena *arena, struct page *out);
void page_read_by_time(struct tc_request *req, struct tc_arena *arena, struct page *out);

/* `cursor`, for the page behind the entry of this key and id. */
void page_write_cursor(struct tc_buf *out, const char *key, const char *id);
void page_write_cursor_us(struct tc_buf *out, int64_t us, const char *id);

/*
 * Writes the array `name` with as many of the entries as fit into a page, the
 * first one anyhow. Returns how many that are.
 */
typedef void write_entry(const void *entries, size_t i, struct tc_buf *out);
size_t page_write(struct tc_buf *out, const char *name, write_entry *write, const void *entries,
                  size_t count);
