/* base64url (RFC 4648 §5). Pure. */

#include "shared/base/base64.h"

#include <stdint.h>
#include <string.h>

#include "shared/base/buf.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void tc_base64_write(const void *bytes, size_t len, struct tc_buf *out)
{
    const uint8_t *in = bytes;
    uint32_t held = 0;
    unsigned bits = 0;
    tc_buf_reserve(out, len / 3 * 4 + 4);
    for (size_t i = 0; i < len; i++) {
        held = held << 8 | in[i];
        for (bits += 8; bits >= 6; bits -= 6)
            tc_buf_byte(out, digits[held >> (bits - 6) & 63]);
    }
    if (bits > 0)
        tc_buf_byte(out, digits[held << (6 - bits) & 63]);
}

bool tc_base64_read(const char *text, struct tc_buf *out)
{
    size_t before = out->len;
    uint32_t held = 0;
    unsigned bits = 0;
    for (; *text != '\0'; text++) {
        const char *digit = strchr(digits, *text);
        if (digit == NULL)
            break;
        held = held << 6 | (uint32_t)(digit - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            tc_buf_byte(out, (char)(held >> bits & 0xff));
        }
    }
    if (*text == '\0' && bits < 6 && (held & ((1u << bits) - 1)) == 0)
        return true;
    tc_buf_cut(out, before);
    return false;
}
