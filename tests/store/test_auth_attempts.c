/* Counting attempts in PostgreSQL, and log-ins held against the counts. */

#include "tests/support/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/auth/auth.h"
#include "services/auth/token.h"
#include "shared/service/db.h"

#define MINUTE_MS 60000
#define PASSWORD "$argon2id$of$something"

/* What the tests do behind the store's back. */
static const struct tc_stmt age_stmt = {
    .name = "test_age",
    .sql = "UPDATE auth.attempts SET since = since - make_interval(secs => $2)"
           " WHERE what = $1 RETURNING what",
};
static const struct tc_stmt look_stmt = {
    .name = "test_look",
    .sql = "SELECT count FROM auth.attempts WHERE what = $1",
};
static const struct tc_stmt *const test_statements[] = {&age_stmt, &look_stmt, NULL};

static struct tc_db *db, *aside;

/* Kinds that nobody else counts, with a limit each. */
static struct attempts kinds(size_t count, int64_t most)
{
    struct attempts attempts = {.count = count};
    char id[TC_ID_SIZE];
    tc_id_make(id);
    for (size_t i = 0; i < count; i++) {
        snprintf(attempts.kinds[i].what, ATTEMPTS_WHAT_SIZE, "test %s %zu", id, i);
        attempts.kinds[i].most = most;
    }
    return attempts;
}

static int64_t count(const struct attempts *attempts)
{
    int64_t retry_after_ms = -1;
    assert_int_equal(auth_store_count(db, attempts, &retry_after_ms), TC_OK);
    return retry_after_ms;
}

static void age(const struct attempts *attempts, size_t kind, int64_t seconds)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(aside, &age_stmt,
                                   TC_ARGS(attempts->kinds[kind].what, tc_db_int(aside, seconds)),
                                   &rows),
                     TC_OK);
}

static int64_t counted(const struct attempts *attempts, size_t kind)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run_one(aside, &look_stmt, TC_ARGS(attempts->kinds[kind].what), &rows);
    return status == TC_OK ? tc_rows_int(rows, 0, 0) : 0;
}

static struct auth_account account_of(const char *username, const struct attempts *attempts)
{
    struct auth_account account;
    assert_int_equal(auth_store_find_account(db, username, attempts, &account), TC_OK);
    return account;
}

