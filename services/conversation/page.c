/* Pages of conversation/list. A cursor is the sort key of the last one shown. */

#include "services/conversation/page.h"

#include <stdlib.h>
#include <string.h>

#include "services/conversation/conversation.h"
#include "services/conversation/store.h"
#include "shared/base/base64.h"
#include "shared/base/buf.h"
#include "shared/base/id.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

#define PAGE_USUAL 50
#define CURSOR_MAX 128
#define TIME_MAX 253402300799999 /* the year 9999 ends */

static void write_cursor(const struct conversation *last, struct tc_buf *out)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf key = {0}, text = {0};
    tc_buf_printf(&key, "%lld %s", (long long)last->created_at, last->id);
    tc_base64_write(key.data, key.len, &text);
    tc_json_text(out, "cursor", text.data);
}

/* Nothing but what write_cursor has written. */
static bool parse_cursor(const struct tc_buf *key, struct conversation_query *query)
{
    char *end;
    if (key->len == 0 || key->data[0] < '0' || key->data[0] > '9')
        return false;
    query->after_ms = strtoll(key->data, &end, 10);
    if (query->after_ms > TIME_MAX || *end++ != ' ' || !tc_id_is_valid(end) ||
        end + TC_ID_SIZE - 1 != key->data + key->len)
        return false;
    memcpy(query->after_id, end, TC_ID_SIZE);
    return true;
}

void page_read(struct tc_request *req, struct conversation_query *query)
{
    int64_t most = tc_limits()->page;
    query->bytes = PAGE_BYTES;
    query->limit = tc_request_int_or(req, "limit", 1, most, most < PAGE_USUAL ? most : PAGE_USUAL);
    memcpy(query->after_id, "00000000-0000-0000-0000-000000000000", TC_ID_SIZE);
    const char *cursor = tc_request_text_or(req, "cursor", TC_TEXT_PLAIN, CURSOR_MAX, NULL);
    if (cursor == NULL || tc_request_is_bad(req))
        return;

    TC_CLEANUP(tc_buf_free) struct tc_buf key = {0};
    if (!tc_base64_read(cursor, &key) || !parse_cursor(&key, query))
        tc_request_fail_at(req, TC_INVALID_FIELD, "is none that a page has ended with", "cursor");
}

void page_write(const struct page *page, struct tc_buf *out)
{
    bool more = page->more;
    size_t shown = 0;
    tc_json_array(out, "conversations");
    for (size_t begin = out->len; shown < page->count; shown++) {
        size_t before = out->len;
        conversation_write(&page->items[shown], out, NULL);
        if (shown > 0 && out->len - begin > PAGE_BYTES) {
            tc_buf_cut(out, before);
            more = true;
            break;
        }
    }
    tc_json_end_array(out);
    if (more)
        write_cursor(&page->items[shown - 1], out);
}
