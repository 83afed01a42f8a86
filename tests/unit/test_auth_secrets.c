/* Passwords, tokens, and what attempts to guess them count as. */

#include "tests/support/auth_store.h"
#include "tests/support/call.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* Made by argon2id_hash_encoded of "correct horse" and the salt "nobody has this!". */
#define REFERENCE                                                                                  \
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$"                                       \
    "myh0pwR8pxjlK5BDaWV0xut9R4maNTg45X0PlGVLffY"

static void a_password_matches_its_own_hash_only(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_SIZE];
    password_hash("correct horse", hash);
    assert_memory_equal(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
    assert_true(password_matches("correct horse", hash));
    assert_false(password_matches("correct horsf", hash));
    assert_false(password_matches("correct hors", hash));
    assert_false(password_matches("correct horse ", hash));
    assert_false(password_matches("", hash));
}

static void it_is_argon2id_as_others_know_it(void **state)
{
    (void)state;
    assert_true(password_matches("correct horse", REFERENCE));
    assert_false(password_matches("correct house", REFERENCE));
}

static void each_hash_has_a_salt_of_its_own(void **state)
{
    (void)state;
    char one[PASSWORD_HASH_SIZE], two[PASSWORD_HASH_SIZE];
    password_hash("correct horse", one);
    password_hash("correct horse", two);
    assert_string_not_equal(one, two);
}

static void what_is_no_hash_matches_nothing(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_SIZE];
    password_hash("correct horse", hash);

    char cut[PASSWORD_HASH_SIZE], bent[PASSWORD_HASH_SIZE], other[PASSWORD_HASH_SIZE];
    strcpy(cut, hash);
    cut[strlen(cut) - 1] = '\0';
    strcpy(bent, hash);
    bent[strlen(bent) - 1] = bent[strlen(bent) - 1] == 'A' ? 'E' : 'A';
    strcpy(other, hash);
    other[7] = 'd'; /* another kind of Argon2 */
    assert_false(password_matches("correct horse", cut));
    assert_false(password_matches("correct horse", bent));
    assert_false(password_matches("correct horse", other));
    assert_false(password_matches("correct horse", ""));
    assert_false(password_matches("correct horse", "correct horse"));
}

static void *hash_a_few(void *arg)
{
    char hash[PASSWORD_HASH_SIZE];
    bool *right = arg;
    *right = true;
    for (int i = 0; i < 4; i++) {
        password_hash(i % 2 == 0 ? "correct horse" : "battery staple", hash);
        *right &= password_matches(i % 2 == 0 ? "correct horse" : "battery staple", hash);
    }
    return NULL;
}

static void threads_do_not_get_into_each_others_way(void **state)
{
    (void)state;
    pthread_t threads[4];
    bool right[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_a_few, &right[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_true(right[i]);
    }
}

static void nobody_has_a_password_that_matches_nothing_in_the_usual_time(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_SIZE];
    password_hash("", hash);
    assert_int_equal(strlen(password_of_nobody), strlen(hash));
    assert_memory_equal(password_of_nobody, hash, 31);
    assert_false(password_matches("", password_of_nobody));
    assert_false(password_matches("nobody has this", password_of_nobody));
}

static void tokens_are_long_and_differ(void **state)
{
    (void)state;
    char one[TOKEN_SIZE], two[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
    token_make(one, hash);
    assert_true(token_hash_is_valid(hash));
    token_make(two, hash);
    assert_int_equal(strlen(one), 43);
    assert_int_equal(
        strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    assert_string_not_equal(one, two);
}

static void a_token_hash_is_64_lower_case_digits(void **state)
{
    (void)state;
    assert_true(token_hash_is_valid(TOKEN_HASH));
    assert_false(token_hash_is_valid(&TOKEN_HASH[1]));
    assert_false(token_hash_is_valid(TOKEN_HASH "0"));
    assert_false(token_hash_is_valid(""));
    assert_false(
        token_hash_is_valid("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"));
}

static void a_log_in_counts_three_ways(void **state)
{
    (void)state;
    struct attempts attempts = attempts_to_log_in("ann", "192.0.2.7");
    assert_int_equal(attempts.count, 3);
    assert_string_equal(attempts.kinds[0].what, "name ann address 192.0.2.7");
    assert_int_equal(attempts.kinds[0].most, 10);
    assert_string_equal(attempts.kinds[1].what, "name ann");
    assert_int_equal(attempts.kinds[1].most, 100);
    assert_string_equal(attempts.kinds[2].what, "address 192.0.2.7");
    assert_int_equal(attempts.kinds[2].most, 30);
}

static void a_registration_counts_by_its_address(void **state)
{
    (void)state;
    struct attempts attempts = attempts_to_register("192.0.2.7");
    assert_int_equal(attempts.count, 1);
    assert_string_equal(attempts.kinds[0].what, "register 192.0.2.7");
    assert_int_equal(attempts.kinds[0].most, 10);
}

static void an_address_is_known_however_it_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *address, *what;
    } samples[] = {
        {"2001:db8:0:1::7", "register 2001:db8:0:1::/64"},
        {"2001:0DB8:0:1:ffff:ffff:ffff:ffff", "register 2001:db8:0:1::/64"},
        {"2001:db8:0:2::7", "register 2001:db8:0:2::/64"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "register ffff:ffff:ffff:ffff::/64"},
        {"::ffff:192.0.2.7", "register 192.0.2.7"},
        {"::1", "register ::/64"},
        {"nonsense", "register unknown"},
        {"", "register unknown"},
        {NULL, "register unknown"},
    };
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct attempts attempts = attempts_to_register(samples[i].address);
        assert_string_equal(attempts.kinds[0].what, samples[i].what);
    }
}

static void the_longest_name_and_address_fit(void **state)
{
    (void)state;
    struct attempts attempts = attempts_to_log_in("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                                                  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    assert_string_equal(attempts.kinds[0].what, "name xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                                " address ffff:ffff:ffff:ffff::/64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_matches_its_own_hash_only),
        cmocka_unit_test(it_is_argon2id_as_others_know_it),
        cmocka_unit_test(each_hash_has_a_salt_of_its_own),
        cmocka_unit_test(what_is_no_hash_matches_nothing),
        cmocka_unit_test(threads_do_not_get_into_each_others_way),
        cmocka_unit_test(nobody_has_a_password_that_matches_nothing_in_the_usual_time),
        cmocka_unit_test(tokens_are_long_and_differ),
        cmocka_unit_test(a_token_hash_is_64_lower_case_digits),
        cmocka_unit_test(a_log_in_counts_three_ways),
        cmocka_unit_test(a_registration_counts_by_its_address),
        cmocka_unit_test(an_address_is_known_however_it_is_written),
        cmocka_unit_test(the_longest_name_and_address_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
