/* The protocol's table: found by type, and consistent in itself. */

#include "tests/support/unit.h"

#include <string.h>

#include "shared/base/operations.h"

static void every_operation_is_found_by_its_type(void **state)
{
    (void)state;
    assert_true(tc_operations_count > 15);
    for (size_t i = 0; i < tc_operations_count; i++)
        assert_ptr_equal(tc_operation_find(tc_operations[i].type), &tc_operations[i]);
}

static void nothing_else_is_found(void **state)
{
    (void)state;
    static const char *const strangers[] = {"",
                                            "group",
                                            "group/",
                                            "group/creat",
                                            "group/createe",
                                            "Group/create",
                                            "group/created",
                                            "group.create"};
    for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
        assert_null(tc_operation_find(strangers[i]));
}

static void only_what_has_no_answer_is_quiet(void **state)
{
    (void)state;
    for (size_t i = 0; i < tc_operations_count; i++) {
        const struct tc_operation *op = &tc_operations[i];
        if ((op->flags & TC_OP_QUIET) != 0)
            assert_null(op->answer);
        assert_non_null(op->failure);
        assert_non_null(strchr(op->type, '/'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_is_found_by_its_type),
        cmocka_unit_test(nothing_else_is_found),
        cmocka_unit_test(only_what_has_no_answer_is_quiet),
    };
    return cmocka_run_group_tests_name("operations", tests, NULL, NULL);
}
