/* What a body begins with: when it was sent, by whom, and which one it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAMP_SIZE 34 /* "~~", and 32 hexadecimal digits */

struct stamp {
    uint64_t ns; /* CLOCK_MONOTONIC; of a message at a rate: when it was due */
    uint32_t sender, number;
};

void stamp_write(const struct stamp *stamp, char out[STAMP_SIZE]);

/* The first one in these bytes, wherever it stands: no message is parsed to find it. */
bool stamp_find(const char *bytes, size_t size, struct stamp *out);

/* A number for each message, of which sums tell whether all have come, and each once. */
uint64_t stamp_mix(const struct stamp *stamp);
