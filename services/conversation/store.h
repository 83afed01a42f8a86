#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/id.h"
#include "shared/base/status.h"

struct tc_access_key;
struct tc_db;

/*
 * The tables of schema conv: conversations and the listings of closed ones.
 * Texts in what these fill are borrowed from the rows, until the handler returns.
 */
struct conversation {
    const char *id, *group_id, *name, *topic, *owner_id;
    const char *participants; /* of a closed one: their ids, sorted, a space between; else NULL */
    int64_t version;
    int64_t created_at; /* ms since 1970 */
    bool closed;
};

/* Users, each under the membership of his (struct tc_member) that a listing holds for. */
struct listings {
    const char **users;
    int64_t *since;
    size_t count;
};

struct conversation_draft {
    const char *id, *group_id, *name, *topic, *owner_id;
    const struct listings *participants; /* NULL: for the whole group */
};

/* TC_CONFLICT: the group has `limit` conversations. TC_NOT_FOUND: the group has been removed. */
enum tc_status conversation_store_create(struct tc_db *db, const struct conversation_draft *draft,
                                         int64_t limit, struct conversation *out);

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

/*
 * A change to the conversation as it was at `version`. TC_NOT_FOUND: it is not
 * at that version any more, and nothing was changed: look again.
 */
struct conversation_change {
    const char *id;
    int64_t version;
    const char *name, *topic; /* NULL: stays */
    struct listings come, go; /* of those who go, `since` is not looked at */
};
enum tc_status conversation_store_change(struct tc_db *db, const struct conversation_change *change,
                                         struct conversation *out);
enum tc_status conversation_store_remove(struct tc_db *db, const char *id, int64_t version);

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
