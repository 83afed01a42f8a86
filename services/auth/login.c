/* Logging in: a name and a password for a token. */

#include <string.h>

#include "services/auth/auth.h"
#include "services/auth/password.h"
#include "services/auth/token.h"
#include "shared/base/mem.h"

#define TEXT_MAX 16384     /* of what is compared only, and not kept */
#define NAME_OF_NOBODY "?" /* all that cannot be a user name counts as this one */

/* What the worker thread gets, and what is left of it when the password has been looked at. */
struct guess {
    struct attempts attempts;
    char user_id[TC_ID_SIZE]; /* "": nobody has that name */
    char hash[PASSWORD_HASH_SIZE];
    bool right;
    char password[];
};

static void fold_name(const char *text, char out[USERNAME_SIZE])
{
    strcpy(out, NAME_OF_NOBODY);
    if (strlen(text) >= USERNAME_SIZE)
        return;
    strcpy(out, text);
    if (!tc_text_fold_username(out))
        strcpy(out, NAME_OF_NOBODY);
}

static struct guess *guess_create(const struct auth_account *account,
                                  const struct attempts *attempts, const char *password)
{
    size_t size = strlen(password) + 1;
    struct guess *guess = tc_alloc(sizeof(*guess) + size);
    guess->attempts = *attempts;
    if (account->user_id != NULL)
        strncpy(guess->user_id, account->user_id, TC_ID_SIZE - 1);
    strncpy(guess->hash, account->user_id != NULL ? account->password : password_of_nobody,
            PASSWORD_HASH_SIZE - 1);
    memcpy(guess->password, password, size);
    return guess;
}

static void check_password(void *arg)
{
    struct guess *guess = arg;
    bool matches = password_matches(guess->password, guess->hash);
    guess->right = matches && guess->user_id[0] != '\0';
    explicit_bzero(guess->password, strlen(guess->password));
}

/* Guesses that were made at once and are too many together learn no more than any other. */
static enum tc_status refuse(struct tc_request *req, struct tc_db *db,
                             const struct attempts *attempts)
{
    int64_t retry_after_ms;
    enum tc_status status = auth_store_count(db, attempts, &retry_after_ms);
    if (status != TC_OK)
        return status;
    if (retry_after_ms > 0)
        return tc_request_retry_after(req, TC_RATE_LIMITED, retry_after_ms);
    return tc_request_fail(req, TC_UNAUTHENTICATED, "the user name or the password is wrong");
}

static enum tc_status open_session(struct tc_request *req, struct tc_db *db)
{
    const struct guess *guess = tc_request_work_arg(req);
    if (!guess->right)
        return refuse(req, db, &guess->attempts);

    char token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
    token_make(token, hash);
    const struct auth_login login = {
        .user_id = guess->user_id,
        .attempts = &guess->attempts,
        .session = {.token_hash = hash, .days = auth_settings.session_days},
    };
    struct auth_session session;
    int64_t retry_after_ms;
    enum tc_status status = auth_store_log_in(db, &login, &session, &retry_after_ms);
    if (status != TC_OK)
        return status;
    if (retry_after_ms > 0)
        return tc_request_retry_after(req, TC_RATE_LIMITED, retry_after_ms);
    return session_answer(req, &session, token);
}

/* auth.login {username, password} -> {user, token, expires_at} */
static enum tc_status auth_login(struct tc_request *req, struct tc_db *db)
{
    const char *username = tc_request_text(req, "username", TC_TEXT_ANY, TEXT_MAX);
    const char *password = tc_request_text(req, "password", TC_TEXT_ANY, TEXT_MAX);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    char name[USERNAME_SIZE];
    fold_name(username, name);
    struct attempts attempts = attempts_to_log_in(name, tc_request_header(req, TC_HEADER_ADDRESS));
    struct auth_account account;
    enum tc_status status = auth_store_find_account(db, name, &attempts, &account);
    if (status != TC_OK)
        return status;
    if (account.retry_after_ms > 0)
        return tc_request_retry_after(req, TC_RATE_LIMITED, account.retry_after_ms);

    return tc_request_work(req, check_password, guess_create(&account, &attempts, password),
                           open_session);
}

const struct tc_route login_routes[] = {
    {.op = "auth.login", .handler = auth_login, .flags = TC_PRIVATE},
    {0},
};
