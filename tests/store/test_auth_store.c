/* Each statement about users and sessions against PostgreSQL, with users of its own. */

#include "tests/support/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/auth/auth.h"
#include "services/auth/token.h"
#include "shared/base/clock.h"
#include "shared/service/db.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define PASSWORD "$argon2id$of$something"
#define UNKNOWN_HASH "0000000000000000000000000000000000000000000000000000000000000000"

/* What the tests do behind the store's back. */
static const struct tc_stmt age_stmt = {
    .name = "test_age",
    .sql = "UPDATE auth.sessions SET expires_at = expires_at - make_interval(hours => $2)"
           " WHERE token_hash = decode($1, 'hex') RETURNING xmin",
};
static const struct tc_stmt look_stmt = {
    .name = "test_look",
    .sql = "SELECT xmin, (extract(epoch FROM expires_at) * 1000)::bigint FROM auth.sessions"
           " WHERE token_hash = decode($1, 'hex')",
};
static const struct tc_stmt *const test_statements[] = {&age_stmt, &look_stmt, NULL};

static struct tc_db *db, *aside;

/* A user with a session, as the store has made them. */
struct somebody {
    char id[TC_ID_SIZE], username[USERNAME_SIZE];
    char token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
    char session_id[TC_ID_SIZE];
    int64_t expires_at;
};

static void new_name(char out[USERNAME_SIZE])
{
    char id[TC_ID_SIZE];
    tc_id_make(id);
    size_t len = 0;
    for (const char *c = id; *c != '\0'; c++)
        if (*c != '-')
            out[len++] = *c;
    out[len] = '\0';
}

static struct somebody somebody(void)
{
    struct somebody one;
    struct auth_session session;
    new_name(one.username);
    token_make(one.token, one.hash);
    struct auth_new_user user = {one.username, "Some Body", PASSWORD};
    struct auth_new_session fresh = {one.hash, 30};
    assert_int_equal(auth_store_register(db, &user, &fresh, &session), TC_OK);
    strcpy(one.id, session.user.id);
    strcpy(one.session_id, session.id);
    one.expires_at = session.expires_at;
    return one;
}

static struct auth_session use(const char *hash, int64_t days)
{
    struct auth_session session;
    assert_int_equal(auth_store_use_sessions(db, &hash, 1, days, &session), TC_OK);
    return session;
}

static void age(const struct somebody *one, int hours)
{
    struct tc_rows *rows;
    assert_int_equal(
        tc_db_run_one(aside, &age_stmt, TC_ARGS(one->hash, tc_db_int(aside, hours)), &rows), TC_OK);
}

/* Which transaction has written the session last, and when it ends; 0 when it is gone. */
static int64_t written_by(const char *hash)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run_one(aside, &look_stmt, TC_ARGS(hash), &rows);
    return status == TC_OK ? tc_rows_int(rows, 0, 0) : 0;
}

static void assert_about(int64_t ms, int64_t expected)
{
    assert_in_range(ms, expected - 10000, expected + 10000);
}

static void registering_makes_a_user_and_his_session(void **state)
{
    (void)state;
    char name[USERNAME_SIZE], token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
    new_name(name);
    token_make(token, hash);
    struct auth_new_user user = {name, "\u00c4nn \"x\" {,\\}", PASSWORD};
    struct auth_new_session fresh = {hash, 7};
    struct auth_session session;
    assert_int_equal(auth_store_register(db, &user, &fresh, &session), TC_OK);
    assert_true(tc_id_is_v7(session.user.id));
    assert_true(tc_id_is_v7(session.id));
    assert_string_not_equal(session.id, session.user.id);
    assert_string_equal(session.user.username, name);
    assert_string_equal(session.user.display_name, "\u00c4nn \"x\" {,\\}");
    assert_about(session.user.created_at, tc_now_ms());
    assert_int_equal(session.expires_at, session.user.created_at + 7 * DAY_MS);
    assert_string_equal(use(hash, 7).id, session.id);
}

