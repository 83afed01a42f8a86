/* Lines. */

#include "cli/lines.h"

#include <string.h>
#include <unistd.h>

#define CHUNK 4096

bool lines_read(struct lines *lines)
{
    tc_buf_reserve(&lines->in, CHUNK);
    ssize_t size = read(lines->fd, lines->in.data + lines->in.len, CHUNK);
    if (size > 0)
        lines->in.len += (size_t)size;
    lines->ended = size <= 0;
    return size > 0;
}

const char *lines_next(struct lines *lines)
{
    if (lines->in.len == 0)
        return NULL;
    const char *end = memchr(lines->in.data, '\n', lines->in.len);
    if (end == NULL && !lines->ended)
        return NULL;
    size_t size = end != NULL ? (size_t)(end - lines->in.data) : lines->in.len;
    size_t used = end != NULL ? size + 1 : size;
    tc_buf_clear(&lines->line);
    tc_buf_append(&lines->line, lines->in.data, size);
    memmove(lines->in.data, lines->in.data + used, lines->in.len - used);
    tc_buf_cut(&lines->in, lines->in.len - used);
    return lines->line.data;
}
