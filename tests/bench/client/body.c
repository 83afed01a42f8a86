/* Stamped bodies. */

#include "tests/bench/client/body.h"

#include <string.h>

#include "tests/bench/client/fail.h"

size_t body_length(const struct load *load)
{
    size_t size = (size_t)load->options.size;
    return size < STAMP_SIZE ? STAMP_SIZE : size;
}

void body_write(const struct load *load, const struct stamp *stamp, struct tc_buf *out)
{
    size_t size = body_length(load);
    tc_buf_reserve(out, size);
    stamp_write(stamp, out->data + out->len);
    memset(out->data + out->len + STAMP_SIZE, 'x', size - STAMP_SIZE);
    out->len += size;
    out->data[out->len] = '\0';
}

bool body_take(struct load *load, struct link *link, const char *bytes, size_t size)
{
    struct stamp stamp;
    if (!stamp_find(bytes, size, &stamp))
        return false;
    if (load->work->delivered == NULL)
        fail("connection %u: a message that nobody has sent", link->index);
    link->count++;
    link->mixed += stamp_mix(&stamp);
    load->work->delivered(load, link, &stamp);
    return true;
}
