/* Typing, by connection and conversation. */

#include "edge/typing.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"

void typing_init(struct typing *typing)
{
    list_init(&typing->running);
}

static struct typing_entry *find(const struct list *mine, const char *conversation_id)
{
    for (struct list *link = mine->next; link != mine; link = link->next) {
        struct typing_entry *entry = list_entry(link, struct typing_entry, of_connection);
        if (strcmp(entry->conversation_id, conversation_id) == 0)
            return entry;
    }
    return NULL;
}

static struct typing_entry *create(struct list *mine, void *owner, const char *conversation_id)
{
    struct typing_entry *entry = tc_alloc(sizeof(*entry));
    strncpy(entry->conversation_id, conversation_id, TC_ID_SIZE - 1);
    entry->owner = owner;
    list_init(&entry->running);
    list_append(mine, &entry->of_connection);
    return entry;
}

static void destroy(struct typing_entry *entry)
{
    list_remove(&entry->of_connection);
    list_remove(&entry->running);
    free(entry);
}

static bool too_often(struct typing_entry *entry, int64_t now_ms, int64_t per_s)
{
    if (entry->starts == 0 || now_ms - entry->second_ms >= 1000) {
        entry->second_ms = now_ms;
        entry->starts = 0;
    }
    if (entry->starts >= per_s)
        return true;
    entry->starts++;
    return false;
}

enum typing_verdict typing_start(struct typing *typing, struct list *mine, void *owner,
                                 const char *conversation_id, int64_t now_ms, int64_t per_s)
{
    struct typing_entry *entry = find(mine, conversation_id);
    if (entry == NULL)
        entry = create(mine, owner, conversation_id);
    if (too_often(entry, now_ms, per_s))
        return TYPING_DROP;
    bool again = entry->active;
    entry->active = true;
    entry->started_ms = now_ms;
    list_remove(&entry->running);
    list_append(&typing->running, &entry->running);
    return again ? TYPING_CHECK : TYPING_TELL;
}

enum typing_verdict typing_end(struct list *mine, const char *conversation_id)
{
    struct typing_entry *entry = find(mine, conversation_id);
    if (entry == NULL || !entry->active)
        return TYPING_CHECK;
    entry->active = false;
    return entry->allowed ? TYPING_TELL : TYPING_TRY;
}

void typing_answer(struct list *mine, const char *conversation_id, bool allowed)
{
    struct typing_entry *entry = find(mine, conversation_id);
    if (entry == NULL)
        return;
    if (allowed)
        entry->allowed = true;
    else if (!entry->allowed)
        entry->active = false; /* else it runs out, and its end is told */
}

const struct typing_entry *typing_expire(struct typing *typing, int64_t now_ms)
{
    while (!list_is_empty(&typing->running)) {
        struct typing_entry *entry = list_entry(typing->running.next, struct typing_entry, running);
        if (now_ms - entry->started_ms < TYPING_MS)
            return NULL;
        if (entry->active) {
            entry->active = false; /* which the next call destroys */
            return entry;
        }
        destroy(entry);
    }
    return NULL;
}

const struct typing_entry *typing_leave(struct list *mine)
{
    while (!list_is_empty(mine)) {
        struct typing_entry *entry = list_entry(mine->next, struct typing_entry, of_connection);
        if (entry->active) {
            entry->active = false; /* which the next call destroys */
            return entry;
        }
        destroy(entry);
    }
    return NULL;
}
