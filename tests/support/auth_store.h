#pragma once

#include "services/auth/auth.h"
#include "services/auth/password.h"
#include "services/auth/token.h"

/*
 * A store of the auth service that does as it is told, for tests of the
 * handlers. It knows two users, and one session by its token's hash.
 */
#define ANN "01890a5d-ac96-774b-bcce-b302099a8057"
#define BOB "01890a5d-ac96-774b-bcce-b302099a8058"
#define SESSION "01890a5d-ac96-774b-bcce-b302099a8060"
#define TOKEN_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
extern const struct auth_user ann, bob;

struct auth_store {
    /* What happens next. */
    enum tc_status count_status; /* of counting */
    enum tc_status status;       /* of all else */
    int64_t retry_after_ms;      /* of counting, and of opening a session */
    struct auth_account account;

    /* How often it was asked, and the last thing that each was asked. */
    unsigned counted, found, opened, registered, ended;
    struct attempts attempts;
    char name[USERNAME_SIZE], display_name[512], password[PASSWORD_HASH_SIZE];
    char token_hash[TOKEN_HASH_SIZE];
    int64_t days;
};
extern struct auth_store store;

/* Forgets everything; a set-up function of cmocka. */
int auth_store_begin(void **state);

/* The object `User`, or not as clients know it. */
void assert_user(const cJSON *json, const struct auth_user *is);
