/* The connection to PostgreSQL: transactions that the skeleton ends, and what is done about errors.
 */

#include "tests/support/unit.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/id.h"
#include "shared/service/db_private.h"

static const struct tc_stmt write_stmt = {
    .name = "test_write",
    .sql = "INSERT INTO grp.outbox (id, subjects, says, payloads) VALUES ($1, '{}', '{}', '{}') "
           "RETURNING id",
    .writes = true,
};
static const struct tc_stmt last_stmt = {
    .name = "test_last",
    .sql = "INSERT INTO grp.outbox (id, subjects, says, payloads) VALUES ($1, '{}', '{}', '{}')",
};
static const struct tc_stmt count_stmt = {
    .name = "test_count",
    .sql = "SELECT count(*) FROM grp.outbox WHERE id = ANY ($1::uuid[])",
};
static const struct tc_stmt double_stmt = {
    .name = "test_double",
    .sql = "SELECT $1::int + $1::int",
};
static const struct tc_stmt end_stmt = {
    .name = "test_end",
    .sql = "SELECT pg_terminate_backend(pg_backend_pid())",
};
static const struct tc_stmt touch_stmt = {
    .name = "test_touch",
    .sql = "UPDATE grp.outbox SET says = says WHERE id = $1 RETURNING id",
    .writes = true,
};
static const struct tc_stmt lock_stmt = {
    .name = "test_lock",
    .sql = "SELECT 7 FROM grp.outbox WHERE id = $1 FOR UPDATE",
};
static const struct tc_stmt isolate_stmt = {
    .name = "test_isolate",
    .sql = "SELECT set_config('default_transaction_isolation', $1, false)",
};
static const struct tc_stmt waiting_stmt = {
    .name = "test_waiting",
    .sql = "SELECT count(*) FROM pg_locks"
           " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))",
};
static const struct tc_stmt *const statements[] = {
    &write_stmt, &count_stmt,   &double_stmt,  &end_stmt, &touch_stmt,
    &lock_stmt,  &isolate_stmt, &waiting_stmt, NULL,
};
static const struct tc_stmt *const more[] = {&last_stmt, NULL};

static struct tc_db *db, *aside;
static char one[TC_ID_SIZE], two[TC_ID_SIZE];

static int open_both(void **state)
{
    (void)state;
    const char *url = getenv("TINCAN_DATABASE_URL_GROUP");
    if (url == NULL)
        return -1;
    db = tc_db_open(url, statements);
    db_transact(db, more);
    aside = tc_db_open(url, statements);
    return tc_db_is_up(db) && tc_db_is_up(aside) ? 0 : -1;
}

static int close_both(void **state)
{
    (void)state;
    tc_db_close(&db);
    tc_db_close(&aside);
    return 0;
}

static int new_ids(void **state)
{
    (void)state;
    tc_id_make(one);
    tc_id_make(two);
    return 0;
}

static int64_t count_seen_by_others(void)
{
    struct tc_rows *rows;
    const char *const ids[] = {one, two};
    assert_int_equal(tc_db_run_one(aside, &count_stmt, TC_ARGS(tc_db_array(aside, ids, 2)), &rows),
                     TC_OK);
    int64_t count = tc_rows_int(rows, 0, 0);
    tc_db_release(aside);
    return count;
}

static enum tc_status write_row(const char *id)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run_one(db, &write_stmt, TC_ARGS(id), &rows);
    if (status == TC_OK)
        assert_string_equal(tc_rows_text(rows, 0, 0), id);
    return status;
}

static void a_change_is_seen_when_it_is_committed_with_its_last_statement(void **state)
{
    (void)state;
    assert_int_equal(write_row(one), TC_OK);
    assert_true(db_is_open(db));
    assert_int_equal(count_seen_by_others(), 0);
    assert_int_equal(db_commit(db, &last_stmt, TC_ARGS(two)), TC_OK);
    assert_false(db_is_open(db));
    assert_int_equal(count_seen_by_others(), 2);
}

