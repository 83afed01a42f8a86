/* The rules for text that people type: protocol §6. Pure. */

#include "shared/base/text.h"

#include <stdint.h>
#include <string.h>

/* The code point at *at, which moves behind it; the text is valid UTF-8. */
static uint32_t next_point(const char **at)
{
    const unsigned char *s = (const unsigned char *)*at;
    if (s[0] < 0x80) {
        *at += 1;
        return s[0];
    }
    int more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : 1;
    uint32_t point = s[0] & (0x3fu >> more);
    for (int i = 1; i <= more; i++)
        point = point << 6 | (s[i] & 0x3fu);
    *at += more + 1;
    return point;
}

static bool is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

/* Unicode's White_Space property (PropList.txt). */
static bool is_space(uint32_t point)
{
    return (point >= 0x09 && point <= 0x0d) || point == 0x20 || point == 0x85 || point == 0xa0 ||
           point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
           point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000;
}

static bool may_hold(enum tc_text_rule rule, uint32_t point)
{
    if (rule == TC_TEXT_ANY || !is_control(point))
        return true;
    return rule == TC_TEXT_BLOCK && (point == '\n' || point == '\t');
}

const char *tc_text_fault(const char *text, enum tc_text_rule rule, size_t max)
{
    if (text[0] == '\0')
        return rule == TC_TEXT_BLOCK ? NULL : "may not be empty";

    const char *at = text;
    size_t count = 0;
    bool space_first = false, space_last = false;
    while (*at != '\0') {
        uint32_t point = next_point(&at);
        if (!may_hold(rule, point))
            return "may not hold control characters";
        space_last = is_space(point);
        if (count == 0)
            space_first = space_last;
        count++;
    }
    if (count > max)
        return "is too long";
    if (rule == TC_TEXT_LINE && (space_first || space_last))
        return "may neither begin nor end with white space";
    return NULL;
}

/* How many continuation bytes follow a lead byte, and the range of the first of them (RFC 3629 §4).
 */
static int sequence(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 1;
    if (lead >= 0xe0 && lead <= 0xef) {
        if (lead == 0xe0)
            *low = 0xa0;
        if (lead == 0xed)
            *high = 0x9f;
        return 2;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        if (lead == 0xf0)
            *low = 0x90;
        if (lead == 0xf4)
            *high = 0x8f;
        return 3;
    }
    return -1;
}

bool tc_utf8_valid(const char *bytes, size_t len)
{
    const unsigned char *s = (const unsigned char *)bytes;
    for (size_t i = 0; i < len;) {
        unsigned char low, high;
        if (s[i] < 0x80) {
            i++;
            continue;
        }
        int more = sequence(s[i], &low, &high);
        if (more < 0 || len - i <= (size_t)more || s[i + 1] < low || s[i + 1] > high)
            return false;
        for (int k = 2; k <= more; k++)
            if ((s[i + (size_t)k] & 0xc0) != 0x80)
                return false;
        i += (size_t)more + 1;
    }
    return true;
}

bool tc_text_fold_username(char *text)
{
    size_t len = 0;
    for (; text[len] != '\0'; len++) {
        char *c = &text[len];
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && strchr("_.-", *c) == NULL)
            return false;
    }
    return len >= 3 && len <= 32;
}
