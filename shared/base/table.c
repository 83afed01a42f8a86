/* A chained hash table; keys are hashed with a secret, since clients choose some of them. */

#include "shared/base/table.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/id.h"
#include "shared/base/mem.h"

#define FIRST_BUCKETS 64

struct entry {
    struct entry *next;
    void *value;
    uint64_t hash;
    char key[];
};

struct tc_table {
    struct entry **buckets;
    size_t size; /* a power of two */
    size_t count;
    uint64_t seed;
};

/* FNV-1a over a random start, stirred at the end (the finaliser of MurmurHash3). */
static uint64_t hash_of(const struct tc_table *table, const char *key)
{
    uint64_t hash = table->seed;
    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
    return hash ^ (hash >> 33);
}

static struct entry **place_of(const struct tc_table *table, const char *key, uint64_t hash)
{
    struct entry **place = &table->buckets[hash & (table->size - 1)];
    while (*place != NULL && ((*place)->hash != hash || strcmp((*place)->key, key) != 0))
        place = &(*place)->next;
    return place;
}

static void grow(struct tc_table *table)
{
    size_t size = table->size * 2;
    struct entry **buckets = tc_alloc(size * sizeof(struct entry *));
    for (size_t i = 0; i < table->size; i++) {
        struct entry *next;
        for (struct entry *entry = table->buckets[i]; entry != NULL; entry = next) {
            next = entry->next;
            entry->next = buckets[entry->hash & (size - 1)];
            buckets[entry->hash & (size - 1)] = entry;
        }
    }
    free(table->buckets);
    table->buckets = buckets;
    table->size = size;
}

struct tc_table *tc_table_create(void)
{
    struct tc_table *table = tc_alloc(sizeof(*table));
    table->size = FIRST_BUCKETS;
    table->buckets = tc_alloc(FIRST_BUCKETS * sizeof(struct entry *));
    tc_random(&table->seed, sizeof(table->seed));
    return table;
}

void tc_table_free(struct tc_table **table)
{
    if (*table == NULL)
        return;
    for (size_t i = 0; i < (*table)->size; i++) {
        struct entry *next;
        for (struct entry *entry = (*table)->buckets[i]; entry != NULL; entry = next) {
            next = entry->next;
            free(entry);
        }
    }
    free((*table)->buckets);
    free(*table);
    *table = NULL;
}

void *tc_table_get(const struct tc_table *table, const char *key)
{
    if (table->count == 0)
        return NULL;
    struct entry *entry = *place_of(table, key, hash_of(table, key));
    return entry != NULL ? entry->value : NULL;
}

void tc_table_set(struct tc_table *table, const char *key, void *value)
{
    uint64_t hash = hash_of(table, key);
    struct entry **place = place_of(table, key, hash);
    if (*place == NULL) {
        size_t size = strlen(key) + 1;
        *place = tc_alloc(sizeof(struct entry) + size);
        memcpy((*place)->key, key, size);
        (*place)->hash = hash;
        table->count++;
    }
    (*place)->value = value;
    if (table->count > table->size)
        grow(table);
}

void *tc_table_remove(struct tc_table *table, const char *key)
{
    struct entry **place = place_of(table, key, hash_of(table, key));
    struct entry *entry = *place;
    if (entry == NULL)
        return NULL;
    void *value = entry->value;
    *place = entry->next;
    free(entry);
    table->count--;
    return value;
}

size_t tc_table_count(const struct tc_table *table)
{
    return table->count;
}

/* *at counts buckets in its upper bits and the place within a chain in the lower 20. */
void *tc_table_next(const struct tc_table *table, size_t *at)
{
    size_t bucket = *at >> 20, skip = *at & 0xfffff;
    for (; bucket < table->size; bucket++, skip = 0) {
        struct entry *entry = table->buckets[bucket];
        for (size_t i = 0; entry != NULL && i < skip; i++)
            entry = entry->next;
        if (entry != NULL) {
            *at = bucket << 20 | (skip + 1);
            return entry->value;
        }
    }
    *at = bucket << 20;
    return NULL;
}

void tc_table_sweep(struct tc_table *table, bool (*keep)(void *value, void *ctx), void *ctx)
{
    for (size_t i = 0; i < table->size; i++) {
        struct entry **place = &table->buckets[i];
        while (*place != NULL) {
            struct entry *entry = *place;
            if (keep(entry->value, ctx)) {
                place = &entry->next;
                continue;
            }
            *place = entry->next;
            free(entry);
            table->count--;
        }
    }
}
