#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What a text may hold, protocol §6. All texts are UTF-8 without U+0000. */
enum tc_text_rule {
    TC_TEXT_PLAIN, /* a client's correlation id: no control characters, not empty */
    TC_TEXT_LINE,  /* a name: no control characters, no white space at either end, not empty */
    TC_TEXT_BLOCK, /* a description: newlines and tabs, no other control characters */
    TC_TEXT_ANY,   /* a body: anything, not empty */
};

/* Why the text breaks the rule or has more than max code points, as a sentence; NULL when it is
 * fine. */
const char *tc_text_fault(const char *text, enum tc_text_rule rule, size_t max);

/* Whether the bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool tc_utf8_valid(const char *bytes, size_t len);

/* Folds ASCII upper case, in place, and says whether it is a user name: 3–32 of a-z 0-9 _ . - */
bool tc_text_fold_username(char *text);
