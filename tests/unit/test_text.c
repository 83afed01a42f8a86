/* What a text may hold (protocol, limits): every rule against texts that keep and break it. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/text.h"

struct sample {
    const char *text;
    enum tc_text_rule rule;
    size_t max;
    bool fine;
};

static const struct sample samples[] = {
    {"Ann", TC_TEXT_LINE, 80, true},
    {"Ann of the climbers", TC_TEXT_LINE, 80, true},
    {"", TC_TEXT_LINE, 80, false},
    {" Ann", TC_TEXT_LINE, 80, false},
    {"Ann ", TC_TEXT_LINE, 80, false},
    {"Ann\u00a0", TC_TEXT_LINE, 80, false},
    {"\u2003"
     "Ann",
     TC_TEXT_LINE, 80, false},
    {"\u3000"
     "Ann",
     TC_TEXT_LINE, 80, false},
    {"An\nn", TC_TEXT_LINE, 80, false},
    {"An\tn", TC_TEXT_LINE, 80, false},
    {"An\x7fn", TC_TEXT_LINE, 80, false},
    {"An\xc2\x85"
     "n",
     TC_TEXT_LINE, 80, false},
    {"\u00e4\u00f6\u00fc", TC_TEXT_LINE, 3, true},
    {"\u00e4\u00f6\u00fc\u00df", TC_TEXT_LINE, 3, false},
    {"\U0001f9ed\U0001f9d7", TC_TEXT_LINE, 2, true},
    {"", TC_TEXT_BLOCK, 1000, true},
    {"two\nlines\tand a tab\n", TC_TEXT_BLOCK, 1000, true},
    {"carriage\rreturn", TC_TEXT_BLOCK, 1000, false},
    {"\x1b[1m", TC_TEXT_BLOCK, 1000, false},
    {"\xc2\x85", TC_TEXT_BLOCK, 1000, false},
    {"", TC_TEXT_ANY, 8000, false},
    {" \r\n\x01\x7f ", TC_TEXT_ANY, 8000, true},
    {"ab", TC_TEXT_ANY, 1, false},
    {"c17", TC_TEXT_PLAIN, 64, true},
    {" c 17 ", TC_TEXT_PLAIN, 64, true},
    {"", TC_TEXT_PLAIN, 64, false},
    {"c\n17", TC_TEXT_PLAIN, 64, false},
};

static void texts_are_judged_by_their_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *s = &samples[i];
        const char *fault = tc_text_fault(s->text, s->rule, s->max);
        if ((fault == NULL) != s->fine)
            fail_msg("sample %zu, \"%s\": %s", i, s->text, fault != NULL ? fault : "no fault");
    }
}

static void utf8_is_told_from_other_bytes(void **state)
{
    (void)state;
    static const char *const right[] = {"",
                                        "a",
                                        "\xc2\x80",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf"};
    static const char *const wrong[] = {
        "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xc2",
        "\xe0\x9f\xbf", "\xe2\x82",         "\xed\xa0\x80",     "\xf0\x8f\xbf\xbf",
        "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
        "a\xc2z"};
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
        assert_true(tc_utf8_valid(right[i], strlen(right[i])));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(tc_utf8_valid(wrong[i], strlen(wrong[i])));
}

static bool is_username(const char *text)
{
    char copy[64];
    snprintf(copy, sizeof(copy), "%s", text);
    return tc_text_fold_username(copy);
}

static void user_names_are_folded_and_judged(void **state)
{
    (void)state;
    char name[] = "Ann.B_2-c";
    assert_true(tc_text_fold_username(name));
    assert_string_equal(name, "ann.b_2-c");

    assert_true(is_username("ann"));
    assert_true(is_username("abcdefghijabcdefghijabcdefghij12"));
    assert_false(is_username("abcdefghijabcdefghijabcdefghij123"));
    assert_false(is_username("an"));
    assert_false(is_username("an n"));
    assert_false(is_username("\u00e4nn"));
    assert_false(is_username("@ann"));
    assert_false(is_username(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_judged_by_their_rule),
        cmocka_unit_test(utf8_is_told_from_other_bytes),
        cmocka_unit_test(user_names_are_folded_and_judged),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
