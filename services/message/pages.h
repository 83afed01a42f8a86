#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;

/*
 * The newest pages of conversations, kept as they were answered: who opens a
 * conversation wants just that, and most often others have wanted it since it
 * last changed. A page is as good as when it was read if the conversation's rev
 * is the same and was looked up over the same connection to the database: what
 * is behind another one may have lost revs, and given them to something else.
 * For the handler's thread.
 */
struct page_state {
    uint64_t connection; /* tc_db_connection */
    int64_t rev;         /* the conversation's last */
};

/* Bytes of pages to keep, the least recently used go; 0: none. The setting fills it. */
extern int64_t pages_bytes;

/* Whether there is a page of that limit, so that its rev is worth looking up. */
bool pages_has(const char *conversation_id, int64_t limit);

/* Appends the page if it is as good as read now. */
bool pages_append(const char *conversation_id, int64_t limit, struct page_state now,
                  struct tc_buf *out);

/* Copies it, in place of what was there of the conversation; but not what is larger than all room.
 */
void pages_keep(const char *conversation_id, int64_t limit, struct page_state when,
                const char *page, size_t size);

/* On any thread. */
void pages_write_metrics(struct tc_buf *out);
