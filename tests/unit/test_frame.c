/* The frame parser and encoder. Every stream of the table is read whole, byte by byte, and cut in
 * two at every place, and must tell the same story each time. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/frame.h"
#include "shared/base/buf.h"
#include "shared/base/mem.h"

enum { LIMIT = 1000, FIN = 0x80, PIECES_MAX = 6 };

/* ---- What a client sends ---- */

enum flaw { NO_FLAW, UNMASKED, LONG_16, LONG_64, TOP_BIT };

struct piece {
    unsigned char first; /* FIN, reserved bits, opcode */
    const char *payload;
    size_t size;
    enum flaw flaw;
};

#define P(first, text)                                                                             \
    {                                                                                              \
        first, text, sizeof(text) - 1, NO_FLAW                                                     \
    }
#define FLAWED(first, text, flaw)                                                                  \
    {                                                                                              \
        first, text, sizeof(text) - 1, flaw                                                        \
    }
#define REPEATED(first, size)                                                                      \
    {                                                                                              \
        first, NULL, size, NO_FLAW                                                                 \
    }

static void put_number(struct tc_buf *out, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        tc_buf_byte(out, (char)(value >> (8 * i)));
}

static void put_length(struct tc_buf *out, const struct piece *piece)
{
    char masked = piece->flaw == UNMASKED ? 0 : (char)0x80;
    if (piece->flaw == LONG_64 || piece->flaw == TOP_BIT || piece->size > UINT16_MAX) {
        tc_buf_byte(out, (char)(masked | 127));
        put_number(out, piece->size | (piece->flaw == TOP_BIT ? 1ull << 63 : 0), 8);
    } else if (piece->flaw == LONG_16 || piece->size > 125) {
        tc_buf_byte(out, (char)(masked | 126));
        put_number(out, piece->size, 2);
    } else {
        tc_buf_byte(out, (char)(masked | (char)piece->size));
    }
}

static void put_piece(struct tc_buf *out, const struct piece *piece)
{
    static const char mask[] = {0x37, (char)0xFA, 0x21, 0x3D};
    tc_buf_byte(out, (char)piece->first);
    put_length(out, piece);
    if (piece->flaw != UNMASKED)
        tc_buf_append(out, mask, sizeof mask);
    for (size_t i = 0; i < piece->size; i++) {
        char c = piece->payload ? piece->payload[i] : 'x';
        tc_buf_byte(out, piece->flaw == UNMASKED ? c : (char)(c ^ mask[i % 4]));
    }
}

/* ---- What the parser makes of it, as a line ---- */

static void tell_message(struct tc_buf *story, const struct frame_event *event)
{
    tc_buf_text(story, event->opcode == FRAME_TEXT ? "text" : "binary");
    if (event->size > 40)
        tc_buf_printf(story, "(%zu)", event->size);
    else
        tc_buf_printf(story, ":%.*s", (int)event->size, (const char *)event->data);
}

static void tell_control(struct tc_buf *story, const struct frame_event *event)
{
    if (event->opcode == FRAME_CLOSE)
        tc_buf_printf(story, "close:%d", event->code);
    else
        tc_buf_printf(story, "%s(%zu)", event->opcode == FRAME_PING ? "ping" : "pong", event->size);
}

static void tell(struct tc_buf *story, const struct frame_event *event)
{
    if (event->type == FRAME_MESSAGE)
        tell_message(story, event);
    else if (event->type == FRAME_CONTROL)
        tell_control(story, event);
    else
        tc_buf_printf(story, "fail:%d", event->code);
    tc_buf_byte(story, ' ');
}

/* Gives the parser a copy of its own size, so that a sanitizer sees every byte read beyond. */
static void feed(struct frame_parser *parser, const char *bytes, size_t size, struct tc_buf *story)
{
    unsigned char *copy = malloc(size ? size : 1), *data = copy;
    memcpy(copy, bytes, size);
    struct frame_event event;
    for (;;) {
        frame_parse(parser, &data, &size, &event);
        if (event.type == FRAME_NEEDS_MORE)
            break;
        tell(story, &event);
    }
    assert_int_equal(size, 0);
    free(copy);
}

