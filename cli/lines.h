#pragma once

#include <stdbool.h>

#include "shared/base/buf.h"

/* Lines from a descriptor, as they come. Zero-initialise but for fd; tc_buf_free both at the end.
 */
struct lines {
    int fd;
    struct tc_buf in, line;
    bool ended;
};

/* Reads once; may block where nothing is there. False: the end. */
bool lines_read(struct lines *lines);

/* The next whole line, without its newline, until the next call; the last one needs none. NULL:
 * read more. */
const char *lines_next(struct lines *lines);
