/* base64url: RFC 4648's own examples, and what must not be read. */

#include "tests/support/unit.h"

#include <string.h>

#include "shared/base/base64.h"
#include "shared/base/buf.h"

static const struct {
    const char *bytes, *text;
} examples[] = {
    {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"},
};

static void bytes_become_text_and_come_back(void **state)
{
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct tc_buf text = {0}, bytes = {0};
        tc_buf_text(&text, "");
        tc_base64_write(examples[i].bytes, strlen(examples[i].bytes), &text);
        assert_string_equal(text.data, examples[i].text);

        assert_true(tc_base64_read(text.data, &bytes));
        assert_int_equal(bytes.len, strlen(examples[i].bytes));
        if (bytes.len > 0)
            assert_memory_equal(bytes.data, examples[i].bytes, bytes.len);
        tc_buf_free(&text);
        tc_buf_free(&bytes);
    }
    (void)state;
}

static void every_byte_survives(void **state)
{
    char all[256];
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (char)i;
    struct tc_buf text = {0}, bytes = {0};
    tc_base64_write(all, sizeof(all), &text);
    assert_true(tc_base64_read(text.data, &bytes));
    assert_int_equal(bytes.len, sizeof(all));
    assert_memory_equal(bytes.data, all, sizeof(all));
    tc_buf_free(&text);
    tc_buf_free(&bytes);
    (void)state;
}

static void what_is_never_written_is_not_read(void **state)
{
    static const char *const others[] = {"Z",    "Zg==", "Zh",    "Zm9",
                                         "a+b/", "Zm 8", "Zm9vY", "\xc3\xa4"};
    struct tc_buf out = {0};
    tc_buf_text(&out, "kept");
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(tc_base64_read(others[i], &out));
        assert_string_equal(out.data, "kept");
    }
    tc_buf_free(&out);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_become_text_and_come_back),
        cmocka_unit_test(every_byte_survives),
        cmocka_unit_test(what_is_never_written_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