static void check_story(const struct tc_buf *bytes, size_t cut, size_t step, const char *expected)
{
    struct frame_parser parser = {.message_limit = LIMIT};
    struct tc_buf story = {0};
    tc_buf_text(&story, "");
    feed(&parser, bytes->data, cut, &story);
    for (size_t at = cut; at < bytes->len; at += step)
        feed(&parser, bytes->data + at, step < bytes->len - at ? step : bytes->len - at, &story);
    if (strcmp(story.data, expected) != 0)
        fail_msg("cut at %zu, then by %zu: \"%s\", not \"%s\"", cut, step, story.data, expected);
    tc_buf_free(&story);
    frame_parser_done(&parser);
}

static const struct stream {
    const char *story;
    struct piece pieces[PIECES_MAX];
} streams[] = {
    {"text:Hello ", {P(FIN | 1, "Hello")}},
    {"text: ", {P(FIN | 1, "")}},
    {"binary:ab ", {P(FIN | 2, "ab")}},
    {"text:one binary:two ", {P(FIN | 1, "one"), P(FIN | 2, "two")}},
    {"text(125) ", {REPEATED(FIN | 1, 125)}},
    {"text(126) ", {REPEATED(FIN | 1, 126)}},
    {"binary(127) ", {REPEATED(FIN | 2, 127)}},
    {"text(1000) ", {REPEATED(FIN | 1, 1000)}},

    /* fragments, and control frames between them */
    {"text:Hello ", {P(1, "Hel"), P(FIN, "lo")}},
    {"text:Hello text:x ", {P(1, ""), P(0, "Hello"), P(FIN, ""), P(FIN | 1, "x")}},
    {"text: ", {P(1, ""), P(0, ""), P(FIN, "")}},
    {"binary:abc ", {P(2, "a"), P(0, "b"), P(FIN, "c")}},
    {"ping(2) text:ab ", {P(1, "a"), P(FIN | 9, "hi"), P(FIN, "b")}},
    {"ping(0) pong(3) text:ab ", {P(1, "a"), P(FIN | 9, ""), P(FIN | 10, "abc"), P(FIN, "b")}},
    {"close:1000 ", {P(1, "a"), P(FIN | 8, "\x03\xE8")}},
    {"text(1000) ", {REPEATED(1, 500), REPEATED(FIN, 500)}},

    /* control frames */
    {"ping(0) ", {P(FIN | 9, "")}},
    {"ping(125) ", {REPEATED(FIN | 9, 125)}},
    {"fail:1002 ", {REPEATED(FIN | 9, 126)}},
    {"fail:1002 ", {P(9, "a")}},
    {"pong(1) ", {P(FIN | 10, "a")}},
    {"fail:1002 ", {REPEATED(FIN | 8, 126)}},
    {"fail:1002 ", {FLAWED(FIN | 9, "abc", LONG_16)}},

    /* closing */
    {"close:1005 ", {P(FIN | 8, "")}},
    {"close:1000 ", {P(FIN | 8, "\x03\xE8"), P(FIN | 1, "nothing follows a close")}},
    {"close:4999 ", {P(FIN | 8, "\x13\x87why \xC3\xA4")}},
    {"fail:1002 ", {P(FIN | 8, "\x03")}},
    {"fail:1007 ", {P(FIN | 8, "\x03\xE8\xC3")}},
    {"fail:1007 ", {P(FIN | 8, "\x03\xE8\xC0\x80")}},

    /* what no client may send */
    {"fail:1002 ", {P(FIN | 0x40 | 1, "a")}},
    {"fail:1002 ", {P(FIN | 0x20 | 1, "a")}},
    {"fail:1002 ", {P(FIN | 0x10 | 1, "a")}},
    {"fail:1002 ", {P(FIN | 3, "a")}},
    {"fail:1002 ", {P(FIN | 7, "a")}},
    {"fail:1002 ", {P(FIN | 11, "a")}},
    {"fail:1002 ", {P(FIN | 15, "a")}},
    {"fail:1002 ", {FLAWED(FIN | 1, "a", UNMASKED)}},
    {"fail:1002 ", {FLAWED(FIN | 1, "a", LONG_16)}},
    {"fail:1002 ", {FLAWED(FIN | 1, "a", LONG_64)}},
    {"fail:1002 ", {FLAWED(FIN | 2, "a", TOP_BIT)}},
    {"fail:1002 ", {P(FIN, "continues nothing")}},
    {"fail:1002 ", {P(0, "continues nothing")}},
    {"text:a fail:1002 ", {P(FIN | 1, "a"), P(FIN, "b")}},
    {"fail:1002 ", {P(1, "a"), P(FIN | 1, "b")}},
    {"fail:1002 ", {P(1, "a"), P(2, "b")}},

    /* too big, in one and in many */
    {"fail:1009 ", {REPEATED(FIN | 1, 1001)}},
    {"fail:1009 ", {REPEATED(FIN | 2, 70000)}},
    {"fail:1009 ", {REPEATED(1, 600), REPEATED(FIN, 401)}},
    {"ping(1) fail:1009 ", {REPEATED(1, 999), P(FIN | 9, "a"), P(FIN, "ab")}},

    /* UTF-8 */
    {"text:K\xC3\xB6ln \xF0\x9F\x98\x80 ", {P(FIN | 1, "K\xC3\xB6ln \xF0\x9F\x98\x80")}},
    {"text:K\xC3\xB6ln ", {P(1, "K\xC3"), P(FIN, "\xB6ln")}},
    {"ping(0) text:\xF0\x9F\x98\x80 ",
     {P(1, "\xF0\x9F"), P(FIN | 9, ""), P(0, "\x98"), P(FIN, "\x80")}},
    {"fail:1007 ", {P(FIN | 1, "ab\xC3")}},
    {"fail:1007 ", {P(1, "ab\xC3"), P(FIN, "")}},
    {"fail:1007 ", {P(1, "\xCE\xBA\xF4"), P(0, "\x90"), P(FIN, "\x80\x80")}},
    {"fail:1007 ", {P(FIN | 1, "0123456789abcdef\xFF")}},
    {"fail:1007 ", {P(1, "\xED\xA0"), P(FIN, "\x80")}},
    {"binary:\xFF\xC3 ", {P(FIN | 2, "\xFF\xC3")}},
    {"text:a text:\xC3\xA4 ", {P(FIN | 1, "a"), P(FIN | 1, "\xC3\xA4")}},
};

