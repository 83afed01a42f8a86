/* Users, as anyone may see them. Who makes them is register.c. */

#include <stdlib.h>
#include <string.h>

#include "services/auth/auth.h"
#include "shared/base/id.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

#define VIEWED_MAX 200
#define ASKED_MAX 5000 /* by other services at once */

void user_write(const struct auth_user *user, struct tc_buf *out, const char *key)
{
    tc_json_object(out, key);
    tc_json_text(out, "id", user->id);
    tc_json_text(out, "username", user->username);
    tc_json_text(out, "display_name", user->display_name);
    tc_json_time(out, "created_at", user->created_at);
    tc_json_end_object(out);
}

/* Whether it is there and has not been written yet: one may be named by id and by name. */
static bool is_news(const struct auth_user *users, size_t at)
{
    if (users[at].id == NULL)
        return false;
    for (size_t i = 0; i < at; i++)
        if (users[i].id != NULL && strcmp(users[i].id, users[at].id) == 0)
            return false;
    return true;
}

/* As sent: repeats count. */
static bool has_size(const struct tc_request *req, const char *path, int min, int max)
{
    int size = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(tc_request_data(req), path));
    return size >= min && size <= max;
}

/* user/view {user_ids} -> {users}, without unknown ones */
static enum tc_status user_view(struct tc_request *req, struct tc_db *db)
{
    struct tc_list list = tc_request_users(req, "user_ids");
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;
    if (!has_size(req, "user_ids", 1, VIEWED_MAX))
        return tc_request_fail_at(req, TC_INVALID_FIELD, "must name 1 to 200 users", "user_ids");

    struct auth_user users[VIEWED_MAX];
    enum tc_status status = auth_store_find_users(db, list.items, list.count, users);
    if (status != TC_OK)
        return status;

    struct tc_buf *out = tc_request_answer(req);
    tc_json_array(out, "users");
    for (size_t i = 0; i < list.count; i++)
        if (is_news(users, i))
            user_write(&users[i], out, NULL);
    tc_json_end_array(out);
    return TC_OK;
}

/* The list as it was sent; NULL: it is none of that. The caller frees it. */
static const char **read_refs(const cJSON *list, size_t *count)
{
    int size = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : ASKED_MAX + 1;
    if (size > ASKED_MAX)
        return NULL;

    const char **refs = tc_alloc(((size_t)size + 1) * sizeof(*refs));
    const cJSON *item;
    *count = 0;
    cJSON_ArrayForEach(item, list) refs[(*count)++] = cJSON_IsString(item) ? item->valuestring : "";
    return refs;
}

static void write_all(const struct auth_user *users, size_t count, struct tc_buf *out)
{
    tc_json_array(out, "users");
    for (size_t i = 0; i < count; i++) {
        if (users[i].id != NULL)
            user_write(&users[i], out, NULL);
        else
            tc_json_raw(out, NULL, "null", 4);
    }
    tc_json_end_array(out);
}

/* auth.users {users: ids and @names} -> {users}, each in its place, null for unknown ones */
static enum tc_status auth_users(struct tc_request *req, struct tc_db *db)
{
    size_t count;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(tc_request_data(req), "users");
    const char **refs = read_refs(list, &count);
    if (refs == NULL)
        return tc_request_fail_at(req, TC_INVALID_FIELD, "must be a list of up to 5000", "users");

    struct auth_user *users = tc_alloc((count + 1) * sizeof(*users));
    enum tc_status status = auth_store_find_users(db, refs, count, users);
    if (status == TC_OK)
        write_all(users, count, tc_request_answer(req));
    free(users);
    free(refs);
    return status;
}

const struct tc_route user_routes[] = {
    {.op = "user/view", .handler = user_view},
    {.op = "auth.users", .handler = auth_users, .flags = TC_PRIVATE},
    {0},
};
