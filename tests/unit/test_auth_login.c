/* Registering and logging in, through their route tables, over a store that does as it is told. */

#include "tests/support/auth_store.h"
#include "tests/support/call.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "shared/service/request_private.h"

static enum tc_status run(const struct tc_route *routes, struct call *call)
{
    call_route(routes, call);
    return call->status;
}

static int64_t retry_of(const struct call *call)
{
    return call->req->error.retry_after_ms;
}

/* {user, token, expires_at}, and the store knows no more of the token than its hash. */
static void assert_token(const cJSON *answer)
{
    assert_int_equal(cJSON_GetArraySize(answer), 3);
    assert_user(json_at(answer, "user"), &ann);
    assert_string_equal(json_text(answer, "expires_at"), "1970-01-02T00:00:00.000Z");
    const char *token = json_text(answer, "token");
    assert_int_equal(strlen(token), 43);

    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hash[TOKEN_HASH_SIZE];
    SHA256((const unsigned char *)token, strlen(token), digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(hash + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(store.token_hash, hash);
    assert_int_equal(store.days, 30);
}

static void registering_makes_a_user_and_a_token(void **state)
{
    (void)state;
    struct call call = {.op = "auth.register",
                        .data = "{\"username\":\"Ann_.-9\",\"password\":\"corr\\u0007ect horse\","
                                "\"display_name\":\"\\u00c4nn of the \\\"climbers\\\"\"}"};

    assert_int_equal(run(register_routes, &call), TC_OK);
    assert_token(call.answer);
    assert_int_equal(call.event_count, 0);
    assert_string_equal(store.name, "ann_.-9");
    assert_string_equal(store.display_name, "\u00c4nn of the \"climbers\"");
    assert_true(password_matches("corr\x07"
                                 "ect horse",
                                 store.password));
    call_done(&call);
}

static void the_display_name_is_the_user_name_unless_given(void **state)
{
    (void)state;
    static const char *const without[] = {
        "{\"username\":\"Ann\",\"password\":\"correct horse\"}",
        "{\"username\":\"Ann\",\"password\":\"correct horse\",\"display_name\":null}",
    };
    for (size_t i = 0; i < 2; i++) {
        struct call call = {.op = "auth.register", .data = without[i]};
        assert_int_equal(run(register_routes, &call), TC_OK);
        assert_string_equal(store.display_name, "ann");
        call_done(&call);
    }
}

#define WITH_NAME(name) "{\"username\":" name ",\"password\":\"12345678\"}"
#define WITH_PASSWORD(password) "{\"username\":\"ann\",\"password\":" password "}"
#define WITH_DISPLAY(name)                                                                         \
    "{\"username\":\"ann\",\"password\":\"12345678\",\"display_name\":" name "}"
#define TEN "xxxxxxxxxx"
#define EIGHTY TEN TEN TEN TEN TEN TEN TEN TEN

static void registering_names_the_bad_field_and_counts_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *data, *field;
    } bad[] = {
        {"{}", "username"},
        {WITH_NAME("null"), "username"},
        {WITH_NAME("7"), "username"},
        {WITH_NAME("\"\""), "username"},
        {WITH_NAME("\"an\""), "username"},
        {WITH_NAME("\"a b\""), "username"},
        {WITH_NAME("\"@ann\""), "username"},
        {WITH_NAME("\"\u00e4nn\""), "username"},
        {WITH_NAME("\"" TEN TEN TEN "xxx\""), "username"},
        {WITH_NAME("\"\U0001f9d7\U0001f9d7\U0001f9d7\U0001f9d7\U0001f9d7\U0001f9d7\U0001f9d7"
                   "\U0001f9d7\U0001f9d7\U0001f9d7\U0001f9d7\U0001f9d7\""),
         "username"},
        {"{\"username\":\"a\",\"password\":\"short\",\"display_name\":\"\"}", "username"},
        {"{\"username\":\"ann\"}", "password"},
        {WITH_PASSWORD("[]"), "password"},
        {WITH_PASSWORD("\"\""), "password"},
        {WITH_PASSWORD("\"1234567\""), "password"},
        {WITH_PASSWORD("\"" EIGHTY EIGHTY EIGHTY TEN "xxxxxxx\""), "password"},
        {WITH_PASSWORD("\"" EIGHTY EIGHTY EIGHTY TEN "xxxxx\u00fc\""), "password"},
        {"{\"username\":\"ann\",\"password\":\"1234567\",\"display_name\":\"\"}", "password"},
        {WITH_DISPLAY("5"), "display_name"},
        {WITH_DISPLAY("\"\""), "display_name"},
        {WITH_DISPLAY("\" x\""), "display_name"},
        {WITH_DISPLAY("\"a\\tb\""), "display_name"},
        {WITH_DISPLAY("\"" EIGHTY "x\""), "display_name"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct call call = {.op = "auth.register", .data = bad[i].data};
        assert_int_equal(run(register_routes, &call), TC_INVALID_FIELD);
        assert_string_equal(call.field, bad[i].field);
        call_done(&call);
    }
    assert_int_equal(store.counted, 0);
}

static void registering_takes_what_just_fits(void **state)
{
    (void)state;
    static const char *const good[] = {
        WITH_NAME("\"a-b\""),
        WITH_NAME("\"" TEN TEN TEN "xx\""),
        WITH_PASSWORD("\"\u00fc\u00fc\u00fc\u00fc\""),
        WITH_PASSWORD("\"" EIGHTY EIGHTY EIGHTY TEN "xxxxxx\""),
        WITH_DISPLAY("\"" EIGHTY "\""),
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct call call = {.op = "auth.register", .data = good[i]};
        assert_int_equal(run(register_routes, &call), TC_OK);
        call_done(&call);
    }
}

static void registering_is_counted_before_the_password_is_hashed(void **state)
{
    (void)state;
    struct call call = {.op = "auth.register", .data = WITH_NAME("\"ann\"")};
    store.retry_after_ms = 777;

    assert_int_equal(run(register_routes, &call), TC_RATE_LIMITED);
    assert_int_equal(retry_of(&call), 777);
    assert_int_equal(store.counted, 1);
    assert_int_equal(store.registered, 0);
    call_done(&call);
}

static void a_taken_name_is_a_conflict_of_that_field(void **state)
{
    (void)state;
    struct call call = {.op = "auth.register", .data = WITH_NAME("\"ann\"")};
    store.status = TC_CONFLICT;

    assert_int_equal(run(register_routes, &call), TC_CONFLICT);
    assert_string_equal(call.field, "username");
    call_done(&call);
}

/* Nobody is let in uncounted. */
static void what_cannot_be_counted_is_not_done(void **state)
{
    (void)state;
    struct call new_one = {.op = "auth.register", .data = WITH_NAME("\"ann\"")};
    store.count_status = TC_UNAVAILABLE;

    assert_int_equal(run(register_routes, &new_one), TC_UNAVAILABLE);
    assert_int_equal(store.registered, 0);
    call_done(&new_one);
}

#define LOG_IN(name, password)                                                                     \
    {                                                                                              \
        .op = "auth.login", .data = "{\"username\":\"" name "\",\"password\":\"" password "\"}"    \
    }

/* Ann is known to the store, with this password. */
static void know_ann(const char *password)
{
    static char hash[PASSWORD_HASH_SIZE];
    password_hash(password, hash);
    store.account = (struct auth_account){.user_id = ANN, .password = hash};
}

static void the_right_password_opens_a_session(void **state)
{
    (void)state;
    struct call call = LOG_IN("ANN", "correct horse");
    know_ann("correct horse");

    assert_int_equal(run(login_routes, &call), TC_OK);
    assert_token(call.answer);
    assert_string_equal(store.name, "ann");
    assert_int_equal(store.counted, 0);
    call_done(&call);
}

static void a_wrong_name_and_a_wrong_password_are_answered_alike(void **state)
{
    (void)state;
    struct call wrong_password = LOG_IN("ann", "correct house");
    struct call wrong_name = LOG_IN("bob", "correct horse");
    struct call no_name = LOG_IN("the \u00e4nn", "x");
    struct call too_long = LOG_IN(EIGHTY, "x");

    know_ann("correct horse");
    assert_int_equal(run(login_routes, &wrong_password), TC_UNAUTHENTICATED);
    store.account = (struct auth_account){0};
    assert_int_equal(run(login_routes, &wrong_name), TC_UNAUTHENTICATED);
    assert_int_equal(run(login_routes, &no_name), TC_UNAUTHENTICATED);
    assert_string_equal(store.name, "?");
    assert_int_equal(run(login_routes, &too_long), TC_UNAUTHENTICATED);

    assert_string_equal(wrong_password.message, wrong_name.message);
    assert_string_equal(wrong_password.message, no_name.message);
    assert_null(wrong_name.field);
    assert_int_equal(store.counted, 4);
    assert_int_equal(store.opened, 0);
    call_done(&wrong_password);
    call_done(&wrong_name);
    call_done(&no_name);
    call_done(&too_long);
}

static void logging_in_wants_two_texts(void **state)
{
    (void)state;
    static const struct {
        const char *data, *field;
    } bad[] = {
        {"{}", "username"},
        {"{\"password\":\"correct horse\"}", "username"},
        {"{\"username\":{},\"password\":\"correct horse\"}", "username"},
        {"{\"username\":\"ann\"}", "password"},
        {"{\"username\":\"ann\",\"password\":12345678}", "password"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct call call = {.op = "auth.login", .data = bad[i].data};
        assert_int_equal(run(login_routes, &call), TC_INVALID_FIELD);
        assert_string_equal(call.field, bad[i].field);
        call_done(&call);
    }
}

static void too_many_failures_stop_the_right_password_too(void **state)
{
    (void)state;
    struct call call = LOG_IN("ann", "correct horse");
    know_ann("correct horse");
    store.account.retry_after_ms = 41000;

    assert_int_equal(run(login_routes, &call), TC_RATE_LIMITED);
    assert_int_equal(retry_of(&call), 41000);
    assert_int_equal(store.opened, 0);
    assert_int_equal(store.counted, 0);
    call_done(&call);
}

/* Others failed while the password was looked at. */
static void what_is_one_too_many_meanwhile_learns_nothing(void **state)
{
    (void)state;
    struct call right = LOG_IN("ann", "correct horse"), wrong = LOG_IN("ann", "correct house");
    know_ann("correct horse");
    store.retry_after_ms = 500;

    assert_int_equal(run(login_routes, &right), TC_RATE_LIMITED);
    assert_int_equal(run(login_routes, &wrong), TC_RATE_LIMITED);
    assert_int_equal(retry_of(&right), 500);
    assert_int_equal(retry_of(&wrong), 500);
    assert_null(right.answer);
    call_done(&right);
    call_done(&wrong);
}

#define TEST(function) cmocka_unit_test_setup(function, auth_store_begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(registering_makes_a_user_and_a_token),
        TEST(the_display_name_is_the_user_name_unless_given),
        TEST(registering_names_the_bad_field_and_counts_nothing),
        TEST(registering_takes_what_just_fits),
        TEST(registering_is_counted_before_the_password_is_hashed),
        TEST(a_taken_name_is_a_conflict_of_that_field),
        TEST(what_cannot_be_counted_is_not_done),
        TEST(the_right_password_opens_a_session),
        TEST(a_wrong_name_and_a_wrong_password_are_answered_alike),
        TEST(logging_in_wants_two_texts),
        TEST(too_many_failures_stop_the_right_password_too),
        TEST(what_is_one_too_many_meanwhile_learns_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