static void a_change_that_is_undone_is_never_seen(void **state)
{
    (void)state;
    assert_int_equal(write_row(one), TC_OK);
    db_undo(db);
    assert_false(db_is_open(db));
    assert_int_equal(count_seen_by_others(), 0);
}

static void a_last_statement_that_fails_takes_the_change_along(void **state)
{
    (void)state;
    assert_int_equal(write_row(one), TC_OK);
    assert_int_equal(db_commit(db, &last_stmt, TC_ARGS(one)), TC_CONFLICT);
    assert_false(db_is_open(db));
    assert_int_equal(count_seen_by_others(), 0);
}

static void a_first_change_that_fails_leaves_the_connection_free(void **state)
{
    (void)state;
    assert_int_equal(write_row(one), TC_OK);
    assert_int_equal(db_commit(db, NULL, TC_NO_ARGS), TC_OK);
    assert_int_equal(write_row(one), TC_CONFLICT);
    assert_false(db_is_open(db));
    assert_int_equal(write_row(two), TC_OK);
    assert_int_equal(db_commit(db, NULL, TC_NO_ARGS), TC_OK);
    assert_int_equal(count_seen_by_others(), 2);
}

static void a_later_change_that_fails_dooms_the_earlier_ones(void **state)
{
    (void)state;
    assert_int_equal(write_row(one), TC_OK);
    assert_int_equal(write_row(one), TC_CONFLICT);
    assert_int_equal(write_row(two), TC_UNAVAILABLE);
    assert_true(db_is_open(db));
    assert_int_equal(db_commit(db, NULL, TC_NO_ARGS), TC_UNAVAILABLE);
    assert_int_equal(count_seen_by_others(), 0);
    assert_int_equal(write_row(two), TC_OK);
    db_undo(db);
}

/* What a series has found: a number or a failure each, in the order they came. */
struct found {
    size_t queries[8];
    enum tc_status status[8];
    int64_t numbers[8];
    size_t count;
};

static void take_number(void *ctx, size_t query, enum tc_status status, const struct tc_rows *rows)
{
    struct found *found = ctx;
    assert_true((status == TC_OK) == (rows != NULL));
    found->queries[found->count] = query;
    found->status[found->count] = status;
    found->numbers[found->count++] = rows != NULL ? tc_rows_int(rows, 0, 0) : 0;
}

#define QUERY(which, ...)                                                                          \
    {                                                                                              \
        .stmt = &which, .args = TC_ARGS(__VA_ARGS__)                                               \
    }

static void a_series_is_taken_one_after_the_other(void **state)
{
    (void)state;
    const struct tc_query queries[] = {QUERY(double_stmt, "1"), QUERY(double_stmt, "20"),
                                       QUERY(double_stmt, "3")};
    struct found found = {.count = 0};
    tc_db_run_series(db, queries, 3, take_number, &found);
    assert_int_equal(found.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(found.queries[i], i);
    assert_int_equal(found.numbers[0], 2);
    assert_int_equal(found.numbers[1], 40);
    assert_int_equal(found.numbers[2], 6);
}

static void one_of_a_series_fails_alone(void **state)
{
    (void)state;
    const struct tc_query queries[] = {QUERY(double_stmt, "1"), QUERY(double_stmt, "2000000000"),
                                       QUERY(double_stmt, "3")};
    struct found found = {.count = 0};
    tc_db_run_series(db, queries, 3, take_number, &found);
    assert_int_equal(found.count, 3);
    assert_int_equal(found.numbers[0], 2);
    assert_int_equal(found.status[1], TC_INTERNAL);
    assert_int_equal(found.numbers[2], 6);
    assert_int_equal(write_row(one), TC_OK); /* the connection is as it was */
    db_undo(db);
}

static void isolate(const char *level)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(aside, &isolate_stmt, TC_ARGS(level), &rows), TC_OK);
}