static void a_stream_tells_the_same_story_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < TC_COUNT(streams); i++) {
        struct tc_buf bytes = {0};
        for (const struct piece *piece = streams[i].pieces; piece->first || piece->payload; piece++)
            put_piece(&bytes, piece);
        check_story(&bytes, bytes.len, 1, streams[i].story);
        check_story(&bytes, 0, 1, streams[i].story);
        check_story(&bytes, 0, 3, streams[i].story);
        for (size_t cut = 1; cut < bytes.len && cut < 2000; cut++)
            check_story(&bytes, cut, bytes.len, streams[i].story);
        tc_buf_free(&bytes);
    }
}

/* ---- Closing codes ---- */

static bool may_be_sent(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static void only_codes_that_may_be_sent_close_well(void **state)
{
    (void)state;
    for (unsigned code = 0; code <= 6000; code++) {
        char payload[] = {(char)(code >> 8), (char)code}, expected[32];
        struct piece piece = {FIN | 8, payload, sizeof payload, NO_FLAW};
        struct tc_buf bytes = {0};
        put_piece(&bytes, &piece);
        if (may_be_sent(code))
            snprintf(expected, sizeof expected, "close:%u ", code);
        else
            snprintf(expected, sizeof expected, "fail:1002 ");
        check_story(&bytes, bytes.len, 1, expected);
        tc_buf_free(&bytes);
    }
}

/* ---- As early as it is known ---- */

static size_t bytes_until_failure(const struct tc_buf *bytes, uint16_t code)
{
    struct frame_parser parser = {.message_limit = LIMIT};
    struct frame_event event = {0};
    size_t at = 0;
    while (event.type != FRAME_FAILED && at < bytes->len) {
        unsigned char *data = (unsigned char *)bytes->data + at++;
        size_t size = 1;
        frame_parse(&parser, &data, &size, &event);
    }
    assert_int_equal(event.code, code);
    frame_parser_done(&parser);
    return at;
}

static void bad_utf8_fails_at_the_byte_that_makes_it_bad(void **state)
{
    (void)state;
    struct piece piece = P(FIN | 1, "ab\xF4\x90 and a long rest that need not come");
    struct tc_buf bytes = {0};
    put_piece(&bytes, &piece);
    assert_int_equal(bytes_until_failure(&bytes, 1007), 6 + 4);
    tc_buf_free(&bytes);
}

static void too_big_fails_at_the_header(void **state)
{
    (void)state;
    struct piece piece = REPEATED(FIN | 1, 1001);
    struct tc_buf bytes = {0};
    put_piece(&bytes, &piece);
    assert_int_equal(bytes_until_failure(&bytes, 1009), 8);
    tc_buf_free(&bytes);
}

/* ---- Memory ---- */

static void a_whole_message_is_not_copied(void **state)
{
    (void)state;
    struct piece piece = P(FIN | 1, "Hello");
    struct frame_parser parser = {.message_limit = LIMIT};
    struct frame_event event;
    struct tc_buf bytes = {0};
    put_piece(&bytes, &piece);
    unsigned char *data = (unsigned char *)bytes.data;
    size_t size = bytes.len;
    frame_parse(&parser, &data, &size, &event);
    assert_ptr_equal(event.data, bytes.data + 6);
    assert_null(parser.message);
    tc_buf_free(&bytes);
}

static void memory_is_held_only_while_a_message_comes_in_parts(void **state)
{
    (void)state;
    struct piece piece = REPEATED(FIN | 1, 1000);
    struct frame_parser parser = {.message_limit = LIMIT};
    struct frame_event event;
    struct tc_buf bytes = {0};
    put_piece(&bytes, &piece);
    unsigned char *data = (unsigned char *)bytes.data;
    size_t size = 300, rest = bytes.len - size;
    frame_parse(&parser, &data, &size, &event);
    assert_non_null(parser.message);
    assert_true(parser.message_capacity <= 300);
    frame_parse(&parser, &data, &rest, &event);
    assert_int_equal(event.size, 1000);
    frame_parse(&parser, &data, &rest, &event);
    assert_int_equal(event.type, FRAME_NEEDS_MORE);
    assert_null(parser.message);
    tc_buf_free(&bytes);
}

/* ---- Making frames ---- */

static void a_frame_has_the_shortest_header(void **state)
{
    (void)state;
    static const struct {
        size_t size, header_size;
        unsigned char header[10];
    } rows[] = {
        {0, 2, {0x81, 0}},
        {125, 2, {0x81, 125}},
        {126, 4, {0x81, 126, 0, 126}},
        {65535, 4, {0x81, 126, 0xFF, 0xFF}},
        {65536, 10, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}},
    };
    char *payload = tc_alloc(65536);
    for (size_t i = 0; i < TC_COUNT(rows); i++) {
        struct frame *frame = frame_create(FRAME_TEXT, payload, rows[i].size);
        assert_int_equal(frame->size, rows[i].size + rows[i].header_size);
        assert_memory_equal(frame->bytes, rows[i].header, rows[i].header_size);
        frame_unref(&frame);
    }
    free(payload);
}

