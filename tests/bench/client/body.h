/* Bodies: a stamp, then filler up to the size that was asked for. */
#pragma once

#include "tests/bench/client/load.h"

/* Bytes of a body. */
size_t body_length(const struct load *load);

void body_write(const struct load *load, const struct stamp *stamp, struct tc_buf *out);

/* Tells the work of the body in these bytes; false if there is none. */
bool body_take(struct load *load, struct link *link, const char *bytes, size_t size);
