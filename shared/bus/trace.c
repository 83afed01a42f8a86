/* Reads traceparent: W3C Trace Context, section 3.2. */

#include "shared/bus/trace.h"

#include <string.h>

#define TRACE_AT 3
#define TRACE_DIGITS 32
#define SPAN_AT 36
#define SPAN_DIGITS 16

static bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* "vv-tttttttttttttttttttttttttttttttt-ssssssssssssssss-ff" */
static bool has_shape(const char *text)
{
    for (size_t i = 0; i < TC_TRACE_SIZE - 1; i++) {
        bool dash = i == 2 || i == 35 || i == 52;
        if (dash ? text[i] != '-' : !is_digit(text[i]))
            return false;
    }
    return true;
}

static bool is_zero(const char *digits, size_t count)
{
    return strspn(digits, "0") >= count;
}

/* Later versions may be longer; the beginning stays what it is. */
bool tc_trace_read(const char *text, size_t len, char out[TC_TRACE_SIZE])
{
    out[0] = '\0';
    size_t size = TC_TRACE_SIZE - 1;
    if (text == NULL || len < size || !has_shape(text) || memcmp(text, "ff", 2) == 0)
        return false;
    bool first_version = memcmp(text, "00", 2) == 0;
    if (len > size && (first_version || text[size] != '-'))
        return false;
    if (is_zero(text + TRACE_AT, TRACE_DIGITS) || is_zero(text + SPAN_AT, SPAN_DIGITS))
        return false;
    memcpy(out, text, size);
    out[size] = '\0';
    return true;
}