static void a_name_is_given_once(void **state)
{
    (void)state;
    struct somebody one = somebody();
    char token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
    token_make(token, hash);
    struct auth_new_user user = {one.username, "Another", PASSWORD};
    struct auth_new_session fresh = {hash, 30};
    struct auth_session session;
    assert_int_equal(auth_store_register(db, &user, &fresh, &session), TC_CONFLICT);
    assert_int_equal(written_by(hash), 0);
}

struct rival {
    pthread_t thread;
    const char *username;
    enum tc_status status;
};

static void *register_name(void *arg)
{
    struct rival *rival = arg;
    struct tc_db *own = tc_db_open(getenv("TINCAN_DATABASE_URL_AUTH"), auth_statements);
    char token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
    token_make(token, hash);
    struct auth_new_user user = {rival->username, "Rival", PASSWORD};
    struct auth_new_session fresh = {hash, 30};
    struct auth_session session;
    rival->status = auth_store_register(own, &user, &fresh, &session);
    tc_db_close(&own);
    return NULL;
}

static void a_name_is_given_once_to_many_at_once(void **state)
{
    (void)state;
    char name[USERNAME_SIZE];
    struct rival rivals[6];
    int winners = 0;
    new_name(name);
    for (size_t i = 0; i < 6; i++) {
        rivals[i].username = name;
        assert_int_equal(pthread_create(&rivals[i].thread, NULL, register_name, &rivals[i]), 0);
    }
    for (size_t i = 0; i < 6; i++) {
        pthread_join(rivals[i].thread, NULL);
        winners += rivals[i].status == TC_OK;
        assert_true(rivals[i].status == TC_OK || rivals[i].status == TC_CONFLICT);
    }
    assert_int_equal(winners, 1);
}

static void users_are_found_by_id_and_by_name(void **state)
{
    (void)state;
    struct somebody one = somebody(), two = somebody();
    char by_name[USERNAME_SIZE + 1];
    snprintf(by_name, sizeof(by_name), "@%s", one.username);
    const char *refs[] = {two.id,     by_name,      "@nobody", one.session_id, "",
                          "nonsense", one.username, one.id,    two.id};
    struct auth_user users[9];
    assert_int_equal(auth_store_find_users(db, refs, 9, users), TC_OK);
    assert_string_equal(users[0].id, two.id);
    assert_string_equal(users[0].username, two.username);
    assert_string_equal(users[0].display_name, "Some Body");
    assert_about(users[0].created_at, tc_now_ms());
    assert_string_equal(users[1].id, one.id);
    for (size_t i = 2; i < 7; i++)
        assert_null(users[i].id);
    assert_string_equal(users[7].id, one.id);
    assert_string_equal(users[8].id, two.id);
    assert_int_equal(auth_store_find_users(db, refs, 0, users), TC_OK);
}

static void each_of_many_tokens_finds_its_session(void **state)
{
    (void)state;
    struct somebody one = somebody(), two = somebody();
    const char *hashes[] = {two.hash, NULL, one.hash, UNKNOWN_HASH, two.hash};
    struct auth_session sessions[5];
    assert_int_equal(auth_store_use_sessions(db, hashes, 5, 30, sessions), TC_OK);
    assert_string_equal(sessions[0].id, two.session_id);
    assert_string_equal(sessions[0].user.username, two.username);
    assert_null(sessions[1].id);
    assert_string_equal(sessions[2].id, one.session_id);
    assert_string_equal(sessions[2].user.id, one.id);
    assert_null(sessions[3].id);
    assert_string_equal(sessions[4].id, two.session_id);
}

static void a_use_prolongs_a_session(void **state)
{
    (void)state;
    struct somebody one = somebody();
    age(&one, 29 * 24 + 23);
    assert_about(use(one.hash, 30).expires_at, tc_now_ms() + 30 * DAY_MS);
    assert_about(use(one.hash, 30).expires_at, tc_now_ms() + 30 * DAY_MS);
}

