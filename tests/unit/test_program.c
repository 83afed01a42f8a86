/* How every program begins. */

#include "tests/support/unit.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "shared/base/env.h"

static const struct tc_settings none[] = {{0}};
static const struct tc_program program = {"tincan-test", "Is one of ours.", none};

static void it_interrupts_nobody_who_wakes_it(void **state)
{
    (void)state;
    char *arguments[] = {"tincan-test", NULL};
    int status;
    assert_true(tc_program_begin(&program, 1, arguments, &status));
    assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
}

static void it_may_open_as_many_files_as_the_hard_limit_says(void **state)
{
    (void)state;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max / 2;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    char *arguments[] = {"tincan-test", NULL};
    int status;
    assert_true(tc_program_begin(&program, 1, arguments, &status));
    getrlimit(RLIMIT_NOFILE, &limit);
    assert_true(limit.rlim_cur == limit.rlim_max);
}

/* Out of memory into a file would go what the log may not have. */
static void it_leaves_no_core_unless_it_is_told_to(void **state)
{
    (void)state;
    char *arguments[] = {"tincan-test", NULL};
    int status;
    struct rlimit before, after;
    getrlimit(RLIMIT_CORE, &before);
    setenv("TINCAN_CORE_DUMPS", "1", 1);
    assert_true(tc_program_begin(&program, 1, arguments, &status));
    getrlimit(RLIMIT_CORE, &after);
    assert_int_equal(after.rlim_cur, before.rlim_cur);
    unsetenv("TINCAN_CORE_DUMPS");
    assert_true(tc_program_begin(&program, 1, arguments, &status));
    getrlimit(RLIMIT_CORE, &after);
    assert_int_equal(after.rlim_max, 0);
}

static void it_refuses_arguments_that_it_does_not_know(void **state)
{
    (void)state;
    char *arguments[] = {"tincan-test", "--hepl", NULL};
    int status = EXIT_SUCCESS;
    assert_false(tc_program_begin(&program, 2, arguments, &status));
    assert_int_equal(status, EXIT_FAILURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_interrupts_nobody_who_wakes_it),
        cmocka_unit_test(it_may_open_as_many_files_as_the_hard_limit_says),
        cmocka_unit_test(it_leaves_no_core_unless_it_is_told_to),
        cmocka_unit_test(it_refuses_arguments_that_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