static void a_close_frame_has_its_code(void **state)
{
    (void)state;
    struct frame *frame = frame_create_close(4001), *empty = frame_create_close(1005);
    assert_int_equal(frame->size, 4);
    assert_memory_equal(frame->bytes, "\x88\x02\x0F\xA1", 4);
    assert_int_equal(empty->size, 2);
    frame_unref(&frame);
    frame_unref(&empty);
}

static void a_frame_lives_as_long_as_somebody_holds_it(void **state)
{
    (void)state;
    struct frame *one = frame_create(FRAME_BINARY, "ab", 2), *two = frame_ref(one);
    frame_unref(&one);
    assert_null(one);
    assert_int_equal(two->references, 1);
    frame_unref(&two);
    frame_unref(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_tells_the_same_story_however_it_is_cut),
        cmocka_unit_test(only_codes_that_may_be_sent_close_well),
        cmocka_unit_test(bad_utf8_fails_at_the_byte_that_makes_it_bad),
        cmocka_unit_test(too_big_fails_at_the_header),
        cmocka_unit_test(a_whole_message_is_not_copied),
        cmocka_unit_test(memory_is_held_only_while_a_message_comes_in_parts),
        cmocka_unit_test(a_frame_has_the_shortest_header),
        cmocka_unit_test(a_close_frame_has_its_code),
        cmocka_unit_test(a_frame_lives_as_long_as_somebody_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
