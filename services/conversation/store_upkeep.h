#pragma once

#include <stddef.h>
#include <stdint.h>

#include "services/conversation/store.h"

/* What follows from elsewhere, and what others ask about many users at once. */

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

#define STRIKE_CHUNK 100

/* Conversations that somebody was struck from, as they are now. */
struct struck {
    struct conversation items[STRIKE_CHUNK];
    size_t count;
    bool left; /* there may be more to strike */
};

/*
 * Strikes some of a user's listings in a group: those that hold for another
 * membership than `since` (0: for whichever). Raises the versions.
 */
enum tc_status conversation_store_strike(struct tc_db *db, const char *group_id,
                                         const char *user_id, int64_t since, struct struck *out);

/* Ends a group: no conversation can be created in it any more. */
enum tc_status conversation_store_close_group(struct tc_db *db, const char *group_id);

/* Removes some of its conversations; *left: there may be more. */
enum tc_status conversation_store_clear_group(struct tc_db *db, const char *group_id, bool *left);
