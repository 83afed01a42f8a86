/* The growing buffer. */

#include "tests/support/unit.h"

#include <string.h>

#include "shared/base/buf.h"

static void what_is_appended_is_there_with_a_nul_behind_it(void **state)
{
    (void)state;
    struct tc_buf buf = {0};
    tc_buf_text(&buf, "ab");
    tc_buf_byte(&buf, 'c');
    tc_buf_append(&buf, "d\0e", 3);
    tc_buf_printf(&buf, "%d-%s", 42, "x");
    assert_int_equal(buf.len, 10);
    assert_memory_equal(buf.data, "abcd\0e42-x", 11);
    tc_buf_free(&buf);
}

static void it_grows_far(void **state)
{
    (void)state;
    struct tc_buf buf = {0};
    for (int i = 0; i < 100000; i++)
        tc_buf_printf(&buf, "%06d", i);
    assert_int_equal(buf.len, 600000);
    assert_string_equal(buf.data + buf.len - 6, "099999");
    tc_buf_free(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
}

static void it_is_cut_and_cleared(void **state)
{
    (void)state;
    struct tc_buf buf = {0};
    tc_buf_text(&buf, "one two");
    tc_buf_cut(&buf, 3);
    assert_string_equal(buf.data, "one");
    tc_buf_clear(&buf);
    assert_int_equal(buf.len, 0);
    tc_buf_text(&buf, "three");
    assert_string_equal(buf.data, "three");
    tc_buf_free(&buf);
}

static void reserved_room_may_be_written(void **state)
{
    (void)state;
    struct tc_buf buf = {0};
    tc_buf_reserve(&buf, 5000);
    memset(buf.data + buf.len, 'x', 5000);
    buf.len += 5000;
    tc_buf_byte(&buf, 'y');
    assert_int_equal(buf.data[5000], 'y');
    tc_buf_free(&buf);
}

static void numbers_are_written_in_decimal(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        const char *text;
    } rows[] = {
        {0, "0"},
        {7, "7"},
        {-10, "-10"},
        {1234567890123, "1234567890123"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct tc_buf buf = {0};
        tc_buf_int(&buf, rows[i].number);
        assert_string_equal(buf.data, rows[i].text);
        tc_buf_free(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_is_there_with_a_nul_behind_it),
        cmocka_unit_test(it_grows_far),
        cmocka_unit_test(it_is_cut_and_cleared),
        cmocka_unit_test(reserved_room_may_be_written),
        cmocka_unit_test(numbers_are_written_in_decimal),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
