/* Pages of lists. A cursor is the id and the sort key of the last entry shown. */

#include "services/group/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/arena.h"
#include "shared/base/base64.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/base/text.h"
#include "shared/service/service.h"

#define PAGE_BYTES ((size_t)256 * 1024)
#define PAGE_USUAL 50
#define CURSOR_MAX 4096
#define ID_FIRST "00000000-0000-0000-0000-000000000000"
#define ID_LENGTH (TC_ID_SIZE - 1)
#define TIME_MAX_US 253402300799999999 /* the year 9999 ends */

/* The id and behind it the key, which is text such as PostgreSQL takes. */
static bool parse_cursor(const char *cursor, struct tc_arena *arena, struct page *out)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf bytes = {0};
    if (!tc_base64_read(cursor, &bytes) || bytes.len <= ID_LENGTH)
        return false;
    const char *key = bytes.data + ID_LENGTH;
    size_t key_len = bytes.len - ID_LENGTH;
    if (memchr(bytes.data, '\0', bytes.len) != NULL || !tc_utf8_valid(key, key_len))
        return false;
    memcpy(out->after_id, bytes.data, ID_LENGTH);
    out->after_id[ID_LENGTH] = '\0';
    out->after_key = tc_arena_text(arena, key, key_len);
    return tc_id_is_valid(out->after_id);
}

static void refuse_cursor(struct tc_request *req)
{
    if (!tc_request_is_bad(req))
        tc_request_fail_at(req, TC_INVALID_FIELD, "is none that a page has ended with", "cursor");
}

void page_read_by_key(struct tc_request *req, struct tc_arena *arena, struct page *out)
{
    int64_t most = tc_limits()->page;
    *out = (struct page){.after_id = ID_FIRST, .after_key = ""};
    out->limit = tc_request_int_or(req, "limit", 1, most, most < PAGE_USUAL ? most : PAGE_USUAL);
    const char *cursor = tc_request_text_or(req, "cursor", TC_TEXT_PLAIN, CURSOR_MAX, NULL);
    if (cursor != NULL && !parse_cursor(cursor, arena, out))
        refuse_cursor(req);
}

static bool parse_us(const char *key, int64_t *us)
{
    char *end;
    errno = 0;
    *us = strtoll(key, &end, 10);
    return key[0] >= '0' && key[0] <= '9' && *end == '\0' && errno == 0 && *us <= TIME_MAX_US;
}

void page_read_by_time(struct tc_request *req, struct tc_arena *arena, struct page *out)
{
    page_read_by_key(req, arena, out);
    if (out->after_key[0] != '\0' && !parse_us(out->after_key, &out->after_us))
        refuse_cursor(req);
}

void page_write_cursor(struct tc_buf *out, const char *key, const char *id)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf bytes = {0}, cursor = {0};
    tc_buf_text(&bytes, id);
    tc_buf_text(&bytes, key);
    tc_base64_write(bytes.data, bytes.len, &cursor);
    tc_json_text(out, "cursor", cursor.data);
}

void page_write_cursor_us(struct tc_buf *out, int64_t us, const char *id)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf key = {0};
    tc_buf_printf(&key, "%lld", (long long)us);
    page_write_cursor(out, key.data, id);
}

size_t page_write(struct tc_buf *out, const char *name, write_entry *write, const void *entries,
                  size_t count)
{
    tc_json_array(out, name);
    size_t begin = out->len, shown = 0;
    for (; shown < count; shown++) {
        size_t before = out->len;
        write(entries, shown, out);
        if (shown > 0 && out->len - begin > PAGE_BYTES) {
            tc_buf_cut(out, before);
            break;
        }
    }
    tc_json_end_array(out);
    return shown;
}
