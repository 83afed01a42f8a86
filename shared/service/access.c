/* Access to conversations: facts of the conversation service, gathered for requests and cached. */

#include "shared/service/access.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/service/facts.h"
#include "shared/service/gather.h"
#include "shared/service/request_private.h"

static void copy_id(const cJSON *answer, const char *key, char out[TC_ID_SIZE])
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(answer, key);
    if (cJSON_IsString(item) && tc_id_is_valid(item->valuestring))
        memcpy(out, item->valuestring, TC_ID_SIZE);
}

static bool read_access(const cJSON *answer, void *value)
{
    struct tc_access access = {
        .closed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "closed")),
        .listed = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "listed")),
        .role = fact_role(answer),
    };
    copy_id(answer, "group_id", access.group_id);
    copy_id(answer, "owner_id", access.owner_id);
    memcpy(value, &access, sizeof(access));
    return tc_access_check(&access) == TC_OK;
}

static const char *group_of(const void *value)
{
    return (const char *)value + offsetof(struct tc_access, group_id);
}

struct facts facts_access = {
    .name = "access",
    .verb = "conversation.access",
    .list = "access",
    .size = sizeof(struct tc_access),
    .read = read_access,
    .group_of = group_of,
    .renew_after_ms = FACT_HALF_LIFE_MS,
};

enum tc_status tc_access_get(const struct tc_access_key *keys, size_t count, struct tc_access *out)
{
    struct fact_pair *pairs = tc_alloc(count * sizeof(*pairs));
    for (size_t i = 0; i < count; i++)
        pairs[i] = (struct fact_pair){keys[i].conversation_id, keys[i].user_id};
    enum tc_status status = facts_get(&facts_access, pairs, count, out);
    free(pairs);
    return status;
}

enum tc_status tc_access_check(const struct tc_access *access)
{
    if (access->group_id[0] == '\0' || access->role == TC_ROLE_NONE)
        return TC_NOT_FOUND;
    if (!access->closed || access->listed)
        return TC_OK;
    return access->role == TC_ROLE_OWNER ? TC_FORBIDDEN : TC_NOT_FOUND;
}

enum tc_status tc_request_access(const struct tc_request *req, const struct tc_access **out)
{
    enum tc_status status = req->access_status;
    if (status == TC_OK)
        status = tc_access_check(&req->access);
    if (status == TC_OK)
        *out = &req->access;
    return status;
}

static const char *conversation_of(const struct tc_request *req)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(req->data, "conversation_id");
    return cJSON_IsString(id) && tc_id_is_valid(id->valuestring) ? id->valuestring : NULL;
}

void gather_access(struct tc_request **reqs, size_t count)
{
    struct tc_access_key *keys = tc_alloc(count * sizeof(*keys));
    struct tc_access *found = tc_alloc(count * sizeof(*found));
    struct tc_request **askers = tc_alloc(count * sizeof(struct tc_request *));
    size_t asked = 0;
    for (size_t i = 0; i < count; i++) {
        reqs[i]->access_status = TC_NOT_FOUND; /* should the handler not refuse the field first */
        const char *conversation = conversation_of(reqs[i]);
        if (conversation == NULL)
            continue;
        keys[asked] = (struct tc_access_key){conversation, reqs[i]->user};
        askers[asked++] = reqs[i];
    }
    enum tc_status status = tc_access_get(keys, asked, found);
    for (size_t i = 0; i < asked; i++) {
        askers[i]->access_status = status;
        askers[i]->access = found[i];
    }
    free(askers);
    free(found);
    free(keys);
}

/* On a user's own subject: he has come into or fallen out of that group or conversation. */
static enum tc_status on_user_changed(struct tc_request *req, struct tc_db *db)
{
    (void)db;
    const struct tc_event_subject *subject = tc_request_subject(req);
    facts_revoke(&facts_access, subject->about, subject->owner);
    return TC_OK;
}

/* The group or conversation that it is about is gone, or roles in it have changed. */
static enum tc_status on_whole_changed(struct tc_request *req, struct tc_db *db)
{
    (void)db;
    facts_revoke(&facts_access, tc_request_subject(req)->about, NULL);
    return TC_OK;
}

const struct tc_listener tc_access_listeners[] = {
    {"tincan.event.user.*.*.group.joined", on_user_changed, .everywhere = true},
    {"tincan.event.user.*.*.group.left", on_user_changed, .everywhere = true},
    {"tincan.event.user.*.*.conversation.created", on_user_changed, .everywhere = true},
    {"tincan.event.user.*.*.conversation.removed", on_user_changed, .everywhere = true},
    {"tincan.event.group.*.*.group.edited", on_whole_changed, .everywhere = true},
    {"tincan.event.group.*.*.group.removed", on_whole_changed, .everywhere = true},
    {"tincan.event.group.*.*.conversation.removed", on_whole_changed, .everywhere = true},
    {"tincan.event.closed.*.*.conversation.removed", on_whole_changed, .everywhere = true},
    {0},
};
