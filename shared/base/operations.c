/* Every operation of the protocol: docs/protocol.md tells what each one does. */

#include "shared/base/operations.h"

#include <stdlib.h>
#include <string.h>

/* In the order of strcmp, for the search below; a test holds it so. */
const struct tc_operation tc_operations[] = {
    {"auth/logout", NULL, "error", TC_OP_LEAVES},
    {"conversation/create", "conversation/created", "conversation/create-failed", TC_OP_JOINS},
    {"conversation/edit", "conversation/edited", "conversation/edit-failed", TC_OP_JOINS},
    {"conversation/list", "conversation/list-response", "conversation/list-response", 0},
    {"conversation/remove", "conversation/removed", "conversation/remove-failed", 0},
    {"conversation/type-end", NULL, "error", TC_OP_QUIET | TC_OP_RESTS},
    {"conversation/type-start", NULL, "error", TC_OP_QUIET | TC_OP_TYPES},
    {"group/create", "group/created", "group/create-failed", TC_OP_JOINS},
    {"group/edit", "group/edited", "group/edit-failed", 0},
    {"group/join", "group/joined", "group/join-failed", TC_OP_JOINS},
    {"group/leave", "group/left", "group/leave-failed", 0},
    {"group/list", "group/list-response", "group/list-response", 0},
    {"group/remove", "group/removed", "group/remove-failed", 0},
    {"group/view", "group/view-response", "group/view-response", 0},
    {"message/create", "message/created", "message/create-failed", TC_OP_POSTS},
    {"message/edit", "message/edited", "message/edit-failed", 0},
    {"message/heads", "message/heads-response", "message/heads-response", 0},
    {"message/list", "message/list-response", "message/list-response", 0},
    {"message/remove", "message/removed", "message/remove-failed", 0},
    {"message/sync", "message/sync-response", "message/sync-response", 0},
    {"user/view", "user/view-response", "user/view-response", 0},
};
const size_t tc_operations_count = sizeof(tc_operations) / sizeof(tc_operations[0]);

static int compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct tc_operation *)row)->type);
}

const struct tc_operation *tc_operation_find(const char *type)
{
    return bsearch(type, tc_operations, tc_operations_count, sizeof(tc_operations[0]), compare);
}
