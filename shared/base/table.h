#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A hash table from text to pointers. It copies its keys and never owns its values. */
struct tc_table;

struct tc_table *tc_table_create(void);
void tc_table_free(struct tc_table **table);

void *tc_table_get(const struct tc_table *table, const char *key); /* NULL when it is not there */
void tc_table_set(struct tc_table *table, const char *key, void *value); /* value is not NULL */
void *tc_table_remove(struct tc_table *table, const char *key);          /* what was there */
size_t tc_table_count(const struct tc_table *table);

/* Walks all values in no order: start with *at = 0, ends with NULL. The table must not change
 * meanwhile. */
void *tc_table_next(const struct tc_table *table, size_t *at);

/* Removes every value that `keep` says no to; `keep` may free it. */
void tc_table_sweep(struct tc_table *table, bool (*keep)(void *value, void *ctx), void *ctx);