/* Commits the change that somebody waits for, once he does; says whether he did. */
static void *let_him_lose(void *arg)
{
    bool *waited = arg;
    struct tc_rows *rows;
    for (int64_t deadline = tc_mono_ms() + 3000; !*waited && tc_mono_ms() < deadline;) {
        *waited = tc_db_run_one(db, &waiting_stmt, TC_NO_ARGS, &rows) == TC_OK &&
                  tc_rows_int(rows, 0, 0) > 0;
        poll(NULL, 0, 5); /* between two looks */
    }
    *waited = db_commit(db, NULL, TC_NO_ARGS) == TC_OK && *waited;
    return NULL;
}

/* 40001: it has waited for a row that is another one now. */
static void who_has_lost_to_another_in_a_series_is_run_again(void **state)
{
    (void)state;
    struct tc_rows *rows;
    assert_int_equal(write_row(one), TC_OK);
    assert_int_equal(db_commit(db, NULL, TC_NO_ARGS), TC_OK);
    assert_int_equal(tc_db_run_one(db, &touch_stmt, TC_ARGS(one), &rows), TC_OK);
    isolate("repeatable read");
    pthread_t other;
    bool waited = false;
    assert_int_equal(pthread_create(&other, NULL, let_him_lose, &waited), 0);

    const struct tc_query queries[] = {QUERY(double_stmt, "1"), QUERY(lock_stmt, one),
                                       QUERY(double_stmt, "3")};
    struct found found = {.count = 0};
    tc_db_run_series(aside, queries, 3, take_number, &found);
    pthread_join(other, NULL);
    assert_true(waited);
    isolate("read committed");
    const size_t order[] = {0, 2, 1};
    const int64_t numbers[] = {2, 6, 7};
    assert_int_equal(found.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(found.status[i], TC_OK);
        assert_int_equal(found.queries[i], order[i]);
        assert_int_equal(found.numbers[i], numbers[i]);
    }
}

static void a_series_that_loses_the_connection_is_unavailable(void **state)
{
    (void)state;
    const struct tc_query queries[] = {
        QUERY(double_stmt, "1"), {.stmt = &end_stmt, .args = TC_NO_ARGS}, QUERY(double_stmt, "3")};
    struct found found = {.count = 0};
    uint64_t connection = tc_db_connection(db);
    assert_int_equal(tc_db_connection(db), connection);
    tc_db_run_series(db, queries, 3, take_number, &found);
    assert_int_equal(found.count, 3);
    assert_int_equal(found.status[1], TC_UNAVAILABLE);
    assert_int_equal(found.status[2], TC_UNAVAILABLE);
    assert_false(db_has_connection(db));
    for (int64_t deadline = tc_mono_ms() + 10000; !tc_db_is_up(db);) {
        assert_true(tc_mono_ms() < deadline);
        poll(NULL, 0, 5); /* between two attempts */
    }
    assert_true(tc_db_connection(db) > connection);
    tc_db_run_series(db, queries, 1, take_number, &found);
    assert_int_equal(found.status[3], TC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_change_is_seen_when_it_is_committed_with_its_last_statement,
                               new_ids),
        cmocka_unit_test_setup(a_change_that_is_undone_is_never_seen, new_ids),
        cmocka_unit_test_setup(a_last_statement_that_fails_takes_the_change_along, new_ids),
        cmocka_unit_test_setup(a_first_change_that_fails_leaves_the_connection_free, new_ids),
        cmocka_unit_test_setup(a_later_change_that_fails_dooms_the_earlier_ones, new_ids),
        cmocka_unit_test_setup(a_series_is_taken_one_after_the_other, new_ids),
        cmocka_unit_test_setup(one_of_a_series_fails_alone, new_ids),
        cmocka_unit_test_setup(who_has_lost_to_another_in_a_series_is_run_again, new_ids),
        cmocka_unit_test_setup(a_series_that_loses_the_connection_is_unavailable, new_ids),
    };
    return cmocka_run_group_tests(tests, open_both, close_both);
}
