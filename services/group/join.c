/* group/join: at once into a public group; into a private one by asking its owner. */

#include <string.h>

#include "services/group/group.h"
#include "services/group/member.h"
#include "shared/service/users.h"

#define ATTEMPTS 4 /* others may change the group between two looks at it */

static void tell_joined(const struct member_entry *entry, const struct group_info *group)
{
    const unsigned flags = TC_EVENT_FIRST | TC_EVENT_ORIGIN;
    struct tc_event event = group_event_to(entry->user->id, group->id, "group/joined", flags);
    group_write_joined(group, NULL, entry->user, tc_request_event(entry->req, &event));
    group_tell_members(entry->req, group, "group/joined", entry->user->id, flags);
    group_write_joined(group, group->role, entry->user, tc_request_answer(entry->req));
}

static void tell_asked(const struct member_entry *entry, const struct group_info *group)
{
    static const char type[] = "group/join-requested";
    struct tc_event event = group_event_to(group->owner_id, group->id, type, 0);
    group_write_joined(group, NULL, entry->user, tc_request_event(entry->req, &event));
    event = group_event_to(entry->user->id, group->id, type, TC_EVENT_ORIGIN);
    tc_request_event_also(entry->req, &event);
    group_write_joined(group, group->role, entry->user, tc_request_answer_as(entry->req, type));
}

/* Why he may not, as the group and he are now. */
static enum tc_status check(const struct member_entry *entry, struct tc_db *db,
                            struct group_info *group)
{
    enum tc_status status = group_store_find(db, entry->pair.group_id, entry->pair.user_id, group);
    if (status != TC_OK)
        return status;
    if (strcmp(group->role, "owner") == 0 || strcmp(group->role, "member") == 0)
        return tc_request_fail(entry->req, TC_CONFLICT, "you are a member already");
    if (strcmp(group->role, "requested") == 0 && strcmp(group->visibility, "private") == 0)
        return tc_request_fail(entry->req, TC_CONFLICT, "you have asked already");

    struct standing standing;
    struct user_list himself = {&entry->pair.user_id, 1};
    status = member_store_standings(db, entry->pair.group_id, &himself, &standing);
    if (status == TC_OK && standing.groups >= tc_limits()->groups)
        return tc_request_fail(entry->req, TC_CONFLICT, "you are in as many groups as one may be");
    return status;
}

/* TC_NOT_FOUND: things have changed meanwhile. */
static enum tc_status join_or_ask(const struct member_entry *entry, struct tc_db *db, bool ask)
{
    struct group_info group;
    int64_t most = tc_limits()->groups;
    enum tc_status status =
        ask ? member_store_ask(db, entry->pair.group_id, entry->pair.user_id, most, &group)
            : member_store_join(db, &entry->pair, 1, most, &group);
    if (status != TC_OK)
        return status;
    if (group.id == NULL)
        return TC_NOT_FOUND;
    if (ask)
        tell_asked(entry, &group);
    else
        tell_joined(entry, &group);
    return TC_OK;
}

/* For one who could not join at once. */
static enum tc_status join_slowly(const struct member_entry *entry, struct tc_db *db)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        struct group_info group;
        enum tc_status status = check(entry, db, &group);
        if (status != TC_OK)
            return status;
        status = join_or_ask(entry, db, strcmp(group.visibility, "private") == 0);
        if (status != TC_NOT_FOUND)
            return status;
    }
    return TC_UNAVAILABLE;
}

static void join_round(const struct member_entry *entries, size_t count, struct tc_db *db)
{
    struct member_pair pairs[MEMBER_BATCH_MAX];
    struct group_info groups[MEMBER_BATCH_MAX];
    member_pairs(entries, count, pairs);
    enum tc_status status = member_store_join(db, pairs, count, tc_limits()->groups, groups);
    for (size_t i = 0; i < count; i++) {
        enum tc_status outcome = status;
        if (status == TC_OK && groups[i].id != NULL)
            tell_joined(&entries[i], &groups[i]);
        else if (status == TC_OK)
            outcome = join_slowly(&entries[i], db);
        tc_request_finish(entries[i].req, outcome);
    }
}

/* group/join {group_id} */
static void group_join(struct tc_request **reqs, size_t count, struct tc_db *db)
{
    member_run(reqs, count, db, join_round);
}

const struct tc_route join_routes[] = {
    {.op = "group/join", .batch = group_join},
    {0},
};
