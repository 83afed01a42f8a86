#include "tests/support/message_stand_in.h"

#include <string.h>

#include "services/message/pages.h"
#include "shared/base/mem.h"
#include "shared/service/db.h"

struct message_stand_in store;

int message_stand_in_clear(void **state)
{
    (void)state;
    memset(&store, 0, sizeof(store));
    for (size_t i = 0; i < TC_COUNT(store.head); i++)
        store.head[i] = (struct message_head){.last_seq = 3, .last_rev = 5};
    pages_bytes = 0;
    return 0;
}

static const struct message_head *head_of(const char *conversation_id)
{
    return &store.head[strcmp(conversation_id, OTHER) == 0   ? 1
                       : strcmp(conversation_id, THIRD) == 0 ? 2
                                                             : 0];
}

static struct message_page page_of(const struct message_range *range)
{
    static char body[64 * 1024];
    memset(body, 'x', store.body_size);
    body[store.body_size] = '\0';
    struct message_page page = {.count = store.page_count,
                                .more = store.page_more,
                                .last_rev = head_of(range->conversation_id)->last_rev};
    for (size_t i = 0; i < page.count; i++)
        page.items[i] = (struct message_info){
            .conversation_id = range->conversation_id,
            .id = ID,
            .author_id = ANN,
            .body = body,
            .seq = range->upwards ? 1 + (int64_t)i : 100 - (int64_t)i,
        };
    return page;
}

/* The last range comes first. */
void message_store_list(struct tc_db *db, const struct message_range *ranges, size_t count,
                        message_take *take, void *ctx)
{
    (void)db;
    store.calls += count > 0;
    store.lists += count;
    for (size_t i = count; i-- > 0;) {
        store.range = ranges[i];
        if (strcmp(ranges[i].conversation_id, GONE) == 0 ||
            head_of(ranges[i].conversation_id)->gone) {
            take(ctx, i, TC_NOT_FOUND, NULL);
            continue;
        }
        struct message_page page = page_of(&ranges[i]);
        take(ctx, i, TC_OK, &page);
    }
}

enum tc_status message_store_heads(struct tc_db *db, const char *const *conversation_ids,
                                   size_t count, struct message_head *out)
{
    (void)db;
    store.calls++;
    store.heads += count;
    store.asked_count = count;
    for (size_t i = 0; i < count; i++) {
        strcpy(store.asked[i], conversation_ids[i]);
        out[i] = *head_of(conversation_ids[i]);
    }
    return store.heads_fail ? TC_UNAVAILABLE : TC_OK;
}

uint64_t tc_db_connection(const struct tc_db *db)
{
    (void)db;
    return store.connection;
}

struct call message_ask(const char *op, const char *data)
{
    struct call call = {.op = op, .user = ANN, .data = data, .access = MEMBER};
    call_route(read_routes, &call);
    return call;
}
