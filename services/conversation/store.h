#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/status.h"

struct tc_db;

/*
 * The tables of schema conv: conversations, and the listings of closed ones.
 * Whatever the store fills borrows its texts from the rows, until the handler
 * returns.
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