static void uses_within_an_hour_are_written_once(void **state)
{
    (void)state;
    struct somebody one = somebody();
    int64_t first = written_by(one.hash);
    assert_int_equal(use(one.hash, 30).expires_at, one.expires_at);
    assert_int_equal(written_by(one.hash), first);

    age(&one, 2);
    int64_t aged = written_by(one.hash);
    use(one.hash, 30);
    assert_int_not_equal(written_by(one.hash), aged);
}

static void a_session_that_was_not_used_in_time_is_over(void **state)
{
    (void)state;
    struct somebody one = somebody();
    age(&one, 30 * 24 + 1);
    assert_null(use(one.hash, 30).id);
    assert_null(use(one.hash, 30).id); /* and that was no use */

    struct auth_session session;
    assert_int_equal(auth_store_end_token(db, one.hash, &session), TC_NOT_FOUND);
}

static void a_shorter_life_shortens_the_sessions_that_are_used(void **state)
{
    (void)state;
    struct somebody one = somebody();
    assert_about(use(one.hash, 2).expires_at, tc_now_ms() + 2 * DAY_MS);
}

static void a_session_is_ended_by_its_user_alone(void **state)
{
    (void)state;
    struct somebody one = somebody(), two = somebody();
    assert_int_equal(auth_store_end_session(db, one.session_id, two.id), TC_NOT_FOUND);
    assert_string_equal(use(one.hash, 30).id, one.session_id);
    assert_int_equal(auth_store_end_session(db, one.session_id, one.id), TC_OK);
    assert_null(use(one.hash, 30).id);
    assert_int_equal(auth_store_end_session(db, one.session_id, one.id), TC_NOT_FOUND);
    assert_string_equal(use(two.hash, 30).id, two.session_id);
}

static void a_session_is_ended_by_its_token(void **state)
{
    (void)state;
    struct somebody one = somebody();
    struct auth_session session;
    assert_int_equal(auth_store_end_token(db, one.hash, &session), TC_OK);
    assert_string_equal(session.id, one.session_id);
    assert_string_equal(session.user.id, one.id);
    assert_null(use(one.hash, 30).id);
    assert_int_equal(auth_store_end_token(db, one.hash, &session), TC_NOT_FOUND);
    assert_int_equal(auth_store_end_token(db, UNKNOWN_HASH, &session), TC_NOT_FOUND);
}

/* A log-in sweeps ten; others may have left some. */
static void log_ins_sweep_what_is_over(void **state)
{
    (void)state;
    struct somebody gone = somebody(), one = somebody();
    struct attempts attempts = {0};
    age(&gone, 31 * 24);
    for (int i = 0; i < 1000 && written_by(gone.hash) != 0; i++) {
        char token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
        token_make(token, hash);
        struct auth_login login = {one.id, &attempts, {hash, 30}};
        struct auth_session session;
        int64_t retry_after_ms;
        assert_int_equal(auth_store_log_in(db, &login, &session, &retry_after_ms), TC_OK);
        assert_int_equal(retry_after_ms, 0);
        assert_string_equal(use(hash, 30).id, session.id);
    }
    assert_int_equal(written_by(gone.hash), 0);
    assert_string_equal(use(one.hash, 30).id, one.session_id);
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
        TEST(registering_makes_a_user_and_his_session),
        TEST(a_name_is_given_once),
        TEST(a_name_is_given_once_to_many_at_once),
        TEST(users_are_found_by_id_and_by_name),
        TEST(each_of_many_tokens_finds_its_session),
        TEST(a_use_prolongs_a_session),
        TEST(uses_within_an_hour_are_written_once),
        TEST(a_session_that_was_not_used_in_time_is_over),
        TEST(a_shorter_life_shortens_the_sessions_that_are_used),
        TEST(a_session_is_ended_by_its_user_alone),
        TEST(a_session_is_ended_by_its_token),
        TEST(log_ins_sweep_what_is_over),
    };
    return cmocka_run_group_tests(tests, open_databases, close_databases);
}
