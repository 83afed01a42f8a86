#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A time as the protocol spells it, in ms since 1970. False for anything else. */
bool when_parse(const char *text, int64_t *ms);
