#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/conversation/store.h"

/* What groups make of the tables. */

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
