/*
 * What has ended lately, by id. A session may end while it is verified for somebody at the door:
 * what was true when it was answered does not let him in then. And the last messages of an open
 * conversation may come when its members have been told that it is gone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ended;

struct ended *ended_create(void);
void ended_free(struct ended **ended);
size_t ended_count(const struct ended *ended);

void ended_add(struct ended *ended, const char *id, int64_t now_ms);
bool ended_has(const struct ended *ended, const char *id);

/* Now and then: forgets what no answer under way can be about any more. */
void ended_sweep(struct ended *ended, int64_t now_ms);
