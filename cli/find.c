/* Names into ids. */

#include "cli/find.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/fault.h"
#include "cli/pages.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

/* One who is looked for, and how many there are. */
struct search {
    const char *what, *name;
    const char *group_id; /* NULL: among groups */
    bool mine;
    char *id;
    unsigned found;
};

static void write_search(void *ctx, struct tc_buf *data)
{
    const struct search *search = ctx;
    if (search->group_id != NULL) {
        tc_json_text(data, "group_id", search->group_id);
        return;
    }
    tc_json_text(data, "query", search->name);
    tc_json_bool(data, "mine", search->mine);
}

static bool look_at(void *ctx, cJSON *item)
{
    struct search *search = ctx;
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "id"));
    if (name == NULL || id == NULL || strcmp(name, search->name) != 0 || !tc_id_is_valid(id))
        return true;
    if (search->found++ == 0)
        memcpy(search->id, id, TC_ID_SIZE);
    return search->found < 2;
}

static bool run(struct client *client, struct search *search, struct fault *fault)
{
    struct pages pages = {.type = search->group_id != NULL ? "conversation/list" : "group/list",
                          .items = search->group_id != NULL ? "conversations" : "groups",
                          .write = write_search,
                          .each = look_at,
                          .ctx = search};
    if (!pages_read(client, &pages, fault))
        return false;
    if (search->found == 1)
        return true;
    return fault_set(fault, NOT_FOUND, search->name,
                     search->found == 0 ? "there is no such %s"
                                        : "more than one %s has this name: use the id",
                     search->what);
}

bool find_group(struct client *client, const char *name, bool mine, char id[TC_ID_SIZE],
                struct fault *fault)
{
    if (tc_id_is_valid(name)) {
        memcpy(id, name, TC_ID_SIZE);
        return true;
    }
    struct search search = {.what = "group", .name = name, .mine = mine, .id = id};
    return run(client, &search, fault);
}

bool find_conversation(struct client *client, const char *path, char id[TC_ID_SIZE],
                       struct fault *fault)
{
    const char *slash = strchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    if (tc_id_is_valid(name)) {
        memcpy(id, name, TC_ID_SIZE);
        return true;
    }
    if (slash == NULL)
        return fault_set(fault, USAGE, path, "must be GROUP/CONVERSATION, or a conversation's id");
    TC_CLEANUP(tc_buf_free) struct tc_buf group = {0};
    char group_id[TC_ID_SIZE];
    tc_buf_append(&group, path, (size_t)(slash - path));
    tc_buf_append(&group, "", 0);
    if (!find_group(client, group.len > 0 ? group.data : "", true, group_id, fault))
        return false;
    struct search search = {.what = "conversation", .name = name, .group_id = group_id, .id = id};
    return run(client, &search, fault);
}
