/* Time stamps in bodies. */

#include "tests/bench/client/stamp.h"

#include <string.h>

static void write_hex(uint64_t number, int digits, char *out)
{
    for (int i = digits - 1; i >= 0; i--, number >>= 4)
        out[i] = "0123456789abcdef"[number & 15];
}

static uint64_t read_hex(const char *digits, int count)
{
    uint64_t number = 0;
    for (int i = 0; i < count; i++) {
        unsigned char digit = (unsigned char)digits[i];
        number = number << 4 | (uint64_t)((digit & 15) + (digit >> 6) * 9);
    }
    return number;
}

void stamp_write(const struct stamp *stamp, char out[STAMP_SIZE])
{
    memcpy(out, "~~", 2);
    write_hex(stamp->ns, 16, out + 2);
    write_hex(stamp->sender, 8, out + 18);
    write_hex(stamp->number, 8, out + 26);
}

bool stamp_find(const char *bytes, size_t size, struct stamp *out)
{
    const char *end = bytes + size;
    const char *at = bytes;
    while ((at = memchr(at, '~', (size_t)(end - at))) != NULL && end - at >= STAMP_SIZE) {
        if (at[1] == '~') {
            out->ns = read_hex(at + 2, 16);
            out->sender = (uint32_t)read_hex(at + 18, 8);
            out->number = (uint32_t)read_hex(at + 26, 8);
            return true;
        }
        at++;
    }
    return false;
}

uint64_t stamp_mix(const struct stamp *stamp)
{
    uint64_t mixed = ((uint64_t)stamp->sender << 32 | stamp->number) * 0x9e3779b97f4a7c15U;
    return (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9U;
}
