/* conversation.access: what users are to conversations, for the services above this one. */

#include "shared/service/access.h"
#include "services/conversation/conversation.h"
#include "services/conversation/standing.h"
#include "shared/base/arena.h"
#include "shared/base/id.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

#define PAIRS_MAX 5000 /* of one request */

static const cJSON *pairs_of(const struct tc_request *req)
{
    const cJSON *pairs = cJSON_GetObjectItemCaseSensitive(tc_request_data(req), "pairs");
    return cJSON_IsArray(pairs) && cJSON_GetArraySize(pairs) <= PAIRS_MAX ? pairs : NULL;
}

static const char *id_at(const cJSON *pair, int place)
{
    const cJSON *item = cJSON_IsArray(pair) ? cJSON_GetArrayItem(pair, place) : NULL;
    bool is_id = item != NULL && cJSON_IsString(item) && tc_id_is_valid(item->valuestring);
    return is_id ? item->valuestring : NULL;
}

/* Adds a request's pairs to the keys; none, and the request is bad, if one is not two ids. */
static size_t read_pairs(struct tc_request *req, struct tc_access_key *keys)
{
    size_t count = 0;
    const cJSON *pairs = pairs_of(req), *pair;
    bool fine = pairs != NULL;
    cJSON_ArrayForEach(pair, pairs)
    {
        struct tc_access_key key = {id_at(pair, 0), id_at(pair, 1)};
        fine = fine && key.conversation_id != NULL && key.user_id != NULL;
        keys[count++] = key;
    }
    if (fine)
        return count;
    tc_request_fail_at(req, TC_INVALID_FIELD, "must be pairs of ids", "pairs");
    return 0;
}

static const char *role_name(enum tc_role role)
{
    static const char *const names[] = {
        [TC_ROLE_NONE] = "none", [TC_ROLE_MEMBER] = "member", [TC_ROLE_OWNER] = "owner"};
    return names[role];
}

static void write_standing(const struct standing *standing, struct tc_buf *out)
{
    if (standing->state.group_id == NULL) {
        tc_json_raw(out, NULL, "null", 4);
        return;
    }
    tc_json_object(out, NULL);
    tc_json_text(out, "group_id", standing->state.group_id);
    tc_json_text(out, "owner_id", standing->state.owner_id);
    tc_json_bool(out, "closed", standing->state.closed);
    tc_json_bool(out, "listed", standing_is_listed(standing));
    tc_json_text(out, "role", role_name(standing->member.role));
    tc_json_end_object(out);
}

static void write_answer(const struct standing *standings, size_t count, struct tc_buf *out)
{
    tc_json_array(out, "access");
    for (size_t i = 0; i < count; i++)
        write_standing(&standings[i], out);
    tc_json_end_array(out);
}

/* How many pairs the requests may hold. */
static size_t count_pairs(struct tc_request **reqs, size_t count)
{
    size_t room = 0;
    for (size_t i = 0; i < count; i++)
        room += (size_t)cJSON_GetArraySize(pairs_of(reqs[i]));
    return room;
}

/* conversation.access {pairs: [[conversation, user], …]} -> {access: [{…} or null, …]}, in order */
static void conversation_access(struct tc_request **reqs, size_t count, struct tc_db *db)
{
    TC_CLEANUP(tc_arena_free) struct tc_arena scratch = {0};
    size_t room = count_pairs(reqs, count), total = 0;
    struct tc_access_key *keys = tc_arena_alloc(&scratch, room * sizeof(*keys));
    struct standing *standings = tc_arena_alloc(&scratch, room * sizeof(*standings));
    size_t *counts = tc_arena_alloc(&scratch, count * sizeof(*counts));
    for (size_t i = 0; i < count; i++) {
        counts[i] = read_pairs(reqs[i], keys + total);
        total += counts[i];
    }

    enum tc_status status = standing_find_all(db, keys, total, standings);
    for (size_t i = 0; i < count; standings += counts[i++]) {
        if (tc_request_is_bad(reqs[i])) {
            tc_request_finish(reqs[i], TC_INVALID_FIELD);
            continue;
        }
        if (status == TC_OK)
            write_answer(standings, counts[i], tc_request_answer(reqs[i]));
        tc_request_finish(reqs[i], status);
    }
}

const struct tc_route access_routes[] = {
    {.op = "conversation.access", .batch = conversation_access, .flags = TC_PRIVATE},
    {0},
};
