/* The audiences: two tables, and from each audience to its listeners and back. */

#include "edge/audience.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/bus/subjects.h"

struct listening {
    struct audience *audience;
    uint32_t at; /* where the listener is in the audience's own list */
    bool kept;
};

struct audience {
    char id[TC_ID_SIZE];
    char group_id[TC_ID_SIZE]; /* of a closed conversation; a group's own id */
    bool closed;
    struct tc_sub *sub;
    struct audience_entry *entries;
    uint32_t count, capacity;
    uint32_t mark; /* between begin and end: its place in the listener's list and 1, or 0 */
};

struct audiences {
    struct audiences_ops ops;
    void *ctx;
    struct tc_table *groups, *closed;
    size_t joined; /* since begin */
};

static struct tc_table *table_of(struct audiences *audiences, bool closed)
{
    return closed ? audiences->closed : audiences->groups;
}

static struct audience *create(struct audiences *audiences, bool closed, const char *id,
                               const char *group_id)
{
    struct audience *audience = tc_alloc(sizeof(*audience));
    snprintf(audience->id, sizeof(audience->id), "%s", id);
    snprintf(audience->group_id, sizeof(audience->group_id), "%s", group_id);
    audience->closed = closed;
    char subject[TC_SUBJECT_SIZE];
    snprintf(subject, sizeof(subject), closed ? "tincan.*.closed.*.%s.>" : "tincan.*.group.%s.>",
             id);
    audience->sub = audiences->ops.subscribe(audiences->ctx, subject);
    tc_table_set(table_of(audiences, closed), id, audience);
    return audience;
}

static void destroy(struct audiences *audiences, struct audience *audience)
{
    tc_table_remove(table_of(audiences, audience->closed), audience->id);
    audiences->ops.unsubscribe(audiences->ctx, &audience->sub);
    free(audience->entries);
    free(audience);
}

static void *room_for_one(void *items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity > 0 ? *capacity * 2 : 4;
    return tc_realloc(items, *capacity * size);
}

static void join(struct listener *listener, struct audience *audience)
{
    listener->items = room_for_one(listener->items, listener->count, &listener->capacity,
                                   sizeof(*listener->items));
    audience->entries = room_for_one(audience->entries, audience->count, &audience->capacity,
                                     sizeof(*audience->entries));
    listener->items[listener->count] = (struct listening){audience, audience->count, true};
    audience->entries[audience->count] = (struct audience_entry){listener, listener->count};
    listener->count++;
    audience->count++;
}

/* The last one of each list takes the free place. */
static void part(struct audiences *audiences, struct listener *listener, uint32_t at)
{
    struct listening link = listener->items[at];
    struct audience *audience = link.audience;

    struct audience_entry *last_entry = &audience->entries[--audience->count];
    audience->entries[link.at] = *last_entry;
    last_entry->listener->items[last_entry->at].at = link.at;

    struct listening *last_item = &listener->items[--listener->count];
    listener->items[at] = *last_item;
    if (at < listener->count)
        last_item->audience->entries[last_item->at].at = at;

    if (audience->count == 0)
        destroy(audiences, audience);
}

void audiences_begin(struct audiences *audiences, struct listener *listener)
{
    audiences->joined = 0;
    for (uint32_t i = 0; i < listener->count; i++) {
        listener->items[i].kept = false;
        listener->items[i].audience->mark = i + 1;
    }
}

static void keep(struct audiences *audiences, struct listener *listener, bool closed,
                 const char *id, const char *group_id)
{
    struct audience *audience = tc_table_get(table_of(audiences, closed), id);
    if (audience == NULL)
        audience = create(audiences, closed, id, group_id);
    if (audience->mark == 0) {
        join(listener, audience);
        audiences->joined++;
        audience->mark = listener->count;
    }
    listener->items[audience->mark - 1].kept = true;
}

void audiences_keep_group(struct audiences *audiences, struct listener *listener,
                          const char *group_id)
{
    keep(audiences, listener, false, group_id, group_id);
}

void audiences_keep_closed(struct audiences *audiences, struct listener *listener,
                           const char *conversation_id, const char *group_id)
{
    keep(audiences, listener, true, conversation_id, group_id);
}

