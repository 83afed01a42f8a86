/* group/leave: out of a group, or away from asking to be in it. */

#include <string.h>

#include "services/group/group.h"
#include "services/group/member.h"
#include "shared/service/users.h"

static void tell_left(const struct member_entry *entry, const struct group_info *group)
{
    const unsigned flags = TC_EVENT_FIRST | TC_EVENT_ORIGIN;
    struct tc_event event = group_event_to(entry->user->id, group->id, "group/left", flags);
    group_write_left(group->id, entry->user, tc_request_event(entry->req, &event));
    group_tell_members(entry->req, group, "group/left", entry->user->id, flags);
}

/* He has had no right that his edges would have to end: hence not group/left as the subject. */
static void tell_withdrawn(const struct member_entry *entry, const struct group_info *group)
{
    static const char type[] = "group/left";
    struct tc_event event = group_event_of_another(group->owner_id, group->id, type, 0);
    group_write_left(group->id, entry->user, tc_request_event(entry->req, &event));
    event = group_event_of_another(entry->user->id, group->id, type, TC_EVENT_ORIGIN);
    tc_request_event_also(entry->req, &event);
}

static enum tc_status why_stayed(const struct member_entry *entry, struct tc_db *db)
{
    struct group_info group;
    enum tc_status status = group_store_find(db, entry->pair.group_id, entry->pair.user_id, &group);
    if (status != TC_OK)
        return status;
    if (strcmp(group.role, "owner") == 0)
        return tc_request_fail(entry->req, TC_CONFLICT,
                               "the owner must hand the group over or remove it");
    if (strcmp(group.role, "none") == 0)
        return tc_request_fail(entry->req, TC_CONFLICT, "you are no member");
    return TC_UNAVAILABLE; /* he has come in just now */
}

static enum tc_status conclude(const struct member_entry *entry, const struct departure *departure,
                               struct tc_db *db)
{
    if (departure->how == STAYED)
        return why_stayed(entry, db);
    if (departure->how == LEFT)
        tell_left(entry, &departure->group);
    else
        tell_withdrawn(entry, &departure->group);
    group_write_left(departure->group.id, entry->user, tc_request_answer(entry->req));
    return TC_OK;
}

static void leave_round(const struct member_entry *entries, size_t count, struct tc_db *db)
{
    struct member_pair pairs[MEMBER_BATCH_MAX];
    struct departure departures[MEMBER_BATCH_MAX];
    member_pairs(entries, count, pairs);
    enum tc_status status = member_store_leave(db, pairs, count, departures);
    for (size_t i = 0; i < count; i++)
        tc_request_finish(entries[i].req,
                          status == TC_OK ? conclude(&entries[i], &departures[i], db) : status);
}

/* group/leave {group_id} */
static void group_leave(struct tc_request **reqs, size_t count, struct tc_db *db)
{
    member_run(reqs, count, db, leave_round);
}

const struct tc_route leave_routes[] = {
    {.op = "group/leave", .batch = group_leave},
    {0},
};
