/* What other services and edges ask: who is what in which group. */

#include <string.h>

#include "services/group/group.h"
#include "services/group/store_facts.h"
#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/base/id.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

#define PAIRS_MAX 5000       /* of one request */
#define PAIRS_TOGETHER 20000 /* of the requests of one statement */
#define USERS_MAX 500
#define MEMBERSHIPS_TOGETHER 8192         /* more do not fit into an answer */
#define ANSWER_BYTES ((size_t)600 * 1024) /* NATS carries 1 MiB */

static bool read_pair(const cJSON *item, struct member_pair *out)
{
    const cJSON *group = cJSON_IsArray(item) ? item->child : NULL;
    const cJSON *user = group != NULL ? group->next : NULL;
    if (user == NULL || !cJSON_IsString(group) || !cJSON_IsString(user))
        return false;
    *out = (struct member_pair){group->valuestring, user->valuestring};
    return tc_id_is_valid(out->group_id) && tc_id_is_valid(out->user_id);
}

/* How many it has read; a request whose pairs are not right is marked bad and has none. */
static size_t read_pairs(struct tc_request *req, struct member_pair *out)
{
    const cJSON *pairs = cJSON_GetObjectItemCaseSensitive(tc_request_data(req), "pairs");
    const cJSON *item;
    size_t count = 0;
    bool good = cJSON_IsArray(pairs) && cJSON_GetArraySize(pairs) <= PAIRS_MAX;
    if (good)
        cJSON_ArrayForEach(item, pairs) good = good && read_pair(item, &out[count++]);
    if (good)
        return count;
    tc_request_fail_at(req, TC_INVALID_FIELD, "must be pairs of ids", "pairs");
    return 0;
}

static void write_facts(struct tc_request *req, const struct member_fact *facts, size_t count)
{
    struct tc_buf *out = tc_request_answer(req);
    tc_json_array(out, "members");
    for (size_t i = 0; i < count; i++) {
        tc_json_object(out, NULL);
        tc_json_text(out, "role", facts[i].role);
        tc_json_int(out, "since", facts[i].since);
        tc_json_int(out, "size", facts[i].size);
        tc_json_end_object(out);
    }
    tc_json_end_array(out);
}

/* Answers the first of these requests, as many as go together, and says how many that are. */
static size_t answer_some(struct tc_request **reqs, size_t count, struct tc_db *db)
{
    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    size_t room = PAIRS_TOGETHER + PAIRS_MAX, taken = 0, total = 0;
    size_t *counts = tc_arena_alloc(&arena, count * sizeof(*counts));
    struct member_pair *pairs = tc_arena_alloc(&arena, room * sizeof(*pairs));
    for (; taken < count && total <= PAIRS_TOGETHER; taken++) {
        counts[taken] = read_pairs(reqs[taken], pairs + total);
        total += counts[taken];
    }

    struct member_fact *facts = tc_arena_alloc(&arena, total * sizeof(*facts));
    enum tc_status status = fact_store_members(db, pairs, total, facts);
    for (size_t i = 0, at = 0; i < taken; at += counts[i++]) {
        if (status == TC_OK && !tc_request_is_bad(reqs[i]))
            write_facts(reqs[i], facts + at, counts[i]);
        tc_request_finish(reqs[i], tc_request_is_bad(reqs[i]) ? TC_INVALID_FIELD : status);
    }
    return taken;
}

/* group.members {"pairs":[["<group>","<user>"],…]} */
static void group_members(struct tc_request **reqs, size_t count, struct tc_db *db)
{
    for (size_t at = 0; at < count;)
        at += answer_some(reqs + at, count - at, db);
}

/* One user's; returns the index of the first membership behind them. */
static size_t write_memberships(struct tc_buf *out, const char *user_id,
                                const struct membership *all, size_t at, size_t count)
{
    size_t user = all[at].user;
    tc_json_object(out, NULL);
    tc_json_text(out, "user_id", user_id);
    tc_json_array(out, "groups");
    for (; at < count && all[at].user == user; at++) {
        if (all[at].group_id == NULL)
            continue;
        tc_json_object(out, NULL);
        tc_json_text(out, "id", all[at].group_id);
        tc_json_int(out, "since", all[at].since);
        tc_json_end_object(out);
    }
    tc_json_end_array(out);
    tc_json_end_object(out);
    return at;
}

/* `cut`: there were more memberships than were read, perhaps of the last user too. */
static void write_users(struct tc_buf *out, const char *const *ids, const struct membership *all,
                        size_t count, bool cut)
{
    tc_json_array(out, "users");
    size_t begin = out->len;
    for (size_t at = 0; at < count;) {
        size_t before = out->len;
        bool first = at == 0;
        at = write_memberships(out, ids[all[at].user], all, at, count);
        if (!first && (out->len - begin > ANSWER_BYTES || (cut && at == count))) {
            tc_buf_cut(out, before);
            break;
        }
    }
    tc_json_end_array(out);
}

/* group.memberships {"user_ids":["<user>",…]}: of the first ones, as many as fit */
static enum tc_status group_memberships(struct tc_request *req, struct tc_db *db)
{
    struct tc_list ids = tc_request_ids(req, "user_ids", 0, USERS_MAX);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    size_t limit = MEMBERSHIPS_TOGETHER + (size_t)tc_limits()->groups, count;
    struct membership *all = tc_arena_alloc(&arena, limit * sizeof(*all));
    struct user_list users = {ids.items, ids.count};
    enum tc_status status = fact_store_memberships(db, &users, limit, all, &count);
    if (status == TC_OK)
        write_users(tc_request_answer(req), ids.items, all, count, count == limit);
    return status;
}

const struct tc_route fact_routes[] = {
    {.op = "group.members", .batch = group_members, .flags = TC_PRIVATE},
    {.op = "group.memberships", .handler = group_memberships, .flags = TC_PRIVATE},
    {0},
};
