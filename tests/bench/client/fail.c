/* The end of a run that went wrong. */

#include "tests/bench/client/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/buf.h"
#include "shared/base/json.h"

void fail(const char *format, ...)
{
    char sentence[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    struct tc_buf out = {0};
    tc_json_object(&out, NULL);
    tc_json_text(&out, "error", sentence);
    tc_json_end_object(&out);
    puts(out.data);
    exit(1);
}
