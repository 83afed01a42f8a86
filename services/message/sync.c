/* Catching up: what has changed in conversations since the rev that a client knows of each. */

#include "services/message/message.h"

#include <math.h>
#include <stdlib.h>

#include "services/message/store_sync.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/access.h"
#include "shared/service/service.h"

#define ITEM_BYTES 128                      /* at most, of a conversation without its messages */
#define NUMBER_MAX ((INT64_C(1) << 53) - 1) /* what JSON's readers hold exactly */

/* A request, and what it asks: its part of the slice's list. */
struct entry {
    struct tc_request *req;
    int64_t limit;
    size_t begin, count;
};

/* Requests that are looked at together: so that many who come back at once cost one statement. */
struct slice {
    struct entry *entries;
    size_t entry_count;
    struct message_since *since;
    size_t count;
    bool *may_read; /* of each of them, whether its asker takes part … */
    bool *stirred;  /* … and whether it has changed since */
    size_t share;   /* of the batch's bytes, for each */
};

#define BATCH_MAX 500                         /* as many as an edge has verified at once */
#define BATCH_BYTES (64 * MESSAGE_PAGE_BYTES) /* all are kept until the last is answered */
#define SLICE_MAX 4000                        /* conversations; the last request's may be beyond */
#define SLICE_SIZE (SLICE_MAX + MESSAGE_SYNC_MAX)

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
static void read_asked(struct tc_request *req, const cJSON *after, struct message_since *out,
                       size_t *count)
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
            since = &out[(*count)++];
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

/* Tells of those that the asker has no part in; leaves those that have news. */
static size_t sort_out(const struct slice *slice, const struct entry *entry,
                       struct message_since *left, struct tc_buf *out)
{
    size_t kept = 0;
    for (size_t i = entry->begin; i < entry->begin + entry->count; i++) {
        if (!slice->may_read[i])
            write_gone(out, slice->since[i].conversation_id);
        else if (slice->stirred[i])
            left[kept++] = slice->since[i];
    }
    return kept;
}

static enum tc_status write_changes(struct tc_db *db, const struct message_since *since,
                                    size_t count, struct message_room room, struct tc_buf *out)
{
    struct message_sync *sync = tc_alloc(sizeof(*sync));
    enum tc_status status = message_store_sync(db, since, count, room, sync);
    for (size_t i = 0; status == TC_OK && i < sync->count; i++)
        write_news(sync, &sync->items[i], &room.bytes, out);
    free(sync);
    return status;
}

static enum tc_status answer(const struct slice *slice, const struct entry *entry, struct tc_db *db)
{
    struct tc_buf *out = tc_request_answer(entry->req);
    tc_json_array(out, "conversations");
    struct message_since left[MESSAGE_SYNC_MAX];
    size_t count = sort_out(slice, entry, left, out);
    size_t taken = entry->count * ITEM_BYTES;
    struct message_room room = {entry->limit, slice->share > taken ? slice->share - taken : 1};
    enum tc_status status = TC_OK;
    if (count > 0)
        status = write_changes(db, left, count, room, out);
    tc_json_end_array(out);
    return status;
}

/* What the askers take part in, and what of it has changed. */
static enum tc_status look(struct slice *slice, struct tc_db *db)
{
    struct tc_access_key *keys = tc_alloc(slice->count * sizeof(*keys));
    struct tc_access *access = tc_alloc(slice->count * sizeof(*access));
    for (size_t e = 0; e < slice->entry_count; e++) {
        const struct entry *entry = &slice->entries[e];
        for (size_t i = entry->begin; i < entry->begin + entry->count; i++)
            keys[i] = (struct tc_access_key){slice->since[i].conversation_id,
                                             tc_request_user(entry->req)};
    }
    enum tc_status status = tc_access_get(keys, slice->count, access);
    for (size_t i = 0; i < slice->count; i++) {
        slice->may_read[i] = status == TC_OK && tc_access_check(&access[i]) == TC_OK;
        slice->stirred[i] = true;
    }
    free(access);
    free(keys);
    if (status == TC_OK && slice->entry_count > 1) /* one alone is told by its own statement */
        status = message_store_stirred(db, slice->since, slice->count, slice->stirred);
    return status;
}

static void finish(struct slice *slice, struct tc_db *db)
{
    enum tc_status seen = look(slice, db);
    for (size_t i = 0; i < slice->entry_count; i++) {
        const struct entry *entry = &slice->entries[i];
        tc_request_finish(entry->req, seen == TC_OK ? answer(slice, entry, db) : seen);
    }
    slice->entry_count = slice->count = 0;
}

static void add(struct slice *slice, struct tc_request *req)
{
    const cJSON *after = read_after(req);
    int64_t most = tc_limits()->page;
    struct entry entry = {
        .req = req,
        .limit = tc_request_int_or(req, "limit", 1, most, most < 100 ? most : 100),
        .begin = slice->count,
    };
    if (!tc_request_is_bad(req))
        read_asked(req, after, slice->since + entry.begin, &entry.count);
    if (tc_request_is_bad(req)) {
        tc_request_finish(req, TC_INVALID_FIELD);
        return;
    }
    slice->count += entry.count;
    slice->entries[slice->entry_count++] = entry;
}

/* message/sync {after: {conversation: rev}, limit?} -> {conversations} */
static void message_sync(struct tc_request **reqs, size_t count, struct tc_db *db)
{
    struct slice slice = {
        .entries = tc_alloc(count * sizeof(struct entry)),
        .since = tc_alloc(SLICE_SIZE * sizeof(struct message_since)),
        .may_read = tc_alloc(SLICE_SIZE * sizeof(bool)),
        .stirred = tc_alloc(SLICE_SIZE * sizeof(bool)),
        .share =
            count <= BATCH_BYTES / MESSAGE_PAGE_BYTES ? MESSAGE_PAGE_BYTES : BATCH_BYTES / count,
    };
    for (size_t i = 0; i < count; i++) {
        add(&slice, reqs[i]);
        if (slice.count >= SLICE_MAX || i + 1 == count)
            finish(&slice, db);
    }
    free(slice.entries);
    free(slice.since);
    free(slice.may_read);
    free(slice.stirred);
}

const struct tc_route sync_routes[] = {
    {.op = "message/sync", .batch = message_sync, .most = BATCH_MAX},
    {0},
};