static void so_many_a_minute_are_fine_and_one_more_is_not(void **state)
{
    (void)state;
    struct attempts three = kinds(1, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(count(&three), 0);
    assert_in_range(count(&three), MINUTE_MS - 10000, MINUTE_MS);
    assert_in_range(count(&three), MINUTE_MS - 10000, MINUTE_MS);
}

static void any_kind_can_be_the_one_that_is_too_much(void **state)
{
    (void)state;
    for (size_t strict = 0; strict < 3; strict++) {
        struct attempts attempts = kinds(3, 100);
        attempts.kinds[strict].most = 1;
        assert_int_equal(count(&attempts), 0);
        assert_int_not_equal(count(&attempts), 0);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(counted(&attempts, i), 2);
    }
}

static void it_says_truly_when_to_try_again(void **state)
{
    (void)state;
    struct attempts attempts = kinds(2, 1);
    count(&attempts);
    age(&attempts, 0, 50);
    age(&attempts, 1, 20);
    assert_in_range(count(&attempts), 30000, 40000); /* the later one of the two */
    assert_in_range(account_of("nobody", &attempts).retry_after_ms, 30000, 40000);

    age(&attempts, 1, 40);
    assert_in_range(account_of("nobody", &attempts).retry_after_ms, 1, 10000);
    age(&attempts, 0, 10);
    assert_int_equal(account_of("nobody", &attempts).retry_after_ms, 0);
}

static void after_a_minute_it_begins_anew(void **state)
{
    (void)state;
    struct attempts one = kinds(1, 1);
    count(&one);
    assert_int_not_equal(count(&one), 0);
    age(&one, 0, 60);
    assert_int_equal(count(&one), 0);
    assert_int_equal(counted(&one, 0), 1);
    assert_in_range(count(&one), MINUTE_MS - 10000, MINUTE_MS);
}

static void old_counts_are_swept(void **state)
{
    (void)state;
    struct attempts old = kinds(3, 1), fresh = kinds(1, 1);
    count(&old);
    count(&fresh);
    for (size_t i = 0; i < 3; i++)
        age(&old, i, 100000);
    struct attempts other = kinds(1, 1000);
    for (int i = 0; i < 1000 && counted(&old, 0) + counted(&old, 1) + counted(&old, 2) > 0; i++)
        count(&other);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(counted(&old, i), 0);
    assert_int_equal(counted(&fresh, 0), 1);
}

/* One who counts with others: the same kinds, in another order. */
struct counter {
    pthread_t thread;
    struct attempts attempts;
    enum tc_status status;
};

static void *count_often(void *arg)
{
    struct counter *counter = arg;
    struct tc_db *own = tc_db_open(getenv("TINCAN_DATABASE_URL_AUTH"), auth_statements);
    int64_t retry_after_ms;
    counter->status = TC_OK;
    for (int i = 0; i < 50 && counter->status == TC_OK; i++)
        counter->status = auth_store_count(own, &counter->attempts, &retry_after_ms);
    tc_db_close(&own);
    return NULL;
}

static void counting_at_once_loses_nothing(void **state)
{
    (void)state;
    struct attempts attempts = kinds(3, 1000000);
    struct counter counters[4];
    for (size_t i = 0; i < 4; i++) {
        counters[i].attempts = attempts;
        counters[i].attempts.kinds[0] = attempts.kinds[i % 3];
        counters[i].attempts.kinds[i % 3] = attempts.kinds[0];
        assert_int_equal(pthread_create(&counters[i].thread, NULL, count_often, &counters[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(counters[i].thread, NULL);
        assert_int_equal(counters[i].status, TC_OK);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(counted(&attempts, i), 200);
}

/* Registers a user of that name; returns his id. */
static const char *new_user(const char *username)
{
    char token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
    token_make(token, hash);
    struct auth_new_user user = {username, "Some Body", PASSWORD};
    struct auth_new_session fresh = {hash, 30};
    struct auth_session session;
    assert_int_equal(auth_store_register(db, &user, &fresh, &session), TC_OK);
    return session.user.id;
}

static void new_name(char out[USERNAME_SIZE])
{
    char token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
    token_make(token, hash);
    snprintf(out, USERNAME_SIZE, "%.32s", hash);
}

static void an_account_is_found_by_its_name(void **state)
{
    (void)state;
    struct attempts attempts = kinds(3, 10);
    char name[USERNAME_SIZE];
    new_name(name);
    const char *id = new_user(name);
    struct auth_account account = account_of(name, &attempts);
    assert_string_equal(account.user_id, id);
    assert_string_equal(account.password, PASSWORD);
    assert_int_equal(account.retry_after_ms, 0);

    account = account_of("?", &attempts);
    assert_null(account.user_id);
    assert_int_equal(account.retry_after_ms, 0);
}

static void at_its_limit_a_count_lets_nobody_in(void **state)
{
    (void)state;
    struct attempts attempts = kinds(3, 2);
    char name[USERNAME_SIZE], token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
    new_name(name);
    const char *id = new_user(name);
    token_make(token, hash);
    struct auth_login login = {id, &attempts, {hash, 30}};
    struct auth_session session;
    int64_t retry_after_ms;

    count(&attempts);
    assert_int_equal(account_of(name, &attempts).retry_after_ms, 0);
    count(&attempts);
    assert_int_not_equal(account_of(name, &attempts).retry_after_ms, 0);
    assert_int_equal(auth_store_log_in(db, &login, &session, &retry_after_ms), TC_OK);
    assert_in_range(retry_after_ms, MINUTE_MS - 10000, MINUTE_MS);
    assert_null(session.id);
    const char *hashes[] = {hash};
    assert_int_equal(auth_store_use_sessions(db, hashes, 1, 30, &session), TC_OK);
    assert_null(session.id);

    for (size_t i = 0; i < 3; i++)
        age(&attempts, i, 60);
    assert_int_equal(auth_store_log_in(db, &login, &session, &retry_after_ms), TC_OK);
    assert_int_equal(retry_after_ms, 0);
    assert_string_equal(session.user.username, name);
}

static int open_databases(void **state)
{
    (void)state;
    const char *url = getenv("TINCAN_DATABASE_URL_AUTH");
    assert_non_null(url);
    db = tc_db_open(url, auth_statements);
    aside = tc_db_open(url, test_statements);
    assert_true(tc_db_is_up(db) && tc_db_is_up(aside));
    return 0;
}

static int close_databases(void **state)
{
    (void)state;
    tc_db_close(&db);
    tc_db_close(&aside);
    return 0;
}

static int release(void **state)
{
    (void)state;
    tc_db_release(db);
    tc_db_release(aside);
    return 0;
}

#define TEST(function) cmocka_unit_test_teardown(function, release)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(so_many_a_minute_are_fine_and_one_more_is_not),
        TEST(any_kind_can_be_the_one_that_is_too_much),
        TEST(it_says_truly_when_to_try_again),
        TEST(after_a_minute_it_begins_anew),
        TEST(old_counts_are_swept),
        TEST(counting_at_once_loses_nothing),
        TEST(an_account_is_found_by_its_name),
        TEST(at_its_limit_a_count_lets_nobody_in),
    };
    return cmocka_run_group_tests(tests, open_databases, close_databases);
}
