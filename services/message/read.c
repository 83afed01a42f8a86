/* Reading: a page of a conversation, and how far conversations have come. */

#include "services/message/message.h"

#include "services/message/pages.h"
#include "services/message/store.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/service/access.h"
#include "shared/service/db.h"
#include "shared/service/service.h"

#define LISTS_MAX 16                        /* in one turn; all answers are kept until the last */
#define NUMBER_MAX ((INT64_C(1) << 53) - 1) /* what JSON's readers hold exactly */

static struct message_range read_range(struct tc_request *req)
{
    int64_t most = tc_limits()->page;
    return (struct message_range){
        .conversation_id = tc_request_id(req, "conversation_id"),
        .before = tc_request_int_or(req, "before", 1, NUMBER_MAX, NUMBER_MAX),
        .after = tc_request_int_or(req, "after", 0, NUMBER_MAX, 0),
        .upwards = tc_request_has(req, "after") && !tc_request_has(req, "before"),
        .limit = tc_request_int_or(req, "limit", 1, most, most < 50 ? most : 50),
    };
}

/*
 * Writes messages one after the other, as many as a page takes; ends tells
 * where each one ends, a comma behind it. Returns how many there are.
 */
static size_t render(const struct message_page *page, struct tc_buf *out, size_t *ends)
{
    size_t count = 0;
    for (; count < page->count; count++) {
        message_write(&page->items[count], out, NULL);
        if (out->len > MESSAGE_PAGE_BYTES && count > 0)
            break;
        ends[count] = out->len;
    }
    return count;
}

static void write_page(struct tc_buf *out, const struct message_page *page, bool upwards)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf rendered = {0};
    size_t ends[MESSAGE_PAGE_MAX];
    size_t count = render(page, &rendered, ends);

    tc_json_array(out, "messages");
    for (size_t i = 0; i < count; i++) {
        size_t at = upwards ? i : count - 1 - i;
        size_t begin = at == 0 ? 0 : ends[at - 1] + 1;
        tc_json_raw(out, NULL, rendered.data + begin, ends[at] - begin);
    }
    tc_json_end_array(out);
    tc_json_bool(out, "more", page->more || count < page->count);
}

/* Lists that are looked up together, and what each asks; no more than the route wants (`most`). */
struct lists {
    struct tc_db *db;
    struct tc_request *reqs[LISTS_MAX];
    struct message_range ranges[LISTS_MAX];
    size_t count;
};

static bool is_newest(const struct message_range *range)
{
    return range->before == NUMBER_MAX && range->after == 0 && !range->upwards;
}

static void answer_page(void *ctx, size_t i, enum tc_status status, const struct message_page *page)
{
    const struct lists *lists = ctx;
    const struct message_range *range = &lists->ranges[i];
    if (page != NULL) {
        struct tc_buf *out = tc_request_answer(lists->reqs[i]);
        size_t before = out->len;
        write_page(out, page, range->upwards);
        struct page_state when = {tc_db_connection(lists->db), page->last_rev};
        if (is_newest(range) && page->count > 0)
            pages_keep(range->conversation_id, range->limit, when, out->data + before,
                       out->len - before);
    }
    tc_request_finish(lists->reqs[i], status);
}

static void leave_unanswered(struct lists *lists)
{
    size_t kept = 0;
    for (size_t i = 0; i < lists->count; i++) {
        if (lists->reqs[i] == NULL)
            continue;
        lists->reqs[kept] = lists->reqs[i];
        lists->ranges[kept++] = lists->ranges[i];
    }
    lists->count = kept;
}

static void refuse_all(struct lists *lists, enum tc_status status)
{
    for (size_t i = 0; i < lists->count; i++)
        tc_request_finish(lists->reqs[i], status);
    lists->count = 0;
}

/* The lists that a page is kept for. */
struct hopes {
    const char *ids[LISTS_MAX];
    size_t places[LISTS_MAX];
    size_t count;
};

