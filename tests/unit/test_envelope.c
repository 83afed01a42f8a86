/* The envelope of client messages: what is read off it, and what is refused. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/bus/envelope.h"

#define ID "0190b5a0-0000-7000-8000-000000000001"

static enum tc_status read_text(const char *frame, struct tc_envelope *out)
{
    const char *fault = NULL;
    enum tc_status status = tc_envelope_read(frame, strlen(frame), out, &fault);
    assert_int_equal(status == TC_OK, fault == NULL);
    return status;
}

static void reads_all_members_in_any_order(void **state)
{
    (void)state;
    struct tc_envelope out;
    assert_int_equal(read_text(" {\"data\":{\"x\":[1,{}],\"conversation_id\":\"" ID
                               "\"},\"more\":null,\"id\":\"c1\",\"type\":\"message\\/create\"} ",
                               &out),
                     TC_OK);
    assert_string_equal(out.type, "message/create");
    assert_string_equal(out.id, "c1");
    assert_string_equal(out.conversation_id, ID);
    assert_true(out.has_data);
    assert_false(out.tainted);
}

static void a_conversation_id_that_is_no_id_is_none(void **state)
{
    (void)state;
    static const char *const ids[] = {"\"*\"",
                                      "\"a.b\"",
                                      "1",
                                      "null",
                                      "{}",
                                      "\"" ID "0\"",
                                      "\"0190B5A0-0000-7000-8000-000000000001\""};
    for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
        char frame[200];
        snprintf(frame, sizeof(frame), "{\"type\":\"t\",\"data\":{\"conversation_id\":%s}}",
                 ids[i]);
        struct tc_envelope out;
        assert_int_equal(read_text(frame, &out), TC_OK);
        assert_string_equal(out.conversation_id, "");
    }
}

static void the_first_conversation_id_counts_as_it_does_for_cjson(void **state)
{
    (void)state;
    struct tc_envelope out;
    assert_int_equal(read_text("{\"type\":\"t\",\"data\":{\"conversation_id\":1,"
                               "\"conversation_id\":\"" ID "\"}}",
                               &out),
                     TC_OK);
    assert_string_equal(out.conversation_id, "");
}

static void bad_envelopes_are_refused_with_the_id_that_could_be_read(void **state)
{
    (void)state;
    static const struct {
        const char *frame, *id;
    } rows[] = {
        {"", ""},
        {"[]", ""},
        {"\"x\"", ""},
        {"{\"type\":\"t\",\"id\":\"c\"", ""},
        {"{\"type\":\"t\",\"id\":\"c\"}x", ""},
        {"{\"type\":\"t\",}", ""},
        {"{\"type\":\"t\",\"n\":01}", ""},
        {"{\"type\":\"t\",\"n\":\"\t\"}", ""},
        {"{\"id\":\"c\",\"data\":{}}", "c"},
        {"{\"type\":1,\"id\":\"c\",\"data\":{}}", "c"},
        {"{\"type\":\"t\",\"id\":\"c\",\"data\":[]}", "c"},
        {"{\"type\":\"t\",\"id\":\"c\",\"data\":null}", "c"},
        {"{\"type\":\"t\",\"id\":1,\"data\":{}}", ""},
        {"{\"type\":\"t\",\"id\":\"\",\"data\":{}}", ""},
        {"{\"type\":\"t\",\"id\":\"a\\u0007\",\"data\":{}}", ""},
        {"{\"type\":\"t\",\"id\":\"a\\u0000\",\"data\":{}}", ""},
        {"{\"x\":\"\\u0000\",\"type\":\"t\",\"id\":\"\\ud800\"}", ""},
        {"{\"x\":\"\\ud800\",\"type\":\"t\",\"id\":\"a\\u0000b\"}", ""},
        {"{\"x\":\"\\ud800\",\"type\":\"t\",\"id\":\"c\"}", "c"},
        {"{\"type\":\"t\",\"id\":\"c\",\"id\":\"d\",\"data\":{}}", "d"},
        {"{\"type\":\"t\",\"id\":\"c\",\"data\":{},\"x\":\"\\ud800\"}", "c"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct tc_envelope out;
        assert_int_equal(read_text(rows[i].frame, &out), TC_BAD_REQUEST);
        assert_string_equal(out.id, rows[i].id);
    }
}

static void no_type_is_told_that_is_not_text(void **state)
{
    (void)state;
    struct tc_envelope out;
    assert_int_equal(read_text("{\"type\":\"\\ud800\",\"id\":\"c\"}", &out), TC_BAD_REQUEST);
    assert_string_equal(out.type, "");
}

static void an_id_may_have_64_characters_of_any_script(void **state)
{
    (void)state;
    char id[64 * 4 + 4 + 1] = "";
    for (int i = 0; i < 64; i++)
        strcat(id, "\xf0\x9f\x98\x80");
    char frame[400];
    struct tc_envelope out;
    snprintf(frame, sizeof(frame), "{\"type\":\"t\",\"id\":\"%s\"}", id);
    assert_int_equal(read_text(frame, &out), TC_OK);
    assert_string_equal(out.id, id);
    strcat(id, "x");
    snprintf(frame, sizeof(frame), "{\"type\":\"t\",\"id\":\"%s\"}", id);
    assert_int_equal(read_text(frame, &out), TC_BAD_REQUEST);
}

static void what_data_may_not_hold_is_noted_and_no_fault_of_the_envelope(void **state)
{
    (void)state;
    static const char *const data[] = {"\"\\u0000\"", "\"\\ud83d\"", "\"\\ude00x\"",
                                       "\"\\ud83d\\u0041\""};
    for (size_t i = 0; i < sizeof(data) / sizeof(*data); i++) {
        char frame[100];
        struct tc_envelope out;
        snprintf(frame, sizeof(frame), "{\"type\":\"t\",\"data\":{\"a\":%s}}", data[i]);
        assert_int_equal(read_text(frame, &out), TC_OK);
        assert_true(out.tainted);
    }
}

static void nested(char *frame, size_t depth)
{
    char *at = stpcpy(frame, "{\"type\":\"t\",\"id\":\"c\",\"data\":{\"a\":");
    memset(at, '[', depth);
    memset(at + depth, ']', depth);
    strcpy(at + 2 * depth, "}}");
}

static void json_nests_64_deep_and_no_deeper_at_no_cost(void **state)
{
    (void)state;
    static char frame[300000];
    static const struct {
        size_t depth;
        bool tainted;
    } rows[] = {{62, false}, {63, true}, {1000, true}, {100000, true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct tc_envelope out;
        nested(frame, rows[i].depth);
        assert_int_equal(read_text(frame, &out), TC_OK);
        assert_string_equal(out.id, "c");
        assert_int_equal(out.tainted, rows[i].tainted);
    }
}

static void a_failure_names_what_it_answers(void **state)
{
    (void)state;
    struct tc_buf out = {0};
    tc_failure_write("group/create-failed", "c\"1",
                     &(struct tc_error){.status = TC_INVALID_FIELD,
                                        .message = "is too long",
                                        .field = "name",
                                        .retry_after_ms = 5},
                     &out);
    assert_string_equal(out.data, "{\"type\":\"group/create-failed\",\"re\":\"c\\\"1\",\"error\":{"
                                  "\"code\":\"invalid_field\",\"message\":\"is too long\","
                                  "\"field\":\"name\",\"retry_after_ms\":5}}");
    tc_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_members_in_any_order),
        cmocka_unit_test(a_conversation_id_that_is_no_id_is_none),
        cmocka_unit_test(the_first_conversation_id_counts_as_it_does_for_cjson),
        cmocka_unit_test(bad_envelopes_are_refused_with_the_id_that_could_be_read),
        cmocka_unit_test(no_type_is_told_that_is_not_text),
        cmocka_unit_test(an_id_may_have_64_characters_of_any_script),
        cmocka_unit_test(what_data_may_not_hold_is_noted_and_no_fault_of_the_envelope),
        cmocka_unit_test(json_nests_64_deep_and_no_deeper_at_no_cost),
        cmocka_unit_test(a_failure_names_what_it_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
