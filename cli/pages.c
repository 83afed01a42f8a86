/* Page after page. */

#include "cli/pages.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "cli/client.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

#define PAGE 200

static cJSON *read_page(struct client *client, const struct pages *pages, const char *cursor,
                        struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf data = {0};
    tc_json_object(&data, NULL);
    pages->write(pages->ctx, &data);
    tc_json_int(&data, "limit", PAGE);
    if (cursor != NULL)
        tc_json_text(&data, "cursor", cursor);
    tc_json_end_object(&data);
    return client_ask(client, pages->type, &data, fault);
}

bool pages_read(struct client *client, const struct pages *pages, struct fault *fault)
{
    cJSON *page = NULL, *before = NULL;
    const char *cursor = NULL;
    bool more = true;
    do {
        page = read_page(client, pages, cursor, fault);
        cJSON_Delete(before);
        before = page;
        cJSON *item;
        cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(page, pages->items)) if (more)
            more = pages->each(pages->ctx, item);
        cursor = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(page, "cursor"));
    } while (more && cursor != NULL);
    bool done = page != NULL;
    cJSON_Delete(page);
    return done;
}
