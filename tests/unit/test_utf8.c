/* The check that goes on from piece to piece, against table 3-7 of the Unicode standard. */

#include "tests/support/unit.h"

#include "edge/utf8.h"
#include "shared/base/mem.h"

struct row {
    size_t size;
    unsigned char bounds[8]; /* lowest and highest of each byte */
};

static const struct row rows[] = {
    {1, {0x00, 0x7F}},
    {2, {0xC2, 0xDF, 0x80, 0xBF}},
    {3, {0xE0, 0xE0, 0xA0, 0xBF, 0x80, 0xBF}},
    {3, {0xE1, 0xEC, 0x80, 0xBF, 0x80, 0xBF}},
    {3, {0xED, 0xED, 0x80, 0x9F, 0x80, 0xBF}},
    {3, {0xEE, 0xEF, 0x80, 0xBF, 0x80, 0xBF}},
    {4, {0xF0, 0xF0, 0x90, 0xBF, 0x80, 0xBF, 0x80, 0xBF}},
    {4, {0xF1, 0xF3, 0x80, 0xBF, 0x80, 0xBF, 0x80, 0xBF}},
    {4, {0xF4, 0xF4, 0x80, 0x8F, 0x80, 0xBF, 0x80, 0xBF}},
};

/* How far the row goes along with the bytes. */
static size_t follow(const struct row *row, const unsigned char *b, size_t size)
{
    size_t at = 0;
    while (at < row->size && at < size && b[at] >= row->bounds[2 * at] &&
           b[at] <= row->bounds[2 * at + 1])
        at++;
    return at;
}

enum verdict { BAD, BEGUN, WHOLE };

static enum verdict by_the_table(const unsigned char *b, size_t size)
{
    enum verdict verdict = size == 0 ? WHOLE : BAD;
    for (size_t i = 0; i < TC_COUNT(rows); i++) {
        size_t at = follow(&rows[i], b, size);
        if (at == rows[i].size)
            return by_the_table(b + at, size - at);
        if (at == size && size > 0)
            verdict = BEGUN;
    }
    return verdict;
}

static enum verdict by_us(const unsigned char *b, size_t size, size_t cut)
{
    uint8_t state = UTF8_COMPLETE;
    if (!utf8_check(&state, b, cut) || !utf8_check(&state, b + cut, size - cut))
        return BAD;
    return state == UTF8_COMPLETE ? WHOLE : BEGUN;
}

static void check(const unsigned char *b, size_t size)
{
    for (size_t cut = 0; cut <= size; cut++)
        if (by_us(b, size, cut) != by_the_table(b, size))
            fail_msg("%02x %02x %02x %02x: %zu bytes, cut at %zu", b[0], b[1], b[2], b[3], size,
                     cut);
}

static void four_bytes_at_every_edge(void **state)
{
    (void)state;
    static const unsigned char tails[] = {0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0};
    for (unsigned first = 0; first <= 0xFF; first++) {
        for (unsigned i = 0; i < 512; i++) {
            unsigned char b[4] = {(unsigned char)first, tails[i % 8], tails[i / 8 % 8],
                                  tails[i / 64]};
            for (size_t size = 0; size <= 4; size++)
                check(b, size);
        }
    }
}

/* The words in which ASCII is skipped must not skip what is between them. */
static void one_bad_byte_anywhere_in_ascii(void **state)
{
    (void)state;
    unsigned char text[40];
    for (size_t size = 1; size <= sizeof text; size++) {
        for (size_t at = 0; at < size; at++) {
            for (size_t i = 0; i < size; i++)
                text[i] = i == at ? 0xFF : 'a';
            assert_int_equal(by_us(text, size, 0), BAD);
            text[at] = 'b';
            assert_int_equal(by_us(text, size, at), WHOLE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_bytes_at_every_edge),
        cmocka_unit_test(one_bad_byte_anywhere_in_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
