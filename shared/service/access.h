#pragma once

#include <stdbool.h>

#include "shared/base/id.h"
#include "shared/base/status.h"
#include "shared/service/members.h"

struct tc_request;

/* Facts of the conversation service: a conversation, and what the asker is in it. */
struct tc_access {
    char group_id[TC_ID_SIZE];
    char owner_id[TC_ID_SIZE];
    bool closed;       /* audience: participants */
    bool listed;       /* the asker is one of them, in his present membership */
    enum tc_role role; /* of the asker in the group */
};

/*
 * The asker's access to data.conversation_id, in a route flagged TC_ACCESS;
 * gathered before the handler runs. TC_OK: takes part. TC_FORBIDDEN: may know
 * that it is there (the group's owner). TC_NOT_FOUND: may not, or there is no
 * such conversation. *out is set on TC_OK.
 */
enum tc_status tc_request_access(const struct tc_request *req, const struct tc_access **out);

/*
 * The same for any conversations, all misses asked in one request
 * (tincan.internal.conversation.access). Zeroed, with an empty group_id, where
 * there is none.
 */
struct tc_access_key {
    const char *conversation_id;
    const char *user_id;
};
enum tc_status tc_access_get(const struct tc_access_key *keys, size_t count, struct tc_access *out);
enum tc_status tc_access_check(const struct tc_access *access);

/* Must be among the listeners of a service that uses this. */
extern const struct tc_listener tc_access_listeners[];
