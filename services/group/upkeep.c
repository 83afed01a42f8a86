/* What a group leaves behind when it is removed, or turns hidden. */

#include "services/group/group.h"
#include "services/group/store_facts.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"

enum tc_status group_drop_requests(struct tc_request *req, struct tc_db *db, const char *group_id,
                                   enum tc_status why)
{
    size_t count;
    do {
        const char *users[UPKEEP_CHUNK];
        enum tc_status status = upkeep_store_drop_requests(db, group_id, users, &count);
        if (status != TC_OK)
            return status;
        for (size_t i = 0; i < count; i++) {
            struct tc_event event = group_event_to(users[i], group_id, "group/join-failed", 0);
            event.error = why;
            tc_json_text(tc_request_event(req, &event), "group_id", group_id);
        }
    } while (count == UPKEEP_CHUNK);
    return TC_OK;
}

static enum tc_status on_group_removed(struct tc_request *req, struct tc_db *db)
{
    const char *group_id = tc_request_subject(req)->owner;
    enum tc_status status = TC_OK;
    for (bool left = true; left && status == TC_OK;)
        status = upkeep_store_drop_members(db, group_id, &left);
    return status == TC_OK ? group_drop_requests(req, db, group_id, TC_NOT_FOUND) : status;
}

const struct tc_listener upkeep_listeners[] = {
    {.subject = "tincan.event.group.*.*.group.removed", .handler = on_group_removed},
    {0},
};
