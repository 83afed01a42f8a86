/* JSON written into a buffer, and read strictly without a tree. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/json.h"

static void what_is_written_is_json(void **state)
{
    (void)state;
    struct tc_buf out = {0};
    tc_json_object(&out, NULL);
    tc_json_text(&out, "text", "a\"b\\c\n\x01\u00e4");
    tc_json_int(&out, "int", -9007199254740991);
    tc_json_bool(&out, "yes", true);
    tc_json_time(&out, "at", 1795337783123);
    tc_json_array(&out, "list");
    tc_json_int(&out, NULL, 1);
    tc_json_object(&out, NULL);
    tc_json_end_object(&out);
    tc_json_raw(&out, NULL, "null", 4);
    tc_json_end_array(&out);
    tc_json_end_object(&out);
    assert_string_equal(out.data,
                        "{\"text\":\"a\\\"b\\\\c\\n\\u0001\u00e4\",\"int\":-9007199254740991,"
                        "\"yes\":true,\"at\":\"2026-11-22T08:56:23.123Z\",\"list\":[1,{},null]}");
    tc_buf_free(&out);
}

/* How a whole text is judged: 'f' fine, 't' tainted, 'm' malformed. */
static char judge(const char *json)
{
    struct tc_json_cursor in = tc_json_read(json, strlen(json));
    tc_json_skip(&in);
    if (in.malformed || !tc_json_at_end(&in))
        return 'm';
    return in.tainted ? 't' : 'f';
}

static const char *const fine[] = {
    "{}",
    "[]",
    "0",
    "-0",
    "1.5e+3",
    "\"\"",
    "true",
    " null ",
    "[1,2]",
    "{\"a\":{\"b\":[]}}",
    "\"\\u00e4\\ud83e\\udded\"",
    "\t\r\n[\n]\n",
};
static const char *const malformed[] = {
    "",
    "{",
    "}",
    "[",
    "[1,]",
    "{\"a\"}",
    "{\"a\":}",
    "{a:1}",
    "{\"a\":1,}",
    "01",
    "+1",
    "1.",
    ".5",
    "1e",
    "-",
    "nul",
    "truee",
    "'a'",
    "\"a",
    "\"\n\"",
    "\"\\x\"",
    "\"\\u12\"",
    "1 2",
    "[1 2]",
    "{\"a\":1 \"b\":2}",
    "\xef\xbb\xbf{}",
    "NaN",
    "Infinity",
    "[1],",
    "\f[]",
};
static const char *const tainted[] = {
    "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "{\"\\u0000\":1}",
};

static void only_json_is_taken_for_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        if (judge(fine[i]) != 'f')
            fail_msg("%s is %c", fine[i], judge(fine[i]));
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
        if (judge(malformed[i]) != 'm')
            fail_msg("%s is %c", malformed[i], judge(malformed[i]));
    for (size_t i = 0; i < sizeof(tainted) / sizeof(tainted[0]); i++)
        if (judge(tainted[i]) != 't')
            fail_msg("%s is %c", tainted[i], judge(tainted[i]));
}

static char judge_nested(size_t depth)
{
    char json[300];
    memset(json, '[', depth);
    memset(json + depth, ']', depth);
    json[2 * depth] = '\0';
    return judge(json);
}

static void nesting_has_a_bound(void **state)
{
    (void)state;
    assert_int_equal(judge_nested(TC_JSON_DEPTH), 'f');
    assert_int_equal(judge_nested(TC_JSON_DEPTH + 1), 't');
    assert_int_equal(judge_nested(140), 't');
}

static void deep_malformed_json_does_not_reach_the_stack(void **state)
{
    (void)state;
    struct tc_buf json = {0};
    for (int i = 0; i < 100000; i++)
        tc_buf_byte(&json, '[');
    assert_int_equal(judge(json.data), 'm');
    tc_buf_free(&json);
}

