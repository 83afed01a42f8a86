#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/id.h"
#include "shared/base/status.h"

struct tc_db;
struct tc_stmt;

/* The tables of schema msg. What changes a message writes a row of the outbox too. Texts that come
 * out of here are valid until the handler returns. */

/* A message as a plain value: nothing in it needs freeing. */
struct message_info {
    const char *conversation_id;
    const char *id;
    const char *author_id;
    const char *body;  /* NULL: removed */
    const char *nonce; /* NULL: none, or not to be shown */
    int64_t seq, rev;
    int64_t created_at, edited_at, removed_at; /* ms since 1970; 0: never */
    const char *outbox_id; /* the row that tells of what was just made of it; NULL: none */
};

/* A message to be, and what became of it. */
struct message_post {
    struct message_info message; /* in: without seq, rev and times; out: as it is now */
    const char *group_id;
    bool closed;           /* whom it is told to, as in struct tc_access */
    bool is_known;         /* a hint: most likely it is there already */
    enum tc_status status; /* out; the message is set on TC_OK */
    bool duplicate;        /* out: it was there already */
};

/*
 * Numbers and stores all of them in one statement; those of one conversation
 * get rising numbers. One that fails does not harm the others. TC_NOT_FOUND:
 * the conversation has been removed; TC_CONFLICT: its id belongs to another
 * message, which is no repeat of it.
 */
void message_store_post(struct tc_db *db, struct message_post *const *posts, size_t count);

/* Only looks whether it is there: sets what message_store_post sets. TC_NOT_FOUND: it is not. */
enum tc_status message_store_find(struct tc_db *db, struct message_post *post);

/* Which message to change, for whom, and its rev so far (0: whatever it is). */
struct message_ref {
    const char *conversation_id;
    int64_t seq;
    const char *user_id;
    int64_t if_rev;
    bool closed; /* whom it is told to, as in struct tc_access */
};

/*
 * TC_NOT_FOUND: there is none, or it has been removed; TC_FORBIDDEN: it is
 * somebody else's (an `any` removes everybody's); TC_CONFLICT: its rev differs.
 */
enum tc_status message_store_edit(struct tc_db *db, const struct message_ref *ref, const char *body,
                                  struct message_info *out);
enum tc_status message_store_remove(struct tc_db *db, const struct message_ref *ref, bool any,
                                    struct message_info *out);

#define MESSAGE_PAGE_MAX 1000 /* what TINCAN_PAGE can be set to */

/* Up to `limit` messages with after < seq < before; in the order they are looked for. */
struct message_range {
    const char *conversation_id;
    int64_t after, before;
    bool upwards; /* the oldest first; else the newest */
    int64_t limit;
};
struct message_page {
    struct message_info items[MESSAGE_PAGE_MAX];
    size_t count;
    int64_t last_rev; /* of the conversation, just then; 0: the page is empty */
    bool more;        /* there are further ones that way */
};

/*
 * Calls `take` once for each range, when its page is there, which is gone
 * afterwards; empty ones come last. It must not use the database. page is NULL
 * unless status is TC_OK; TC_NOT_FOUND: the conversation has been removed.
 */
typedef void message_take(void *ctx, size_t range, enum tc_status status,
                          const struct message_page *page);
void message_store_list(struct tc_db *db, const struct message_range *ranges, size_t count,
                        message_take *take, void *ctx);

#define MESSAGE_HEADS_MAX 500

struct message_head {
    bool gone;                  /* the conversation has been removed */
    int64_t last_seq, last_rev; /* 0 while it is empty */
};

/* One for each. count: at most MESSAGE_HEADS_MAX. */
enum tc_status message_store_heads(struct tc_db *db, const char *const *conversation_ids,
                                   size_t count, struct message_head *out);

extern const struct tc_stmt *const message_statements[];
