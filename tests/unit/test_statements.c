/* Statements that change something have to say whether anybody is told of it. */

#include "tests/support/unit.h"

#include <stddef.h>

#include "shared/service/db.h"
#include "shared/service/statements.h"

static const char insert[] = "WITH a AS (INSERT INTO t (id) VALUES ($1) RETURNING id) TABLE a";
static const char delete[] = "DELETE FROM t WHERE id = $1";
static const char update[] = "WITH a AS (SELECT 1 FOR UPDATE) UPDATE t SET n = 1";
static const char locked[] = "SELECT 1 FROM t FOR UPDATE SKIP LOCKED";
static const char locked_less[] = "SELECT 1 FROM t FOR NO KEY UPDATE OF t";

static bool is_undecided(struct tc_stmt stmt)
{
    static const struct tc_stmt fine = {.name = "fine", .sql = "SELECT 1"};
    const struct tc_stmt *const all[] = {&fine, &stmt, NULL};
    const struct tc_stmt *found = statements_undecided(all);
    assert_true(found == NULL || found == &stmt);
    return found != NULL;
}

static void one_that_changes_something_says_one_of_the_two(void **state)
{
    (void)state;
    const char *const changes[] = {insert, delete, update};
    for (size_t i = 0; i < 3; i++) {
        assert_true(is_undecided((struct tc_stmt){.sql = changes[i]}));
        assert_true(is_undecided((struct tc_stmt){.sql = changes[i], .writes = 1, .untold = 1}));
        assert_false(is_undecided((struct tc_stmt){.sql = changes[i], .writes = 1}));
        assert_false(is_undecided((struct tc_stmt){.sql = changes[i], .untold = 1}));
    }
}

static void one_that_reads_says_nothing(void **state)
{
    (void)state;
    const char *const reads[] = {"SELECT 1", locked, locked_less};
    for (size_t i = 0; i < 3; i++) {
        assert_false(is_undecided((struct tc_stmt){.sql = reads[i]}));
        assert_true(is_undecided((struct tc_stmt){.sql = reads[i], .writes = 1}));
    }
}

static void of_none_there_is_nothing_to_say(void **state)
{
    (void)state;
    assert_null(statements_undecided(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_changes_something_says_one_of_the_two),
        cmocka_unit_test(one_that_reads_says_nothing),
        cmocka_unit_test(of_none_there_is_nothing_to_say),
    };
    return cmocka_run_group_tests_name("statements", tests, NULL, NULL);
}
