/* Users, asked of auth and remembered: they never change. */

#include "shared/service/users.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/facts.h"
#include "shared/service/service.h"

#define USERS_MAX 100000
#define ASK_MAX 1000 /* of one request: the longest names of so many still fit into one answer */

static struct tc_table *known;   /* by id; owns them */
static struct tc_table *by_name; /* by "@name" */

static bool free_user(void *value, void *ctx)
{
    (void)ctx;
    free(value);
    return false;
}

static bool drop(void *value, void *ctx)
{
    (void)value, (void)ctx;
    return false;
}

void users_forget_if_many(void)
{
    if (known == NULL || tc_table_count(known) <= USERS_MAX)
        return;
    tc_table_sweep(by_name, drop, NULL);
    tc_table_sweep(known, free_user, NULL);
}

static const struct tc_user *recall(const char *ref)
{
    return tc_table_get(ref[0] == '@' ? by_name : known, ref);
}

static const char *string_of(const cJSON *user, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(user, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* A User as auth has answered it; NULL for null, or for what does not look like one. */
static const struct tc_user *remember(const cJSON *answer)
{
    const char *id = string_of(answer, "id"), *name = string_of(answer, "username");
    if (!tc_id_is_valid(id) || strlen(name) >= sizeof(((struct tc_user *)0)->username))
        return NULL;
    struct tc_user *user = tc_table_get(known, id);
    if (user != NULL)
        return user;

    char *json = cJSON_PrintUnformatted(answer);
    size_t size = strlen(json) + 1;
    user = tc_alloc(sizeof(*user) + size);
    memcpy(user->id, id, TC_ID_SIZE);
    strcpy(user->username, name);
    memcpy(user->json, json, size);
    cJSON_free(json);

    char ref[sizeof(user->username) + 1] = "@";
    strcat(ref, name);
    tc_table_set(known, id, user);
    tc_table_set(by_name, ref, user);
    return user;
}

static enum tc_status ask(const char *const *refs, const size_t *places, size_t count,
                          const struct tc_user **out)
{
    struct tc_buf question = {0};
    tc_json_object(&question, NULL);
    tc_json_array(&question, "users");
    for (size_t i = 0; i < count; i++)
        tc_json_text(&question, NULL, refs[places[i]]);
    tc_json_end_array(&question);
    tc_json_end_object(&question);

    cJSON *answer = NULL;
    enum tc_status status = tc_ask("auth.users", &question, &answer);
    tc_buf_free(&question);
    if (status != TC_OK)
        return status;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(answer, "users");
    item = cJSON_IsArray(item) ? item->child : NULL;
    for (size_t i = 0; i < count && item != NULL; i++, item = item->next)
        out[places[i]] = remember(item);
    cJSON_Delete(answer);
    return TC_OK;
}

enum tc_status tc_users_find(const char *const *refs, size_t count, const struct tc_user **out)
{
    if (known == NULL) {
        known = tc_table_create();
        by_name = tc_table_create();
    }
    size_t *misses = tc_alloc(count * sizeof(*misses));
    size_t miss_count = 0;
    for (size_t i = 0; i < count; i++) {
        out[i] = recall(refs[i]);
        if (out[i] == NULL)
            misses[miss_count++] = i;
    }
    enum tc_status status = TC_OK;
    for (size_t at = 0; at < miss_count && status == TC_OK; at += ASK_MAX) {
        size_t left = miss_count - at;
        status = ask(refs, misses + at, left < ASK_MAX ? left : ASK_MAX, out);
    }
    free(misses);
    return status;
}

enum tc_status tc_users_named(struct tc_request *req, const struct tc_list *list, const char *path,
                              const struct tc_user **out)
{
    enum tc_status status = tc_users_find(list->items, list->count, out);
    if (status != TC_OK)
        return status;
    for (size_t i = 0; i < list->count; i++)
        if (out[i] == NULL)
            return tc_request_fail_at(req, TC_NOT_FOUND, "there is no such user", "%s.%zu", path,
                                      list->places[i]);
    return TC_OK;
}

void tc_user_write(const struct tc_user *user, struct tc_buf *out, const char *key)
{
    tc_json_raw(out, key, user->json, strlen(user->json));
}
