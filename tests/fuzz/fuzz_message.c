/* The message service's handlers under libFuzzer. */

#include "services/message/message.h"
#include "services/message/store_orphans.h"
#include "services/message/store_removal.h"
#include "services/message/store_sync.h"
#include "shared/service/db.h"
#include "tests/fuzz/service.h"

const struct tc_stmt *const message_statements[] = {NULL};
const struct tc_stmt message_orphans_stmt = {.name = "fuzz"};

static struct message_info a_message(const char *conversation_id)
{
    return (struct message_info){
        .conversation_id = conversation_id,
        .id = fuzz_id(),
        .author_id = fuzz_id(),
        .body = fuzz_yes() ? "a \"body\"\n" : NULL,
        .nonce = fuzz_yes() ? FUZZ_ROOM : NULL,
        .seq = fuzz_number(),
        .rev = fuzz_number(),
        .created_at = 1700000000123,
        .edited_at = fuzz_number(),
        .outbox_id = FUZZ_ROOM,
    };
}

static void end_post(struct message_post *post)
{
    post->status = fuzz_status();
    post->duplicate = fuzz_yes();
    post->message.seq = post->message.rev = fuzz_number();
    post->message.outbox_id = FUZZ_ROOM;
}

void message_store_post(struct tc_db *db, struct message_post *const *posts, size_t count)
{
    (void)db;
    for (size_t i = 0; i < count; i++)
        end_post(posts[i]);
}

enum tc_status message_store_find(struct tc_db *db, struct message_post *post)
{
    (void)db;
    end_post(post);
    return post->status;
}

enum tc_status message_store_edit(struct tc_db *db, const struct message_ref *ref, const char *body,
                                  struct message_info *out)
{
    (void)db, (void)body;
    *out = a_message(ref->conversation_id);
    return fuzz_status();
}

enum tc_status message_store_remove(struct tc_db *db, const struct message_ref *ref, bool any,
                                    struct message_info *out)
{
    (void)db, (void)any;
    *out = a_message(ref->conversation_id);
    return fuzz_status();
}

void message_store_list(struct tc_db *db, const struct message_range *ranges, size_t count,
                        message_take *take, void *ctx)
{
    (void)db;
    struct message_page page;
    for (size_t range = 0; range < count; range++) {
        page.count = fuzz_number() % ((size_t)ranges[range].limit + 1);
        for (size_t i = 0; i < page.count; i++)
            page.items[i] = a_message(ranges[range].conversation_id);
        page.more = page.count > 0 && fuzz_yes();
        page.last_rev = fuzz_number();
        enum tc_status status = fuzz_status();
        take(ctx, range, status, status == TC_OK ? &page : NULL);
    }
}

enum tc_status message_store_heads(struct tc_db *db, const char *const *conversation_ids,
                                   size_t count, struct message_head *out)
{
    (void)db, (void)conversation_ids;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct message_head){fuzz_yes(), fuzz_number(), fuzz_number()};
    return fuzz_status();
}

enum tc_status message_store_stirred(struct tc_db *db, const struct message_since *since,
                                     size_t count, bool *out)
{
    (void)db, (void)since;
    for (size_t i = 0; i < count; i++)
        out[i] = fuzz_yes();
    return fuzz_status();
}

enum tc_status message_store_sync(struct tc_db *db, const struct message_since *since, size_t count,
                                  struct message_room room, struct message_sync *out)
{
    (void)db;
    out->count = out->message_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct message_news *news = &out->items[out->count++];
        *news = (struct message_news){.conversation_id = since[i].conversation_id,
                                      .gone = fuzz_yes(),
                                      .reset = fuzz_yes(),
                                      .rev = since[i].rev,
                                      .last_rev = fuzz_number(),
                                      .begin = out->message_count};
        size_t most = fuzz_number() % ((size_t)room.limit + 1);
        for (; news->count < most && out->message_count < MESSAGE_SYNC_MESSAGES; news->count++)
            out->messages[out->message_count++] = a_message(news->conversation_id);
    }
    return fuzz_status();
}

enum tc_status message_store_remove_conversation(struct tc_db *db, const char *conversation_id,
                                                 const char *group_id)
{
    (void)db, (void)conversation_id, (void)group_id;
    return fuzz_status();
}

enum tc_status message_store_remove_group(struct tc_db *db, const char *group_id)
{
    (void)db, (void)group_id;
    return fuzz_status();
}

void message_store_settle_groups(struct tc_db *db)
{
    (void)db;
}

/* Nothing is adopted here: the outbox has tests of its own. */

void message_store_orphan(const struct tc_rows *rows, size_t i, struct message_orphan *out)
{
    (void)rows, (void)i;
    *out = (struct message_orphan){0};
}

/* No page is kept: that would outlive the input. */
uint64_t tc_db_connection(const struct tc_db *db)
{
    (void)db;
    return 0;
}

size_t tc_rows_count(const struct tc_rows *rows)
{
    (void)rows;
    return 0;
}