static struct hopes find_kept(const struct lists *lists)
{
    struct hopes hopes = {.count = 0};
    for (size_t i = 0; i < lists->count; i++) {
        const struct message_range *range = &lists->ranges[i];
        if (!is_newest(range) || !pages_has(range->conversation_id, range->limit))
            continue;
        hopes.ids[hopes.count] = range->conversation_id;
        hopes.places[hopes.count++] = i;
    }
    return hopes;
}

/* If its page is no older than the head. */
static void answer_kept(struct lists *lists, size_t i, const struct message_head *head)
{
    const struct message_range *range = &lists->ranges[i];
    struct page_state now = {tc_db_connection(lists->db), head->last_rev};
    if (head->gone ||
        !pages_append(range->conversation_id, range->limit, now, tc_request_answer(lists->reqs[i])))
        return;
    tc_request_finish(lists->reqs[i], TC_OK);
    lists->reqs[i] = NULL;
}

/* Leaves those that have to be read. */
static void answer_from_kept(struct lists *lists)
{
    struct hopes hopes = find_kept(lists);
    if (hopes.count == 0)
        return;
    struct message_head heads[LISTS_MAX];
    enum tc_status status = message_store_heads(lists->db, hopes.ids, hopes.count, heads);
    if (status != TC_OK) {
        refuse_all(lists, status); /* reading would fail too, and take as long once more */
        return;
    }
    for (size_t h = 0; h < hopes.count; h++)
        answer_kept(lists, hopes.places[h], &heads[h]);
    leave_unanswered(lists);
}

static void add(struct lists *lists, struct tc_request *req)
{
    struct message_range range = read_range(req);
    const struct tc_access *access;
    enum tc_status status =
        tc_request_is_bad(req) ? TC_INVALID_FIELD : tc_request_access(req, &access);
    if (status != TC_OK) {
        tc_request_finish(req, status);
        return;
    }
    lists->reqs[lists->count] = req;
    lists->ranges[lists->count++] = range;
}

/* message/list {conversation_id, before?, after?, limit?} -> {messages, more} */
static void message_list(struct tc_request **reqs, size_t count, struct tc_db *db)
{
    struct lists lists = {.db = db};
    for (size_t i = 0; i < count; i++)
        add(&lists, reqs[i]);
    answer_from_kept(&lists);
    message_store_list(db, lists.ranges, lists.count, answer_page, &lists);
}

/* Leaves those ids that the asker takes part in. */
static enum tc_status keep_accessible(const struct tc_request *req, struct tc_list *ids)
{
    bool may_read[MESSAGE_HEADS_MAX];
    enum tc_status status = message_may_read(req, ids->items, ids->count, may_read);
    size_t kept = 0;
    for (size_t i = 0; i < ids->count; i++)
        if (may_read[i])
            ids->items[kept++] = ids->items[i];
    ids->count = kept;
    return status;
}

/* message/heads {conversation_ids} -> {heads} */
static enum tc_status message_heads(struct tc_request *req, struct tc_db *db)
{
    int64_t most = tc_limits()->list_items;
    most = most < MESSAGE_HEADS_MAX ? most : MESSAGE_HEADS_MAX;
    struct tc_list ids = tc_request_ids(req, "conversation_ids", 1, most);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    struct message_head heads[MESSAGE_HEADS_MAX];
    enum tc_status status = keep_accessible(req, &ids);
    if (status == TC_OK)
        status = message_store_heads(db, ids.items, ids.count, heads);
    if (status != TC_OK)
        return status;

    struct tc_buf *out = tc_request_answer(req);
    tc_json_array(out, "heads");
    for (size_t i = 0; i < ids.count; i++) {
        if (heads[i].gone)
            continue;
        tc_json_object(out, NULL);
        tc_json_text(out, "conversation_id", ids.items[i]);
        tc_json_int(out, "last_seq", heads[i].last_seq);
        tc_json_int(out, "last_rev", heads[i].last_rev);
        tc_json_end_object(out);
    }
    tc_json_end_array(out);
    return TC_OK;
}

const struct tc_route read_routes[] = {
    {.op = "message/list", .batch = message_list, .flags = TC_ACCESS, .most = LISTS_MAX},
    {.op = "message/heads", .handler = message_heads},
    {0},
};
