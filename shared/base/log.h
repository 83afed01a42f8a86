#pragma once

#include <stdbool.h>

enum tc_level {
    TC_DEBUG,
    TC_INFO,
    TC_WARN,
    TC_ERROR,
};

/* Names this process in every line, and says which lines are wanted (from `level` on). */
void tc_log_open(const char *process, enum tc_level level);
bool tc_level_parse(const char *name, enum tc_level *out);

/*
 * One logfmt line on standard error: time, level, process, event, and then the
 * pairs that the format spells, such as "op=%s ms=%d". Text that came from
 * elsewhere goes through tc_log_quote first. Never a password, token or body.
 */
void tc_log(enum tc_level level, const char *event, const char *pairs, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Until tc_log_release this thread's lines are written together, not each by
 * itself: for short stretches in which there are many.
 */
void tc_log_gather(void);
void tc_log_release(void);

#define TC_QUOTE_SIZE 256

/* Makes any text safe as one value: in quotes, escaped, cut to fit. Returns out. */
const char *tc_log_quote(const char *text, char out[TC_QUOTE_SIZE]);
