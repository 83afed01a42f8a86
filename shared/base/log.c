/* The log: one logfmt line an event, on standard error. */

#include "shared/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"

#define LINE_SIZE 1280

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static const char *process_name = "tincan";
static enum tc_level wanted = TC_INFO;

static _Thread_local bool gathers;
static _Thread_local char gathered[16 * LINE_SIZE];
static _Thread_local size_t gathered_len;

void tc_log_open(const char *process, enum tc_level level)
{
    process_name = process;
    wanted = level;
}

bool tc_level_parse(const char *name, enum tc_level *out)
{
    for (int i = TC_DEBUG; i <= TC_ERROR; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *out = (enum tc_level)i;
            return true;
        }
    }
    return false;
}

static void flush(void)
{
    fwrite(gathered, 1, gathered_len, stderr);
    gathered_len = 0;
}

/* One write a line, or for several: lines of two threads never mix. */
static void put(const char *line, size_t len)
{
    if (gathered_len + len > sizeof(gathered))
        flush();
    memcpy(gathered + gathered_len, line, len);
    gathered_len += len;
    if (!gathers)
        flush();
}

void tc_log(enum tc_level level, const char *event, const char *pairs, ...)
{
    if (level < wanted)
        return;

    char time[TC_TIME_SIZE];
    tc_time_format(tc_now_ms(), time);

    char rest[1024], line[LINE_SIZE];
    va_list args;
    va_start(args, pairs);
    vsnprintf(rest, sizeof(rest), pairs, args);
    va_end(args);
    int len = snprintf(line, sizeof(line), "time=%s level=%s process=%s event=%s%s%s\n", time,
                       level_names[level], process_name, event, rest[0] != '\0' ? " " : "", rest);
    put(line, (size_t)len);
}

void tc_log_gather(void)
{
    gathers = true;
}

void tc_log_release(void)
{
    flush();
    gathers = false;
}

const char *tc_log_quote(const char *text, char out[TC_QUOTE_SIZE])
{
    size_t at = 0;
    out[at++] = '"';
    for (; *text != '\0' && at < TC_QUOTE_SIZE - 3; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            out[at++] = '\\';
        out[at++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}
