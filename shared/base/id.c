/* UUIDs: version 7 for all that we name, RFC 9562. */

#include "shared/base/id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "shared/base/clock.h"

static bool is_dash_place(int i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

void tc_random(void *out, uint32_t size)
{
    uint8_t *at = out;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0) {
            at += got;
            size -= (uint32_t)got;
        }
    }
}

void tc_id_unpack(const uint8_t bytes[TC_ID_BYTES], char out[TC_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    int at = 0;
    for (int i = 0; i < TC_ID_BYTES; i++) {
        if (is_dash_place(at))
            out[at++] = '-';
        out[at++] = digits[bytes[i] >> 4];
        out[at++] = digits[bytes[i] & 15];
    }
    out[at] = '\0';
}

void tc_id_pack(const char *text, uint8_t out[TC_ID_BYTES])
{
    int at = 0;
    for (int i = 0; i < TC_ID_BYTES; i++) {
        if (is_dash_place(at))
            at++;
        out[i] = (uint8_t)((unsigned)hex_value(text[at]) << 4 | (unsigned)hex_value(text[at + 1]));
        at += 2;
    }
}

void tc_id_compose(int64_t ms, const uint8_t random[10], char out[TC_ID_SIZE])
{
    uint8_t bytes[TC_ID_BYTES];
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)((uint64_t)ms >> (40 - 8 * i));
    memcpy(bytes + 6, random, 10);
    bytes[6] = (uint8_t)(0x70 | (bytes[6] & 0x0f));
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3f));
    tc_id_unpack(bytes, out);
}

/* The 12 bits behind the milliseconds are the fraction of the present one (RFC 9562, 6.2,
 * method 3), the other 62 are random. */
void tc_id_make(char out[TC_ID_SIZE])
{
    uint8_t random[10];
    tc_random(random, sizeof(random));
    int64_t us = tc_now_us();
    int64_t fraction = us % 1000 * 4096 / 1000;
    random[0] = (uint8_t)(fraction >> 8);
    random[1] = (uint8_t)fraction;
    tc_id_compose(us / 1000, random, out);
}

bool tc_id_is_valid(const char *text)
{
    for (int i = 0; i < TC_ID_SIZE - 1; i++)
        if (is_dash_place(i) ? text[i] != '-' : hex_value(text[i]) < 0)
            return false;
    return text[TC_ID_SIZE - 1] == '\0';
}

bool tc_id_is_v7(const char *text)
{
    return tc_id_is_valid(text) && text[14] == '7' && strchr("89ab", text[19]) != NULL;
}

int64_t tc_id_time_ms(const char *text)
{
    uint8_t bytes[TC_ID_BYTES];
    tc_id_pack(text, bytes);
    int64_t ms = 0;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | bytes[i];
    return ms;
}
