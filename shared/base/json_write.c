/* JSON, written straight into a buffer. */

#include "shared/base/json.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"

static void quote(struct tc_buf *out, const char *text)
{
    static const char *const short_form[] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",  ['\f'] = "\\f",
        ['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
    };

    tc_buf_byte(out, '"');
    const char *plain = text;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        tc_buf_append(out, plain, (size_t)(text - plain));
        plain = text + 1;
        if (c < sizeof(short_form) / sizeof(*short_form) && short_form[c] != NULL)
            tc_buf_text(out, short_form[c]);
        else
            tc_buf_printf(out, "\\u%04x", c);
    }
    tc_buf_append(out, plain, (size_t)(text - plain));
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
