/* The hash table, with enough keys to grow, collide and shrink. */

#include "tests/support/unit.h"

#include <stdio.h>

#include "shared/base/table.h"

#define MANY 5000

static int values[MANY];

static const char *key_of(int i)
{
    static char key[16];
    snprintf(key, sizeof(key), "key-%d", i);
    return key;
}

static struct tc_table *filled(void)
{
    struct tc_table *table = tc_table_create();
    for (int i = 0; i < MANY; i++) {
        values[i] = i;
        tc_table_set(table, key_of(i), &values[i]);
    }
    return table;
}

static void what_is_set_is_got(void **state)
{
    (void)state;
    struct tc_table *table = filled();
    assert_int_equal(tc_table_count(table), MANY);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(tc_table_get(table, key_of(i)), &values[i]);
    assert_null(tc_table_get(table, "key-5000"));
    tc_table_free(&table);
    assert_null(table);
    tc_table_free(&table);
}

static void setting_again_replaces(void **state)
{
    (void)state;
    struct tc_table *table = tc_table_create();
    tc_table_set(table, "a", &values[1]);
    tc_table_set(table, "a", &values[2]);
    assert_int_equal(tc_table_count(table), 1);
    assert_ptr_equal(tc_table_get(table, "a"), &values[2]);
    tc_table_free(&table);
}

static void what_is_removed_is_gone_and_the_rest_stays(void **state)
{
    (void)state;
    struct tc_table *table = filled();
    for (int i = 0; i < MANY; i += 2)
        assert_ptr_equal(tc_table_remove(table, key_of(i)), &values[i]);
    assert_null(tc_table_remove(table, key_of(0)));
    assert_int_equal(tc_table_count(table), MANY / 2);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(tc_table_get(table, key_of(i)), i % 2 == 0 ? NULL : &values[i]);
    tc_table_free(&table);
}

static void a_walk_meets_each_value_once(void **state)
{
    (void)state;
    struct tc_table *table = filled();
    size_t at = 0;
    long sum = 0;
    int met = 0;
    for (int *value; (value = tc_table_next(table, &at)) != NULL; met++)
        sum += *value;
    assert_int_equal(met, MANY);
    assert_int_equal(sum, (long)MANY * (MANY - 1) / 2);
    tc_table_free(&table);
}

static bool keep_multiples(void *value, void *ctx)
{
    return *(int *)value % *(int *)ctx == 0;
}

static void a_sweep_leaves_what_is_kept(void **state)
{
    (void)state;
    struct tc_table *table = filled();
    int three = 3;
    tc_table_sweep(table, keep_multiples, &three);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(tc_table_get(table, key_of(i)), i % 3 == 0 ? &values[i] : NULL);
    assert_int_equal(tc_table_count(table), (MANY + 2) / 3);
    tc_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_set_is_got),
        cmocka_unit_test(setting_again_replaces),
        cmocka_unit_test(what_is_removed_is_gone_and_the_rest_stays),
        cmocka_unit_test(a_walk_meets_each_value_once),
        cmocka_unit_test(a_sweep_leaves_what_is_kept),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
