/* Each state is the range that the next byte must be in, and the state after it. */

#include "edge/utf8.h"

#include <string.h>

enum utf8_state {
    ONE_MORE = 1,
    TWO_MORE,
    THREE_MORE,
    AFTER_E0, /* else it would be overlong */
    AFTER_ED, /* else a surrogate */
    AFTER_F0, /* else overlong */
    AFTER_F4, /* else past U+10FFFF */
    REFUSED,
};

static const struct {
    uint8_t low, high, next;
} steps[] = {
    [ONE_MORE] = {0x80, 0xBF, UTF8_COMPLETE}, [TWO_MORE] = {0x80, 0xBF, ONE_MORE},
    [THREE_MORE] = {0x80, 0xBF, TWO_MORE},    [AFTER_E0] = {0xA0, 0xBF, ONE_MORE},
    [AFTER_ED] = {0x80, 0x9F, ONE_MORE},      [AFTER_F0] = {0x90, 0xBF, TWO_MORE},
    [AFTER_F4] = {0x80, 0x8F, TWO_MORE},
};

static uint8_t first_byte(unsigned char byte)
{
    if (byte < 0x80)
        return UTF8_COMPLETE;
    if (byte < 0xC2 || byte > 0xF4)
        return REFUSED;
    if (byte < 0xE0)
        return ONE_MORE;
    if (byte < 0xF0)
        return byte == 0xE0 ? AFTER_E0 : byte == 0xED ? AFTER_ED : TWO_MORE;
    return byte == 0xF0 ? AFTER_F0 : byte == 0xF4 ? AFTER_F4 : THREE_MORE;
}

static size_t skip_ascii(const unsigned char *data, size_t size)
{
    size_t at = 0;
    for (uint64_t word; at + sizeof word <= size; at += sizeof word) {
        memcpy(&word, data + at, sizeof word);
        if (word & 0x8080808080808080u)
            break;
    }
    return at;
}

bool utf8_check(uint8_t *state, const unsigned char *data, size_t size)
{
    uint8_t now = *state;
    for (size_t i = 0; i < size && now != REFUSED; i++) {
        if (now != UTF8_COMPLETE) {
            bool fits = data[i] >= steps[now].low && data[i] <= steps[now].high;
            now = fits ? steps[now].next : REFUSED;
            continue;
        }
        i += skip_ascii(data + i, size - i);
        if (i < size)
            now = first_byte(data[i]);
    }
    *state = now;
    return now != REFUSED;
}