/* What a user hears changes seldom, and there are many users. */
static void fit(struct listener *listener)
{
    if (listener->count == 0 || listener->count == listener->capacity)
        return;
    listener->capacity = listener->count;
    listener->items = tc_realloc(listener->items, listener->count * sizeof(*listener->items));
}

size_t audiences_end(struct audiences *audiences, struct listener *listener)
{
    for (uint32_t i = listener->count; i-- > 0;) {
        listener->items[i].audience->mark = 0;
        if (!listener->items[i].kept)
            part(audiences, listener, i);
    }
    fit(listener);
    return audiences->joined;
}

void audiences_drop_group(struct audiences *audiences, struct listener *listener,
                          const char *group_id)
{
    for (uint32_t i = listener->count; i-- > 0;)
        if (strcmp(listener->items[i].audience->group_id, group_id) == 0)
            part(audiences, listener, i);
}

void audiences_drop_closed(struct audiences *audiences, struct listener *listener,
                           const char *conversation_id)
{
    for (uint32_t i = listener->count; i-- > 0;)
        if (listener->items[i].audience->closed &&
            strcmp(listener->items[i].audience->id, conversation_id) == 0)
            part(audiences, listener, i);
}

void audiences_drop_all(struct audiences *audiences, struct listener *listener)
{
    while (listener->count > 0)
        part(audiences, listener, listener->count - 1);
    free(listener->items);
    *listener = (struct listener){0};
}

struct audience *audiences_group(const struct audiences *audiences, const char *group_id)
{
    return tc_table_get(audiences->groups, group_id);
}

struct audience *audiences_closed(const struct audiences *audiences, const char *conversation_id)
{
    return tc_table_get(audiences->closed, conversation_id);
}

const struct audience_entry *audience_listeners(const struct audience *audience, size_t *count)
{
    *count = audience->count;
    return audience->entries;
}

static void end(struct audiences *audiences, struct audience *audience)
{
    for (uint32_t left = audience->count; left > 0; left--) {
        const struct audience_entry *last = &audience->entries[left - 1];
        part(audiences, last->listener, last->at);
    }
}

/* The closed conversations of a group, in a list that the caller frees. */
static struct audience **closed_of(struct audiences *audiences, const char *group_id,
                                   uint32_t *count)
{
    struct audience **found = NULL, *audience;
    uint32_t capacity = 0;
    size_t at = 0;
    *count = 0;
    while ((audience = tc_table_next(audiences->closed, &at)) != NULL) {
        if (strcmp(audience->group_id, group_id) != 0)
            continue;
        found = room_for_one(found, *count, &capacity, sizeof(struct audience *));
        found[(*count)++] = audience;
    }
    return found;
}

void audiences_end_group(struct audiences *audiences, const char *group_id)
{
    struct audience *audience = audiences_group(audiences, group_id);
    if (audience != NULL)
        end(audiences, audience);
    uint32_t count;
    struct audience **closed = closed_of(audiences, group_id, &count);
    for (uint32_t i = 0; i < count; i++)
        end(audiences, closed[i]);
    free(closed);
}

void audiences_end_closed(struct audiences *audiences, const char *conversation_id)
{
    struct audience *audience = audiences_closed(audiences, conversation_id);
    if (audience != NULL)
        end(audiences, audience);
}

struct audiences *audiences_create(const struct audiences_ops *ops, void *ctx)
{
    struct audiences *audiences = tc_alloc(sizeof(*audiences));
    audiences->ops = *ops;
    audiences->ctx = ctx;
    audiences->groups = tc_table_create();
    audiences->closed = tc_table_create();
    return audiences;
}

void audiences_free(struct audiences **audiences)
{
    if (*audiences == NULL)
        return;
    tc_table_free(&(*audiences)->groups);
    tc_table_free(&(*audiences)->closed);
    free(*audiences);
    *audiences = NULL;
}

size_t audiences_count(const struct audiences *audiences)
{
    return tc_table_count(audiences->groups) + tc_table_count(audiences->closed);
}
