#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes that grow. Zero-initialise it to begin; what it holds is always followed by a NUL. */
struct tc_buf {
    char *data;
    size_t len;
    size_t cap;
};

void tc_buf_append(struct tc_buf *buf, const void *bytes, size_t len);
void tc_buf_text(struct tc_buf *buf, const char *text);
void tc_buf_byte(struct tc_buf *buf, char byte);
void tc_buf_int(struct tc_buf *buf, int64_t number); /* in decimal */
void tc_buf_printf(struct tc_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for at least `more` further bytes, at buf->data + buf->len. */
void tc_buf_reserve(struct tc_buf *buf, size_t more);

/* Empties it and keeps the memory, or cuts it back to an earlier length. */
void tc_buf_clear(struct tc_buf *buf);
void tc_buf_cut(struct tc_buf *buf, size_t len);

void tc_buf_free(struct tc_buf *buf);
