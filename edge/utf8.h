/* Whether bytes are UTF-8, piece by piece: no surrogates, nothing overlong, nothing past U+10FFFF.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_COMPLETE 0 /* the state at the beginning, and wherever a character has just ended */

/* Goes on from *state. False as soon as what came can be the beginning of nothing good. */
bool utf8_check(uint8_t *state, const unsigned char *data, size_t size);
