/* conversation.audiences: what the edges have to listen to on behalf of users. */

#include <string.h>

#include "services/conversation/conversation.h"
#include "services/conversation/store_read.h"
#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/number.h"

#define USERS_MAX 500
#define ANSWER_BYTES 921600 /* 900 KiB: what NATS carries, less what is around it */
#define LISTINGS_MAX 10000  /* more than fit into that */

static void delete_json(cJSON **json)
{
    cJSON_Delete(*json);
}

/* The users' memberships, in the order asked; the last ones may be left out. */
static enum tc_status ask_memberships(const struct tc_list *users, cJSON **answer)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf question = {0};
    tc_json_object(&question, NULL);
    tc_json_array(&question, "user_ids");
    for (size_t i = 0; i < users->count; i++)
        tc_json_text(&question, NULL, users->items[i]);
    tc_json_end_array(&question);
    tc_json_end_object(&question);
    return tc_ask("group.memberships", &question, answer);
}

static const char *text_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* One user's part of the answer. */
struct audience {
    const char *user_id;
    const cJSON *memberships; /* [{id, since}] */
    const struct user_listing *listings;
    size_t count;
};

/* Also fills by_id with the memberships. */
static void write_groups(const cJSON *memberships, struct tc_table *by_id, struct tc_buf *out)
{
    cJSON *group;
    tc_json_array(out, "groups");
    cJSON_ArrayForEach(group, memberships)
    {
        const char *id = text_of(group, "id");
        if (!tc_id_is_valid(id))
            continue;
        tc_json_text(out, NULL, id);
        tc_table_set(by_id, id, group);
    }
    tc_json_end_array(out);
}

static bool is_valid(const struct user_listing *listing, const struct tc_table *by_id)
{
    const cJSON *group = tc_table_get(by_id, listing->group_id);
    const cJSON *since = cJSON_GetObjectItemCaseSensitive(group, "since");
    return cJSON_IsNumber(since) && tc_number(since) == listing->since;
}

/* False: the answer is full before the last of them. */
static bool write_closed(const struct audience *audience, const struct tc_table *by_id,
                         struct tc_buf *out)
{
    size_t i = 0;
    tc_json_array(out, "closed");
    for (; i < audience->count && out->len < ANSWER_BYTES; i++) {
        const struct user_listing *listing = &audience->listings[i];
        if (!is_valid(listing, by_id))
            continue;
        tc_json_object(out, NULL);
        tc_json_text(out, "conversation_id", listing->conversation_id);
        tc_json_text(out, "group_id", listing->group_id);
        tc_json_end_object(out);
    }
    tc_json_end_array(out);
    return i == audience->count;
}

static bool write_audience(const struct audience *audience, struct tc_buf *out)
{
    TC_CLEANUP(tc_table_free) struct tc_table *by_id = tc_table_create();
    tc_json_object(out, NULL);
    tc_json_text(out, "user_id", audience->user_id);
    write_groups(audience->memberships, by_id, out);
    bool whole = write_closed(audience, by_id, out);
    tc_json_end_object(out);
    return whole && out->len < ANSWER_BYTES;
}

/*
 * As many users as fit; at least one, were it with the oldest of his closed
 * conversations only: nobody must be able to keep him out by listing him everywhere.
 */
static void write_audiences(const struct tc_list *users, const cJSON *memberships,
                            const struct user_listings *listings, struct tc_buf *out)
{
    size_t at = 0;
    bool cut = listings->count == listings->limit;
    const cJSON *member = cJSON_IsArray(memberships) ? memberships->child : NULL;
    tc_json_array(out, "users");
    for (size_t i = 0; i < users->count && member != NULL; i++, member = member->next) {
        size_t begin = at, before = out->len;
        while (at < listings->count && listings->items[at].user == i)
            at++;
        struct audience audience = {
            .user_id = users->items[i],
            .memberships = cJSON_GetObjectItemCaseSensitive(member, "groups"),
            .listings = listings->items + begin,
            .count = at - begin,
        };
        bool whole = write_audience(&audience, out) && !(cut && at == listings->count);
        if (whole)
            continue;
        if (i > 0)
            tc_buf_cut(out, before);
        else
            tc_log(TC_WARN, "audience_cut", "user=%s", audience.user_id);
        break;
    }
    tc_json_end_array(out);
}

/* conversation.audiences {user_ids} -> {users: [{user_id, groups, closed}]}, the first ones asked
 */
static enum tc_status conversation_audiences(struct tc_request *req, struct tc_db *db)
{
    struct tc_list users = tc_request_ids(req, "user_ids", 0, USERS_MAX);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    TC_CLEANUP(delete_json) cJSON *answer = NULL;
    enum tc_status status = ask_memberships(&users, &answer);
    if (status != TC_OK)
        return status;

    TC_CLEANUP(tc_arena_free) struct tc_arena scratch = {0};
    struct user_listings listings = {
        .items = tc_arena_alloc(&scratch, LISTINGS_MAX * sizeof(*listings.items)),
        .limit = LISTINGS_MAX,
    };
    status = conversation_store_listings_of(db, users.items, users.count, &listings);
    if (status == TC_OK)
        write_audiences(&users, cJSON_GetObjectItemCaseSensitive(answer, "users"), &listings,
                        tc_request_answer(req));
    return status;
}

const struct tc_route audience_routes[] = {
    {.op = "conversation.audiences", .handler = conversation_audiences, .flags = TC_PRIVATE},
    {0},
};
