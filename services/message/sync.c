/* Catching up: what has changed in conversations since the rev that a client knows of each. */

#include "services/message/message.h"

#include <math.h>
#include <stdlib.h>

#include "services/message/store_sync.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/service.h"

#define ITEM_BYTES 128                      /* at most, of a conversation without its messages */
#define NUMBER_MAX ((INT64_C(1) << 53) - 1) /* what JSON's readers hold exactly */

/* What was asked: conversations, in the order of the request. */
struct asked {
    struct message_since items[MESSAGE_SYNC_MAX];
    size_t count;
};

static const cJSON *read_after(struct tc_request *req)
{
    const cJSON *after = cJSON_GetObjectItemCaseSensitive(tc_request_data(req), "after");
    int64_t most = tc_limits()->list_items;
    most = most < MESSAGE_SYNC_MAX ? most : MESSAGE_SYNC_MAX;
    const char *fault = after == NULL || cJSON_IsNull(after) ? "is missing"
                        : !cJSON_IsObject(after)             ? "must be an object"
                        : cJSON_GetArraySize(after) < 1      ? "has too few entries"
                        : cJSON_GetArraySize(after) > most   ? "has too many entries"
                                                             : NULL;
    if (fault != NULL && !tc_request_is_bad(req))
        tc_request_fail_at(req, TC_INVALID_FIELD, fault, "after");
    return after;
}

static bool is_rev(const cJSON *item)
{
    return cJSON_IsNumber(item) && item->valuedouble >= 0 &&
           item->valuedouble <= (double)NUMBER_MAX && item->valuedouble == trunc(item->valuedouble);
}

/* Of a key that is there twice the last one counts, as with most readers of JSON. */
static void read_asked(struct tc_request *req, const cJSON *after, struct asked *out)
{
    TC_CLEANUP(tc_table_free) struct tc_table *known = tc_table_create();
    const cJSON *item;
    cJSON_ArrayForEach(item, after)
    {
        if (!tc_id_is_valid(item->string)) {
            tc_request_fail_at(req, TC_INVALID_FIELD, "its keys must be ids: UUIDs in lower case",
                               "after");
            return;
        }
        if (!is_rev(item)) {
            tc_request_fail_at(req, TC_INVALID_FIELD, "must be a whole number, 0 or more",
                               "after.%s", item->string);
            return;
        }
        struct message_since *since = tc_table_get(known, item->string);
        if (since == NULL)
            since = &out->items[out->count++];
        *since = (struct message_since){item->string, (int64_t)item->valuedouble};
        tc_table_set(known, item->string, since);
    }
}

static void write_gone(struct tc_buf *out, const char *conversation_id)
{
    tc_json_object(out, NULL);
    tc_json_text(out, "conversation_id", conversation_id);
    tc_json_bool(out, "gone", true);
    tc_json_end_object(out);
}

/* Tells of those that the asker has no part in, and leaves the others. */
static enum tc_status sort_out(const struct tc_request *req, struct asked *asked,
                               struct tc_buf *out)
{
    const char *ids[MESSAGE_SYNC_MAX];
    bool may_read[MESSAGE_SYNC_MAX];
    for (size_t i = 0; i < asked->count; i++)
        ids[i] = asked->items[i].conversation_id;
    enum tc_status status = message_may_read(req, ids, asked->count, may_read);
    if (status != TC_OK)
        return status;

    size_t kept = 0;
    for (size_t i = 0; i < asked->count; i++) {
        if (may_read[i])
            asked->items[kept++] = asked->items[i];
        else
            write_gone(out, ids[i]);
    }
    asked->count = kept;
    return TC_OK;
}

/*
 * Writes messages while there is room, which is over with the first that is too
 * much; but the page's first one in any case. Returns the last one's rev.
 */
static int64_t write_messages(const struct message_sync *sync, const struct message_news *news,
                              size_t *room, struct tc_buf *out)
{
    int64_t rev = news->rev;
    tc_json_array(out, "messages");
    for (size_t i = news->begin; i<news->begin + news->count && * room> 0; i++) {
        size_t before = out->len;
        message_write(&sync->messages[i], out, NULL);
        if (out->len > *room)
            *room = 0;
        if (*room == 0 && i > 0)
            tc_buf_cut(out, before);
        else
            rev = sync->messages[i].rev;
    }
    tc_json_end_array(out);
    return rev;
}

static void write_news(const struct message_sync *sync, const struct message_news *news,
                       size_t *room, struct tc_buf *out)
{
    if (news->gone) {
        write_gone(out, news->conversation_id);
        return;
    }
    tc_json_object(out, NULL);
    tc_json_text(out, "conversation_id", news->conversation_id);
    int64_t rev = write_messages(sync, news, room, out);
    tc_json_int(out, "rev", rev);
    tc_json_bool(out, "more", rev < news->last_rev);
    if (news->reset)
        tc_json_bool(out, "reset", true);
    tc_json_end_object(out);
}

static enum tc_status answer(struct tc_request *req, struct tc_db *db, struct asked *asked,
                             int64_t limit)
{
    struct tc_buf *out = tc_request_answer(req);
    tc_json_array(out, "conversations");
    size_t room = MESSAGE_PAGE_BYTES - asked->count * ITEM_BYTES;
    enum tc_status status = sort_out(req, asked, out);
    struct message_sync *sync = tc_alloc(sizeof(*sync));
    if (status == TC_OK)
        status = message_store_sync(db, asked->items, asked->count, limit, sync);
    for (size_t i = 0; status == TC_OK && i < sync->count; i++)
        write_news(sync, &sync->items[i], &room, out);
    free(sync);
    tc_json_end_array(out);
    return status;
}

/* message/sync {after: {conversation: rev}, limit?} -> {conversations} */
static enum tc_status message_sync(struct tc_request *req, struct tc_db *db)
{
    const cJSON *after = read_after(req);
    int64_t most = tc_limits()->page;
    int64_t limit = tc_request_int_or(req, "limit", 1, most, most < 100 ? most : 100);
    struct asked asked = {.count = 0};
    if (!tc_request_is_bad(req))
        read_asked(req, after, &asked);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;
    return answer(req, db, &asked, limit);
}

const struct tc_route sync_routes[] = {
    {.op = "message/sync", .handler = message_sync},
    {0},
};
