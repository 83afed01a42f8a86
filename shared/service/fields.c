/* Reading a request's data, field by field; the first bad one is remembered by its path. */

#include "shared/service/fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/id.h"
#include "shared/service/request_private.h"

#define PATH_SIZE 64

static void bad(struct tc_request *req, const char *path, const char *why)
{
    if (req->error.status == TC_OK)
        tc_request_fail_at(req, TC_INVALID_FIELD, why, "%s", path);
}

static void bad_item(struct tc_request *req, const char *path, size_t place, const char *why)
{
    if (req->error.status == TC_OK)
        tc_request_fail_at(req, TC_INVALID_FIELD, why, "%s.%zu", path, place);
}

bool tc_request_is_bad(const struct tc_request *req)
{
    return req->error.status != TC_OK;
}

/* The member at a path, NULL when it is missing or null. What leads there must be objects. */
static const cJSON *find(struct tc_request *req, const char *path)
{
    char part[PATH_SIZE];
    const cJSON *at = req->data;
    for (const char *rest = path; at != NULL && *rest != '\0';) {
        size_t len = strcspn(rest, ".");
        snprintf(part, sizeof(part), "%.*s", (int)len, rest);
        if (!cJSON_IsObject(at)) {
            snprintf(part, sizeof(part), "%.*s", (int)(rest - path - 1), path);
            bad(req, part, "must be an object");
            return NULL;
        }
        at = cJSON_GetObjectItemCaseSensitive(at, part);
        if (cJSON_IsNull(at))
            at = NULL;
        rest += len + (rest[len] == '.' ? 1 : 0);
    }
    return at;
}

/* The same, and it must be there. */
static const cJSON *require(struct tc_request *req, const char *path)
{
    const cJSON *item = find(req, path);
    if (item == NULL)
        bad(req, path, "is missing");
    return item;
}

bool tc_request_has(const struct tc_request *req, const char *path)
{
    struct tc_request peek = *req; /* a look marks nothing bad */
    peek.error.status = TC_INTERNAL;
    return find(&peek, path) != NULL;
}

static const char *text_of(struct tc_request *req, const cJSON *item, const char *path,
                           enum tc_text_rule rule, int64_t max)
{
    if (!cJSON_IsString(item)) {
        bad(req, path, "must be a string");
        return NULL;
    }
    const char *fault = tc_text_fault(item->valuestring, rule, (size_t)max);
    if (fault != NULL) {
        bad(req, path, fault);
        return NULL;
    }
    return item->valuestring;
}

const char *tc_request_text(struct tc_request *req, const char *path, enum tc_text_rule rule,
                            int64_t max)
{
    const cJSON *item = require(req, path);
    return item != NULL ? text_of(req, item, path, rule, max) : NULL;
}

const char *tc_request_text_or(struct tc_request *req, const char *path, enum tc_text_rule rule,
                               int64_t max, const char *fallback)
{
    const cJSON *item = find(req, path);
    return item != NULL ? text_of(req, item, path, rule, max) : fallback;
}

static const char *id_of(struct tc_request *req, const cJSON *item, const char *path)
{
    if (cJSON_IsString(item) && tc_id_is_valid(item->valuestring))
        return item->valuestring;
    bad(req, path, "must be an id: a UUID in lower case");
    return NULL;
}

const char *tc_request_id(struct tc_request *req, const char *path)
{
    const cJSON *item = require(req, path);
    return item != NULL ? id_of(req, item, path) : NULL;
}

const char *tc_request_id_or(struct tc_request *req, const char *path, const char *fallback)
{
    const cJSON *item = find(req, path);
    return item != NULL ? id_of(req, item, path) : fallback;
}

static int64_t int_of(struct tc_request *req, const cJSON *item, const char *path, int64_t min,
                      int64_t max)
{
    double number = cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
    if (isfinite(number) && number == trunc(number) && number >= (double)min &&
        number <= (double)max)
        return (int64_t)number;
    char why[96];
    snprintf(why, sizeof(why), "must be a whole number from %lld to %lld", (long long)min,
             (long long)max);
    bad(req, path, tc_arena_text(&req->arena, why, strlen(why)));
    return min;
}

int64_t tc_request_int(struct tc_request *req, const char *path, int64_t min, int64_t max)
{
    const cJSON *item = require(req, path);
    return item != NULL ? int_of(req, item, path, min, max) : min;
}

int64_t tc_request_int_or(struct tc_request *req, const char *path, int64_t min, int64_t max,
                          int64_t fallback)
{
    const cJSON *item = find(req, path);
    return item != NULL ? int_of(req, item, path, min, max) : fallback;
}

