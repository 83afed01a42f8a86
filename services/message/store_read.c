/* Pages of conversations, and how far conversations have come. */

#include <stdlib.h>

#include "services/message/store.h"
#include "services/message/store_private.h"
#include "shared/base/mem.h"
#include "shared/service/db.h"

#define LIST(order)                                                                                \
    "SELECT " MESSAGE_COLUMNS                                                                      \
    ", (SELECT last_rev FROM msg.heads WHERE conversation_id = $1) FROM msg.messages m"            \
    " WHERE m.conversation_id = $1 AND m.seq > $2 AND m.seq < $3 AND NOT EXISTS ("                 \
    "  SELECT FROM msg.heads WHERE conversation_id = $1 AND removed_at IS NOT NULL)"               \
    " ORDER BY m.seq " order " LIMIT (SELECT $4::bigint)"

const struct tc_stmt message_list_up_stmt = {.name = "message_list_up", .sql = LIST("ASC")};
const struct tc_stmt message_list_down_stmt = {.name = "message_list_down", .sql = LIST("DESC")};

const struct tc_stmt message_heads_stmt = {
    .name = "message_heads",
    .sql = "SELECT h.removed_at IS NOT NULL, coalesce(h.last_seq, 0), coalesce(h.last_rev, 0)"
           " FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, n)"
           " LEFT JOIN msg.heads h ON h.conversation_id = t.id ORDER BY t.n",
};

/* Pages that are looked for, and to whom they go. */
struct listing {
    const struct message_range *ranges;
    message_take *take;
    void *ctx;
    size_t *empty; /* the ranges in which nothing was found */
    size_t empty_count;
};

static void take_page(void *ctx, size_t i, enum tc_status status, const struct tc_rows *rows)
{
    struct listing *listing = ctx;
    const struct message_range *range = &listing->ranges[i];
    if (status != TC_OK) {
        listing->take(listing->ctx, i, status, NULL);
        return;
    }
    size_t found = tc_rows_count(rows), limit = (size_t)range->limit;
    if (found == 0) {
        listing->empty[listing->empty_count++] = i;
        return;
    }
    struct message_page page;
    page.last_rev = tc_rows_int(rows, 0, MESSAGE_COLUMN_COUNT);
    page.more = found > limit;
    page.count = page.more ? limit : found;
    for (size_t row = 0; row < page.count; row++)
        message_read(rows, row, range->conversation_id, &page.items[row]);
    listing->take(listing->ctx, i, TC_OK, &page);
}

/* They do not tell whether the conversation is empty or gone. */
static void take_empty(struct tc_db *db, const struct listing *listing)
{
    static const struct message_page nothing;
    const char **ids = tc_alloc(listing->empty_count * sizeof(*ids));
    for (size_t i = 0; i < listing->empty_count; i++)
        ids[i] = listing->ranges[listing->empty[i]].conversation_id;
    struct message_head *heads = tc_alloc(listing->empty_count * sizeof(*heads));
    enum tc_status status = message_store_heads(db, ids, listing->empty_count, heads);
    for (size_t i = 0; i < listing->empty_count; i++) {
        bool gone = status == TC_OK && heads[i].gone;
        listing->take(listing->ctx, listing->empty[i], gone ? TC_NOT_FOUND : status,
                      status == TC_OK && !gone ? &nothing : NULL);
    }
    free(heads);
    free(ids);
}

static void run_listing(struct tc_db *db, struct listing *listing, size_t count)
{
    const char *(*values)[4] = tc_alloc(count * sizeof(*values));
    struct tc_query *queries = tc_alloc(count * sizeof(*queries));
    for (size_t i = 0; i < count; i++) {
        const struct message_range *range = &listing->ranges[i];
        values[i][0] = range->conversation_id;
        values[i][1] = tc_db_int(db, range->after);
        values[i][2] = tc_db_int(db, range->before);
        values[i][3] = tc_db_int(db, range->limit + 1);
        queries[i].stmt = range->upwards ? &message_list_up_stmt : &message_list_down_stmt;
        queries[i].args = (struct tc_args){values[i], 4};
    }
    tc_db_run_series(db, queries, count, take_page, listing);
    free(queries);
    free(values);
}

void message_store_list(struct tc_db *db, const struct message_range *ranges, size_t count,
                        message_take *take, void *ctx)
{
    if (count == 0)
        return;
    struct listing listing = {
        .ranges = ranges, .take = take, .ctx = ctx, .empty = tc_alloc(count * sizeof(size_t))};
    run_listing(db, &listing, count);
    if (listing.empty_count > 0)
        take_empty(db, &listing);
    free(listing.empty);
}

enum tc_status message_store_heads(struct tc_db *db, const char *const *conversation_ids,
                                   size_t count, struct message_head *out)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(db, &message_heads_stmt,
                                      TC_ARGS(tc_db_array(db, conversation_ids, count)), &rows);
    if (status != TC_OK)
        return status;

    for (size_t i = 0; i < count; i++)
        out[i] = (struct message_head){
            .gone = tc_rows_bool(rows, i, 0),
            .last_seq = tc_rows_int(rows, i, 1),
            .last_rev = tc_rows_int(rows, i, 2),
        };
    return TC_OK;
}
