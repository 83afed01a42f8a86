/* Ids: made, composed, recognised, packed. */

#include "tests/support/unit.h"

#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/id.h"

static void a_new_id_is_a_uuid_of_now(void **state)
{
    (void)state;
    char id[TC_ID_SIZE];
    int64_t before = tc_now_ms();
    tc_id_make(id);
    int64_t after = tc_now_ms();

    assert_true(tc_id_is_valid(id));
    assert_true(tc_id_is_v7(id));
    assert_in_range((uintmax_t)tc_id_time_ms(id), (uintmax_t)before, (uintmax_t)after);
}

static void new_ids_differ(void **state)
{
    (void)state;
    char one[TC_ID_SIZE];
    char other[TC_ID_SIZE];
    tc_id_make(one);
    tc_id_make(other);
    assert_string_not_equal(one, other);
}

/* Lists are sorted by time in milliseconds, then by id. */
static void new_ids_are_in_the_order_of_their_making(void **state)
{
    (void)state;
    char last[TC_ID_SIZE], next[TC_ID_SIZE];
    tc_id_make(last);
    for (int i = 0; i < 1000; i++) {
        int64_t us = tc_now_us();
        while (tc_now_us() <= us)
            continue;
        tc_id_make(next);
        assert_true(strcmp(last, next) < 0);
        memcpy(last, next, sizeof(last));
    }
}

static void the_same_time_and_bits_compose_the_same_id(void **state)
{
    (void)state;
    const uint8_t zeroes[10] = {0};
    const uint8_t ones[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    char id[TC_ID_SIZE];

    tc_id_compose(0x0123456789ab, zeroes, id);
    assert_string_equal(id, "01234567-89ab-7000-8000-000000000000");
    tc_id_compose(0x0123456789ab, ones, id);
    assert_string_equal(id, "01234567-89ab-7fff-bfff-ffffffffffff");
    assert_int_equal(tc_id_time_ms(id), 0x0123456789ab);
}

static void only_the_canonical_form_is_valid(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "01234567-89ab-7000-8000-00000000000",
        "01234567-89ab-7000-8000-0000000000000",
        "01234567-89AB-7000-8000-000000000000",
        "{1234567-89ab-7000-8000-000000000000",
        "0123456789ab70008000000000000000",
        "01234567-89ab-7000-8000-00000000000g",
        "01234567-89ab-7000-8000_000000000000",
        "0123456-789ab-7000-8000-000000000000",
        " 1234567-89ab-7000-8000-000000000000",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(tc_id_is_valid(wrong[i]));
    assert_true(tc_id_is_valid("00000000-0000-0000-0000-000000000000"));
}

static void version_7_is_told_from_other_versions_and_variants(void **state)
{
    (void)state;
    assert_true(tc_id_is_v7("01234567-89ab-7000-8000-000000000000"));
    assert_true(tc_id_is_v7("01234567-89ab-7000-b000-000000000000"));
    assert_false(tc_id_is_v7("01234567-89ab-4000-8000-000000000000"));
    assert_false(tc_id_is_v7("01234567-89ab-7000-c000-000000000000"));
    assert_false(tc_id_is_v7("01234567-89ab-7000-7000-000000000000"));
    assert_false(tc_id_is_v7("nothing"));
}

static void packing_goes_there_and_back(void **state)
{
    (void)state;
    const char *text = "01234567-89ab-7cde-8f01-23456789abcd";
    uint8_t bytes[TC_ID_BYTES];
    char back[TC_ID_SIZE];

    tc_id_pack(text, bytes);
    assert_int_equal(bytes[0], 0x01);
    assert_int_equal(bytes[15], 0xcd);
    tc_id_unpack(bytes, back);
    assert_string_equal(back, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_id_is_a_uuid_of_now),
        cmocka_unit_test(new_ids_differ),
        cmocka_unit_test(new_ids_are_in_the_order_of_their_making),
        cmocka_unit_test(the_same_time_and_bits_compose_the_same_id),
        cmocka_unit_test(only_the_canonical_form_is_valid),
        cmocka_unit_test(version_7_is_told_from_other_versions_and_variants),
        cmocka_unit_test(packing_goes_there_and_back),
    };
    return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