static void an_object_is_walked_key_by_key(void **state)
{
    (void)state;
    const char *json = " {\"type\" : \"a\\u00e4\\/\", \"skip\":[{\"type\":1}], \"id\":\"7\"} ";
    struct tc_json_cursor in = tc_json_read(json, strlen(json));
    char key[16];
    char value[16];

    assert_int_equal(tc_json_peek(&in), '{');
    assert_true(tc_json_enter(&in));
    assert_true(tc_json_key(&in, true, key, sizeof(key)));
    assert_string_equal(key, "type");
    assert_int_equal(tc_json_peek(&in), '"');
    assert_true(tc_json_string(&in, value, sizeof(value)));
    assert_string_equal(value, "a\u00e4/");
    assert_true(tc_json_key(&in, false, key, sizeof(key)));
    tc_json_skip(&in);
    assert_true(tc_json_key(&in, false, key, sizeof(key)));
    assert_string_equal(key, "id");
    assert_true(tc_json_string(&in, value, sizeof(value)));
    assert_string_equal(value, "7");
    assert_false(tc_json_key(&in, false, key, sizeof(key)));
    assert_false(in.malformed);
    assert_true(tc_json_at_end(&in));
}

static void an_array_is_walked_element_by_element(void **state)
{
    (void)state;
    const char *json = "[\"a\" , {\"b\":[]}, \"c\"]";
    char value[4];
    struct tc_json_cursor in = tc_json_read(json, strlen(json));
    assert_true(tc_json_enter_array(&in));
    assert_true(tc_json_element(&in, true));
    assert_true(tc_json_string(&in, value, sizeof(value)));
    assert_string_equal(value, "a");
    assert_true(tc_json_element(&in, false));
    tc_json_skip(&in);
    assert_true(tc_json_element(&in, false));
    assert_true(tc_json_string(&in, value, sizeof(value)));
    assert_string_equal(value, "c");
    assert_false(tc_json_element(&in, false));
    assert_true(tc_json_at_end(&in));

    in = tc_json_read("[]", 2);
    assert_true(tc_json_enter_array(&in));
    assert_false(tc_json_element(&in, true));
    assert_true(tc_json_at_end(&in));

    in = tc_json_read("[1", 2);
    assert_true(tc_json_enter_array(&in));
    assert_true(tc_json_element(&in, true));
    tc_json_skip(&in);
    assert_false(tc_json_element(&in, false));
    assert_true(in.malformed);
}

static void a_string_that_does_not_fit_is_left_out(void **state)
{
    (void)state;
    const char *json = "\"four\"";
    char four[5];
    char three[4];

    struct tc_json_cursor in = tc_json_read(json, strlen(json));
    assert_true(tc_json_string(&in, four, sizeof(four)));
    assert_string_equal(four, "four");

    in = tc_json_read(json, strlen(json));
    assert_false(tc_json_string(&in, three, sizeof(three)));
    assert_string_equal(three, "");
    assert_false(in.malformed);
    assert_true(tc_json_at_end(&in));
}

static void every_prefix_of_json_is_malformed(void **state)
{
    (void)state;
    const char *json = "{\"a\":[1.5e3,true,\"\\ud83e\\udded\",null],\"b\":{}}";
    for (size_t len = 0; len < strlen(json); len++) {
        struct tc_json_cursor in = tc_json_read(json, len);
        tc_json_skip(&in);
        assert_true(in.malformed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_json),
        cmocka_unit_test(only_json_is_taken_for_json),
        cmocka_unit_test(nesting_has_a_bound),
        cmocka_unit_test(deep_malformed_json_does_not_reach_the_stack),
        cmocka_unit_test(an_object_is_walked_key_by_key),
        cmocka_unit_test(an_array_is_walked_element_by_element),
        cmocka_unit_test(a_string_that_does_not_fit_is_left_out),
        cmocka_unit_test(every_prefix_of_json_is_malformed),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
