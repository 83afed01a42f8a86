/* Memberships: facts of the group service, asked and cached. */

#include "shared/service/members.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/service/facts.h"
#include "shared/service/number.h"
#include "shared/service/service.h"

static int64_t number_of(const cJSON *member, const char *key)
{
    return tc_number(cJSON_GetObjectItemCaseSensitive(member, key));
}

static bool read_member(const cJSON *answer, void *value)
{
    struct tc_member member = {
        .role = fact_role(answer),
        .since = number_of(answer, "since"),
        .group_size = number_of(answer, "size"),
    };
    memcpy(value, &member, sizeof(member));
    return member.role != TC_ROLE_NONE;
}

struct facts facts_members = {
    .name = "members",
    .verb = "group.members",
    .list = "members",
    .size = sizeof(struct tc_member),
    .read = read_member,
    .renew_after_ms = FACT_HALF_LIFE_MS,
};

enum tc_status tc_members_get(const struct tc_member_key *keys, size_t count, struct tc_member *out)
{
    struct fact_pair *pairs = tc_alloc(count * sizeof(*pairs));
    for (size_t i = 0; i < count; i++)
        pairs[i] = (struct fact_pair){keys[i].group_id, keys[i].user_id};
    enum tc_status status = facts_get(&facts_members, pairs, count, out);
    free(pairs);
    return status;
}

/* On a user's own subject: this user's membership of that group has changed. */
static enum tc_status on_user_changed(struct tc_request *req, struct tc_db *db)
{
    (void)db;
    const struct tc_event_subject *subject = tc_request_subject(req);
    facts_revoke(&facts_members, subject->about, subject->owner);
    return TC_OK;
}

/* The whole group: it is gone, or roles in it have changed. */
static enum tc_status on_group_changed(struct tc_request *req, struct tc_db *db)
{
    (void)db;
    facts_revoke(&facts_members, tc_request_subject(req)->owner, NULL);
    return TC_OK;
}

const struct tc_listener tc_member_listeners[] = {
    {"tincan.event.user.*.*.group.joined", on_user_changed, .everywhere = true},
    {"tincan.event.user.*.*.group.left", on_user_changed, .everywhere = true},
    {"tincan.event.group.*.*.group.edited", on_group_changed, .everywhere = true},
    {"tincan.event.group.*.*.group.removed", on_group_changed, .everywhere = true},
    {0},
};
