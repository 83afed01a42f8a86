/* A growable byte buffer. */

#include "shared/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"

#define FIRST_CAP 256

void tc_buf_reserve(struct tc_buf *buf, size_t more)
{
    size_t need = buf->len + more + 1;
    if (need <= buf->cap)
        return;
    size_t cap = buf->cap > 0 ? buf->cap : FIRST_CAP;
    while (cap < need)
        cap *= 2;
    buf->data = tc_realloc(buf->data, cap);
    buf->cap = cap;
}

void tc_buf_append(struct tc_buf *buf, const void *bytes, size_t len)
{
    tc_buf_reserve(buf, len);
    if (len > 0)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void tc_buf_text(struct tc_buf *buf, const char *text)
{
    tc_buf_append(buf, text, strlen(text));
}

void tc_buf_byte(struct tc_buf *buf, char byte)
{
    if (buf->len + 1 >= buf->cap)
        tc_buf_reserve(buf, 1);
    buf->data[buf->len++] = byte;
    buf->data[buf->len] = '\0';
}

void tc_buf_int(struct tc_buf *buf, int64_t number)
{
    char digits[20]; /* from the last one on */
    size_t count = 0;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        digits[count++] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        tc_buf_byte(buf, '-');
    while (count > 0)
        tc_buf_byte(buf, digits[--count]);
}

void tc_buf_printf(struct tc_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        tc_buf_reserve(buf, (size_t)len);
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void tc_buf_clear(struct tc_buf *buf)
{
    tc_buf_cut(buf, 0);
}

void tc_buf_cut(struct tc_buf *buf, size_t len)
{
    buf->len = len;
    if (buf->data != NULL)
        buf->data[len] = '\0';
}

void tc_buf_free(struct tc_buf *buf)
{
    free(buf->data);
    *buf = (struct tc_buf){0};
}
