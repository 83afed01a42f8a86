/* The newest pages of conversations, the least recently used last. */

#include "services/message/pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "shared/base/buf.h"
#include "shared/base/id.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/monitor/metrics.h"

struct page {
    TAILQ_ENTRY(page) link;
    char conversation_id[TC_ID_SIZE];
    int64_t limit;
    struct page_state when;
    size_t size;
    char json[];
};

int64_t pages_bytes;

static TAILQ_HEAD(list, page) pages = TAILQ_HEAD_INITIALIZER(pages);
static struct tc_table *by_conversation;
static struct tc_counter bytes, hits, misses;

#define TABLE_COST 120 /* about, of an entry of the table, and of malloc for both */

static size_t cost_of(size_t size)
{
    return sizeof(struct page) + size + TABLE_COST;
}

static struct page *find(const char *conversation_id, int64_t limit)
{
    struct page *page =
        by_conversation != NULL ? tc_table_get(by_conversation, conversation_id) : NULL;
    return page != NULL && page->limit == limit ? page : NULL;
}

static void drop(struct page *page)
{
    TAILQ_REMOVE(&pages, page, link);
    tc_table_remove(by_conversation, page->conversation_id);
    tc_counter_set(&bytes, tc_counter_get(&bytes) - cost_of(page->size));
    free(page);
}

bool pages_has(const char *conversation_id, int64_t limit)
{
    return find(conversation_id, limit) != NULL;
}

bool pages_append(const char *conversation_id, int64_t limit, struct page_state now,
                  struct tc_buf *out)
{
    struct page *page = find(conversation_id, limit);
    if (page == NULL || page->when.connection != now.connection || page->when.rev != now.rev)
        return false;
    TAILQ_REMOVE(&pages, page, link);
    TAILQ_INSERT_HEAD(&pages, page, link);
    tc_buf_append(out, page->json, page->size);
    tc_counter_add(&hits, 1);
    return true;
}

void pages_keep(const char *conversation_id, int64_t limit, struct page_state when,
                const char *json, size_t size)
{
    tc_counter_add(&misses, 1);
    if (by_conversation == NULL)
        by_conversation = tc_table_create();
    struct page *page = tc_table_get(by_conversation, conversation_id);
    if (page != NULL)
        drop(page);
    if (cost_of(size) > (uint64_t)pages_bytes)
        return;

    page = tc_alloc(sizeof(*page) + size);
    strcpy(page->conversation_id, conversation_id);
    page->limit = limit;
    page->when = when;
    page->size = size;
    memcpy(page->json, json, size);
    TAILQ_INSERT_HEAD(&pages, page, link);
    tc_table_set(by_conversation, conversation_id, page);
    tc_counter_add(&bytes, cost_of(size));
    while (tc_counter_get(&bytes) > (uint64_t)pages_bytes)
        drop(TAILQ_LAST(&pages, list));
}

void pages_write_metrics(struct tc_buf *out)
{
    static const char name[] = "tincan_service_pages_total";
    tc_metric_head(out, name, "counter", "Newest pages answered, had or read.");
    tc_metric_value(out, name, "result=\"hit\"", tc_counter_get(&hits));
    tc_metric_value(out, name, "result=\"miss\"", tc_counter_get(&misses));
    tc_metric_gauge(out, "tincan_service_pages_bytes", tc_counter_get(&bytes),
                    "Of the newest pages that are kept.");
}
