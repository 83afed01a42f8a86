/* JSON, written straight into a buffer. */

#include "shared/base/json.h"

#include <stdbool.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"

/* What is looked at in one go: few instructions on vectors, as compilers turn is_plain_block into.
 */
#define BLOCK 16

static bool is_special(unsigned char c)
{
    return (c < 0x20) | (c == '"') | (c == '\\');
}

static bool is_plain_block(const char *text)
{
    unsigned char special = 0;
    for (size_t i = 0; i < BLOCK; i++)
        special |= is_special((unsigned char)text[i]);
    return special == 0;
}

/* How much of the text stands in a string as it is, up to the first byte that does not. */
static size_t plain_length(const char *text, size_t length)
{
    size_t plain = 0;
    while (length - plain >= BLOCK && is_plain_block(text + plain))
        plain += BLOCK;
    while (plain < length && !is_special((unsigned char)text[plain]))
        plain++;
    return plain;
}

static void escape(struct tc_buf *out, char byte)
{
    static const char *const short_form[] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",  ['\f'] = "\\f",
        ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
    };
    unsigned char c = (unsigned char)byte;
    if (short_form[c] != NULL)
        tc_buf_text(out, short_form[c]);
    else
        tc_buf_printf(out, "\\u%04x", c);
}

static void quote(struct tc_buf *out, const char *text)
{
    size_t left = strlen(text);
    tc_buf_byte(out, '"');
    for (;;) {
        size_t plain = plain_length(text, left);
        tc_buf_append(out, text, plain);
        if (plain == left)
            break;
        escape(out, text[plain]);
        text += plain + 1;
        left -= plain + 1;
    }
    tc_buf_byte(out, '"');
}

static void begin(struct tc_buf *out, const char *key)
{
    char last = out->len > 0 ? out->data[out->len - 1] : '{';
    if (last != '{' && last != '[' && last != ':')
        tc_buf_byte(out, ',');
    if (key != NULL) {
        quote(out, key);
        tc_buf_byte(out, ':');
    }
}

void tc_json_object(struct tc_buf *out, const char *key)
{
    begin(out, key);
    tc_buf_byte(out, '{');
}

void tc_json_end_object(struct tc_buf *out)
{
    tc_buf_byte(out, '}');
}

void tc_json_array(struct tc_buf *out, const char *key)
{
    begin(out, key);
    tc_buf_byte(out, '[');
}

void tc_json_end_array(struct tc_buf *out)
{
    tc_buf_byte(out, ']');
}

void tc_json_text(struct tc_buf *out, const char *key, const char *text)
{
    begin(out, key);
    quote(out, text);
}

void tc_json_int(struct tc_buf *out, const char *key, int64_t number)
{
    begin(out, key);
    tc_buf_int(out, number);
}

void tc_json_bool(struct tc_buf *out, const char *key, bool yes)
{
    begin(out, key);
    tc_buf_text(out, yes ? "true" : "false");
}

void tc_json_time(struct tc_buf *out, const char *key, int64_t ms)
{
    char time[TC_TIME_SIZE];
    tc_time_format(ms, time);
    begin(out, key);
    tc_buf_byte(out, '"');
    tc_buf_text(out, time);
    tc_buf_byte(out, '"');
}

void tc_json_raw(struct tc_buf *out, const char *key, const char *json, size_t len)
{
    begin(out, key);
    tc_buf_append(out, json, len);
}
