#pragma once

#include <stdbool.h>

/*
 * The ids of messages that this process has posted lately. A hint only: a batch
 * that one of them is in is sorted out before it is posted; the database's
 * index of ids is what nobody gets past.
 */
void recent_add(const char *id);
bool recent_has(const char *id);
