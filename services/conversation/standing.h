#pragma once

#include <stdbool.h>

#include "services/conversation/store_read.h"
#include "shared/service/members.h"

struct tc_access_key;
struct tc_db;
struct tc_request;

/* A conversation, and what somebody is to it: all that decides what he may do. */
struct standing {
    struct conversation_state state;
    struct tc_member member; /* of the group */
};

/* In its list, and under his present membership. */
bool standing_is_listed(const struct standing *standing);

bool standing_takes_part(const struct standing *standing);

/* Its owner, as long as he takes part, or the group's. */
bool standing_may_edit(const struct standing *standing, const char *user_id);

/* As many as keys, in their order; state.group_id is NULL where there is no such conversation. */
enum tc_status standing_find_all(struct tc_db *db, const struct tc_access_key *keys, size_t count,
                                 struct standing *out);

/* The asker's. TC_NOT_FOUND: there is no such conversation, or he may not know that there is. */
enum tc_status standing_find(const struct tc_request *req, struct tc_db *db,
                             const char *conversation_id, struct standing *out);

/* The asker's membership. Who is no member: TC_FORBIDDEN, or TC_NOT_FOUND where that is hidden. */
enum tc_status standing_in_group(const struct tc_request *req, const char *group_id,
                                 struct tc_member *out);
