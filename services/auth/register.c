/* Registering: a new user, and a token for him. */

#include <string.h>

#include "services/auth/auth.h"
#include "services/auth/password.h"
#include "services/auth/token.h"
#include "shared/base/mem.h"

#define PASSWORD_MIN 8 /* bytes */
#define PASSWORD_MAX 256

/* What the worker thread gets, and the hash that it makes of the password. */
struct registration {
    char username[USERNAME_SIZE];
    char password[PASSWORD_MAX + 1];
    char hash[PASSWORD_HASH_SIZE];
    char display_name[];
};

static void read_username(struct tc_request *req, char out[USERNAME_SIZE])
{
    const char *text = tc_request_text(req, "username", TC_TEXT_ANY, USERNAME_SIZE - 1);
    if (text == NULL)
        return;
    if (strlen(text) < USERNAME_SIZE && tc_text_fold_username(strcpy(out, text)))
        return;
    tc_request_fail_at(req, TC_INVALID_FIELD, "must be 3 to 32 of a-z 0-9 _ . -", "username");
}

static const char *read_password(struct tc_request *req)
{
    const char *text = tc_request_text(req, "password", TC_TEXT_ANY, PASSWORD_MAX);
    size_t len = text != NULL ? strlen(text) : 0;
    if (text == NULL || (len >= PASSWORD_MIN && len <= PASSWORD_MAX))
        return text;
    if (!tc_request_is_bad(req))
        tc_request_fail_at(req, TC_INVALID_FIELD, "must be 8 to 256 bytes", "password");
    return NULL;
}

static struct registration *registration_create(const char *username, const char *password,
                                                const char *display_name)
{
    size_t size = strlen(display_name) + 1;
    struct registration *registration = tc_alloc(sizeof(*registration) + size);
    strcpy(registration->username, username);
    strcpy(registration->password, password);
    memcpy(registration->display_name, display_name, size);
    return registration;
}

static void hash_password(void *arg)
{
    struct registration *registration = arg;
    password_hash(registration->password, registration->hash);
    explicit_bzero(registration->password, sizeof(registration->password));
}

static enum tc_status make_user(struct tc_request *req, struct tc_db *db)
{
    const struct registration *registration = tc_request_work_arg(req);
    const struct auth_new_user user = {
        .username = registration->username,
        .display_name = registration->display_name,
        .password = registration->hash,
    };
    char token[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
    token_make(token, hash);
    const struct auth_new_session fresh = {
        .token_hash = hash,
        .days = auth_settings.session_days,
    };
    struct auth_session session;
    enum tc_status status = auth_store_register(db, &user, &fresh, &session);
    if (status == TC_CONFLICT)
        return tc_request_fail_at(req, status, "this user name is taken", "username");
    if (status != TC_OK)
        return status;
    return session_answer(req, &session, token);
}

/* auth.register {username, password, display_name?} -> {user, token, expires_at} */
static enum tc_status auth_register(struct tc_request *req, struct tc_db *db)
{
    char username[USERNAME_SIZE] = "";
    read_username(req, username);
    const char *password = read_password(req);
    const char *display_name =
        tc_request_text_or(req, "display_name", TC_TEXT_LINE, tc_limits()->name, username);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    struct attempts attempts = attempts_to_register(tc_request_header(req, TC_HEADER_ADDRESS));
    int64_t retry_after_ms;
    enum tc_status status = auth_store_count(db, &attempts, &retry_after_ms);
    if (status != TC_OK)
        return status;
    if (retry_after_ms > 0)
        return tc_request_retry_after(req, TC_RATE_LIMITED, retry_after_ms);

    return tc_request_work(req, hash_password,
                           registration_create(username, password, display_name), make_user);
}

const struct tc_route register_routes[] = {
    {.op = "auth.register", .handler = auth_register, .flags = TC_PRIVATE},
    {0},
};
