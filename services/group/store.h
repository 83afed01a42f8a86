#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/status.h"

struct tc_db;

/*
 * The tables of schema grp: groups here, who is in them and who asks to be in
 * store_member.h. Texts in what these fill are borrowed from the rows, until the
 * handler returns. (grp.h owns the name struct group.)
 */
struct group_info {
    const char *id, *name, *description, *visibility, *owner_id;
    int64_t version, member_count;
    int64_t created_at;   /* ms since 1970 */
    const char *role;     /* of the asker: "owner", "member", "requested", "none" */
    const char *name_key; /* in a listing: what it is ordered by */
};

struct group_draft {
    const char *id, *name, *description, *visibility;
    const char *const *member_ids; /* each once, the owner first */
    size_t member_count;
};

/* TC_CONFLICT: one of the members is in `groups_max` groups already. */
enum tc_status group_store_create(struct tc_db *db, const struct group_draft *draft,
                                  int64_t groups_max, struct group_info *out);

/* TC_NOT_FOUND: there is no such group, or the asker may not know that there is. */
enum tc_status group_store_find(struct tc_db *db, const char *group_id, const char *asker_id,
                                struct group_info *out);

struct group_query {
    const char *asker_id;
    const char *text; /* NULL: whatever the name */
    bool mine;
    const char *after_key, *after_id; /* where the page begins: behind these */
    int64_t limit;
};

/* out has room for `limit`; *more: there are further ones. */
enum tc_status group_store_list(struct tc_db *db, const struct group_query *query,
                                struct group_info *out, size_t *count, bool *more);

struct user_list {
    const char *const *ids; /* each once */
    size_t count;
};

/* A change to a group; lists do not overlap, but `add` holds those of `accept` too. */
struct group_change {
    const char *group_id, *asker_id;
    const char *name, *description, *visibility, *owner_id; /* NULL: stays */
    struct user_list add, remove;
    struct user_list asking; /* who must be asking to join, and then is not any more */
};

/*
 * All of it or nothing. TC_NOT_FOUND, TC_CONFLICT: the asker is not its owner,
 * or someone is not what the change takes him for; whoever wants to know looks.
 */
enum tc_status group_store_edit(struct tc_db *db, const struct group_change *change,
                                int64_t groups_max, struct group_info *out);

/* TC_NOT_FOUND: there is no such group of the asker's. */
enum tc_status group_store_remove(struct tc_db *db, const char *group_id, const char *asker_id);
