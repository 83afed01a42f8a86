#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/id.h"
#include "shared/base/status.h"

struct conversation;
struct tc_access_key;
struct tc_db;

/* What is decided upon: a conversation that is there, and one user's listing in it. */
struct conversation_state {
    const char *group_id; /* NULL: there is no such conversation */
    const char *owner_id;
    int64_t version;
    int64_t since; /* of his listing; 0: he has none */
    bool closed;
};

/* As many states as keys, in their order. */
enum tc_status conversation_store_find(struct tc_db *db, const struct tc_access_key *keys,
                                       size_t count, struct conversation_state *out);

/* The listings of some users in one conversation (since: 0 for none), and how many it has in all.
 */
enum tc_status conversation_store_listings(struct tc_db *db, const char *id,
                                           const char *const *users, size_t count, int64_t *since,
                                           int64_t *total);

/* A page of a group's conversations by created_at, then id; behind (after_ms, after_id). */
struct conversation_query {
    const char *group_id, *user_id;
    bool all;      /* closed ones too in which the user … */
    int64_t since; /* … is not listed under this membership */
    int64_t after_ms;
    char after_id[TC_ID_SIZE];
    int64_t limit;
    int64_t bytes; /* stop behind the first one at which their texts exceed this */
};

/* out has room for `limit`; *more: there are further ones. */
enum tc_status conversation_store_list(struct tc_db *db, const struct conversation_query *query,
                                       struct conversation *out, size_t *count, bool *more);

/* A listing in a closed conversation that is there. */
struct user_listing {
    size_t user; /* index into the users asked for */
    const char *conversation_id, *group_id;
    int64_t since;
};

/* Of all the users, by user and then conversation; stops after `limit`. */
struct user_listings {
    struct user_listing *items; /* the caller's, room for `limit` */
    size_t limit, count;
};
enum tc_status conversation_store_listings_of(struct tc_db *db, const char *const *users,
                                              size_t user_count, struct user_listings *out);
