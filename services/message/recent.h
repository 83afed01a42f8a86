#pragma once

#include <stdbool.h>

/*
 * The ids of messages that this process has posted lately. A hint only: who is
 * in it is most likely a repeat, and is looked up alone; the database's index
 * of ids is what nobody gets past.
 */
void recent_add(const char *id);
bool recent_has(const char *id);