bool tc_request_bool_or(struct tc_request *req, const char *path, bool fallback)
{
    const cJSON *item = find(req, path);
    if (item == NULL)
        return fallback;
    if (!cJSON_IsBool(item))
        bad(req, path, "must be true or false");
    return cJSON_IsTrue(item);
}

const char *tc_request_choice_or(struct tc_request *req, const char *path,
                                 const char *const *choices, const char *fallback)
{
    const cJSON *item = find(req, path);
    if (item == NULL)
        return fallback;
    for (; cJSON_IsString(item) && *choices != NULL; choices++)
        if (strcmp(item->valuestring, *choices) == 0)
            return *choices;
    bad(req, path, "is none of the values that it can have");
    return NULL;
}

/* A user as requests name one: an id, or "@" and a name, folded. NULL: neither. */
static const char *reference_of(struct tc_request *req, const cJSON *item)
{
    if (!cJSON_IsString(item))
        return NULL;
    if (item->valuestring[0] != '@')
        return tc_id_is_valid(item->valuestring) ? item->valuestring : NULL;
    char *name = tc_arena_text(&req->arena, item->valuestring, strlen(item->valuestring));
    return tc_text_fold_username(name + 1) ? name : NULL;
}

const char *tc_request_user_or(struct tc_request *req, const char *path, const char *fallback)
{
    const cJSON *item = find(req, path);
    if (item == NULL)
        return fallback;
    const char *reference = reference_of(req, item);
    if (reference == NULL)
        bad(req, path, "must name a user: an id, or @ and a user name");
    return reference;
}

static int by_text(const void *left, const void *right)
{
    const char *const *const *l = left, *const *const *r = right;
    int order = strcmp(**l, **r);
    return order != 0 ? order : (*l > *r) - (*l < *r);
}

/* Drops what came before in the list; sorting pointers keeps it fast for long ones. */
static void fold_repeats(struct tc_request *req, struct tc_list *list)
{
    const char ***sorted = tc_arena_alloc(&req->arena, list->count * sizeof(*sorted));
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = &list->items[i];
    qsort(sorted, list->count, sizeof(*sorted), by_text);
    bool *repeat = tc_arena_alloc(&req->arena, list->count * sizeof(*repeat));
    for (size_t i = 1; i < list->count; i++)
        if (strcmp(*sorted[i], *sorted[i - 1]) == 0)
            repeat[sorted[i] - list->items] = true;

    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (repeat[i])
            continue;
        list->items[kept] = list->items[i];
        list->places[kept++] = list->places[i];
    }
    list->count = kept;
}

typedef const char *read_item(struct tc_request *req, const cJSON *item);

static const char *plain_id(struct tc_request *req, const cJSON *item)
{
    (void)req;
    return cJSON_IsString(item) && tc_id_is_valid(item->valuestring) ? item->valuestring : NULL;
}

static struct tc_list list_of(struct tc_request *req, const cJSON *array, const char *path,
                              read_item *read, const char *why)
{
    struct tc_list list = {0};
    size_t size = (size_t)cJSON_GetArraySize(array);
    list.items = tc_arena_alloc(&req->arena, size * sizeof(*list.items));
    list.places = tc_arena_alloc(&req->arena, size * sizeof(*list.places));
    const cJSON *item;
    size_t place = 0;
    cJSON_ArrayForEach(item, array)
    {
        const char *text = read(req, item);
        if (text == NULL) {
            bad_item(req, path, place, why);
            return (struct tc_list){0};
        }
        list.items[list.count] = text;
        list.places[list.count++] = place++;
    }
    fold_repeats(req, &list);
    return list;
}

static bool has_size(struct tc_request *req, const cJSON *array, const char *path, int64_t min,
                     int64_t max)
{
    if (!cJSON_IsArray(array)) {
        bad(req, path, "must be a list");
        return false;
    }
    int size = cJSON_GetArraySize(array);
    if (size >= min && size <= max)
        return true;
    bad(req, path, size < min ? "has too few entries" : "has too many entries");
    return false;
}

struct tc_list tc_request_ids(struct tc_request *req, const char *path, int64_t min, int64_t max)
{
    const cJSON *array = require(req, path);
    if (array == NULL || !has_size(req, array, path, min, max))
        return (struct tc_list){0};
    return list_of(req, array, path, plain_id, "must be an id: a UUID in lower case");
}

struct tc_list tc_request_users(struct tc_request *req, const char *path)
{
    const cJSON *array = find(req, path);
    if (array == NULL || !has_size(req, array, path, 0, tc_limits()->list_items))
        return (struct tc_list){0};
    return list_of(req, array, path, reference_of, "must name a user: an id, or @ and a user name");
}
