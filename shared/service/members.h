#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shared/base/status.h"
#include "shared/service/service.h"

enum tc_role {
    TC_ROLE_NONE,
    TC_ROLE_MEMBER,
    TC_ROLE_OWNER,
};

/* A fact of the group service: what a user is in a group. */
struct tc_member {
    enum tc_role role;
    int64_t since;      /* which membership this is: who left and came back has another */
    int64_t group_size; /* members, a moment ago; 0 for one who may not know of such a group */
};

struct tc_member_key {
    const char *group_id;
    const char *user_id;
};

/*
 * Asks for facts (tincan.internal.group.members), all that is not cached in one
 * request. A positive one lives 10 s, or until an event ends it; tc_member_listeners
 * must be among the service's listeners for that.
 */
enum tc_status tc_members_get(const struct tc_member_key *keys, size_t count,
                              struct tc_member *out);

extern const struct tc_listener tc_member_listeners[];
