/* Memberships: facts of the group service, asked and cached. */

#include "shared/service/members.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/service/facts.h"
#include "shared/service/number.h"
#include "shared/service/service.h"

static struct facts *facts;
struct facts_count facts_members = {.cache = "members"};

static bool recall(const struct tc_member_key *key, struct tc_member *out)
{
    char name[FACT_KEY_SIZE];
    fact_key(name, key->group_id, key->user_id);
    const struct fact *fact = facts_find(facts, name);
    if (fact == NULL || !facts_holds(facts, fact, key->group_id))
        return false;
    memcpy(out, fact->value, sizeof(*out));
    return true;
}

static int64_t number_of(const cJSON *member, const char *key)
{
    return tc_number(cJSON_GetObjectItemCaseSensitive(member, key));
}

/* What was not in the cache: the pairs to ask for, and where their facts belong. */
struct misses {
    struct fact_pair *pairs;
    size_t *places;
    size_t count;
    struct tc_member *out;
};

static void learn(void *ctx, size_t i, const cJSON *answer, int64_t asked_at)
{
    const struct misses *misses = ctx;
    struct tc_member member = {
        .role = fact_role(answer),
        .since = number_of(answer, "since"),
        .group_size = number_of(answer, "size"),
    };
    char name[FACT_KEY_SIZE];
    fact_key(name, misses->pairs[i].of, misses->pairs[i].user_id);
    facts_keep(facts, name, &member, asked_at, member.role != TC_ROLE_NONE);
    misses->out[misses->places[i]] = member;
}

enum tc_status tc_members_get(const struct tc_member_key *keys, size_t count, struct tc_member *out)
{
    if (facts == NULL)
        facts = facts_create(sizeof(struct tc_member));
    struct misses misses = {
        .pairs = tc_alloc(count * sizeof(struct fact_pair)),
        .places = tc_alloc(count * sizeof(size_t)),
        .out = out,
    };
    for (size_t i = 0; i < count; i++) {
        if (recall(&keys[i], &out[i]))
            continue;
        misses.pairs[misses.count] = (struct fact_pair){keys[i].group_id, keys[i].user_id};
        misses.places[misses.count++] = i;
    }
    facts_count(&facts_members, count - misses.count, misses.count);
    enum tc_status status =
        facts_ask("group.members", "members", misses.pairs, misses.count, learn, &misses);
    free(misses.pairs);
    free(misses.places);
    return status;
}

/* On a user's own subject: this user's membership of that group has changed. */
static enum tc_status on_user_changed(struct tc_request *req, struct tc_db *db)
{
    (void)db;
    const struct tc_event_subject *subject = tc_request_subject(req);
    char name[FACT_KEY_SIZE];
    fact_key(name, subject->about, subject->owner);
    if (facts != NULL)
        facts_revoke(facts, name);
    return TC_OK;
}

/* The whole group: it is gone, or roles in it have changed. */
static enum tc_status on_group_changed(struct tc_request *req, struct tc_db *db)
{
    (void)db;
    if (facts != NULL)
        facts_revoke(facts, tc_request_subject(req)->owner);
    return TC_OK;
}

const struct tc_listener tc_member_listeners[] = {
    {"tincan.event.user.*.*.group.joined", on_user_changed, .everywhere = true},
    {"tincan.event.user.*.*.group.left", on_user_changed, .everywhere = true},
    {"tincan.event.group.*.*.group.edited", on_group_changed, .everywhere = true},
    {"tincan.event.group.*.*.group.removed", on_group_changed, .everywhere = true},
    {0},
};
