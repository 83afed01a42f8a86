#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/group/store_member.h"

/* What other services ask about members, and what is left of removed groups. */
struct member_fact {
    const char *role; /* "owner", "member", "none" */
    int64_t since;    /* which membership this is: microseconds; 0: none */
    int64_t size;     /* of the group; 0: it is not there, or he may not know that it is */
};

/* As many facts as pairs, in their order. */
enum tc_status fact_store_members(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                  struct member_fact *out);

struct membership {
    size_t user;          /* index into the users asked for */
    const char *group_id; /* NULL: he is in none */
    int64_t since;
};

/* By user and then group, at most `limit` of them: out has room for that. */
enum tc_status fact_store_memberships(struct tc_db *db, const struct user_list *users, size_t limit,
                                      struct membership *out, size_t *count);

#define UPKEEP_CHUNK 1000

/* Takes some requests away from a group that is hidden or gone. */
enum tc_status upkeep_store_drop_requests(struct tc_db *db, const char *group_id,
                                          const char *users[UPKEEP_CHUNK], size_t *count);

/* Takes some member rows away from a group that is gone; *left: there may be more. */
enum tc_status upkeep_store_drop_members(struct tc_db *db, const char *group_id, bool *left);
