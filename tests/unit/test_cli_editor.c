/* What keys do to the line that is typed. */

#include "tests/support/unit.h"

#include <string.h>

#include "cli/editor.h"

static enum editor_event type(struct editor *editor, const char *keys)
{
    enum editor_event event = EDITOR_GOES_ON;
    for (; *keys != '\0'; keys++)
        event = editor_byte(editor, (unsigned char)*keys);
    return event;
}

static void assert_typed(const char *keys, const char *text)
{
    struct editor editor = {0};
    assert_int_equal(type(&editor, keys), EDITOR_GOES_ON);
    assert_string_equal(editor.text.len > 0 ? editor.text.data : "", text);
    tc_buf_free(&editor.text);
}

static void text_is_typed_and_taken_back(void **state)
{
    (void)state;
    assert_typed("hello", "hello");
    assert_typed("hellp\x7fo", "hello");
    assert_typed("\x7f\x08", "");
    assert_typed("stra\xc3\x9f\x7f\xc3\x9f", "stra\xc3\x9f");
    assert_typed("\xf0\x9f\x90\xa6\x7f", "");
    assert_typed("one two  \x17", "one ");
    assert_typed("one two\x15three", "three");
}

static void other_keys_do_nothing(void **state)
{
    (void)state;
    assert_typed("a\x1b[Ab\x1b[1;5C\x1bOPc\x1b[3~d", "abcd");
    assert_typed("a\x01\x02"
                 "b",
                 "ab");
    assert_typed("\r\r", "");
    assert_typed("ab\x04", "ab");
}

static void a_line_ends_with_enter_and_the_talk_without_one(void **state)
{
    (void)state;
    struct editor editor = {0};
    assert_int_equal(type(&editor, "hello\r"), EDITOR_LINE);
    assert_string_equal(editor.text.data, "hello");
    assert_int_equal(type(&editor, "\x03"), EDITOR_END);
    tc_buf_clear(&editor.text);
    assert_int_equal(type(&editor, "\x04"), EDITOR_END);
    tc_buf_free(&editor.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_typed_and_taken_back),
        cmocka_unit_test(other_keys_do_nothing),
        cmocka_unit_test(a_line_ends_with_enter_and_the_talk_without_one),
    };
    return cmocka_run_group_tests_name("cli_editor", tests, NULL, NULL);
}
