/*
 * Sessions that have ended lately, as auth has told everybody. One may end while it is verified for
 * somebody at the door: what was true when it was answered does not let him in then.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ended;

struct ended *ended_create(void);
void ended_free(struct ended **ended);
size_t ended_count(const struct ended *ended);

void ended_add(struct ended *ended, const char *session_id, int64_t now_ms);
bool ended_has(const struct ended *ended, const char *session_id);

/* Now and then: forgets what no answer under way can be about any more. */
void ended_sweep(struct ended *ended, int64_t now_ms);
