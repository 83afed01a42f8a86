/* The auth service's handlers under libFuzzer, without the cost of passwords. */

#include <string.h>

#include "services/auth/auth.h"
#include "services/auth/password.h"
#include "tests/fuzz/service.h"

const struct tc_stmt *const auth_statements[] = {NULL};
const char password_of_nobody[] = "nobody";

void password_hash(const char *password, char out[PASSWORD_HASH_SIZE])
{
    memset(out, '\0', PASSWORD_HASH_SIZE);
    memset(out, 'x', strlen(password) % PASSWORD_HASH_SIZE);
}

bool password_matches(const char *password, const char *hash)
{
    return strlen(password) % 2 == strlen(hash) % 2;
}

static struct auth_user a_user(void)
{
    if (fuzz_yes())
        return (struct auth_user){0};
    return (struct auth_user){fuzz_id(), "ann", "Ann \"A\"", fuzz_number()};
}

static struct auth_session a_session(void)
{
    struct auth_session session = {.user = a_user(), .expires_at = fuzz_number()};
    session.id = session.user.id != NULL ? FUZZ_ROOM : NULL;
    return session;
}

/* One that is there for certain. */
static enum tc_status give_session(struct auth_session *out)
{
    *out = (struct auth_session){FUZZ_ROOM, fuzz_number(), {FUZZ_ANN, "ann", "Ann", fuzz_number()}};
    return fuzz_status();
}

enum tc_status auth_store_find_users(struct tc_db *db, const char *const *refs, size_t count,
                                     struct auth_user *out)
{
    (void)db;
    for (size_t i = 0; i < count; i++) {
        out[i] = a_user();
        if (refs[i][0] != '@' && out[i].id != NULL)
            out[i].id = refs[i];
    }
    return fuzz_status();
}

enum tc_status auth_store_count(struct tc_db *db, const struct attempts *attempts,
                                int64_t *retry_after_ms)
{
    (void)db, (void)attempts;
    *retry_after_ms = fuzz_yes() ? fuzz_number() : 0;
    return fuzz_status();
}

enum tc_status auth_store_find_account(struct tc_db *db, const char *username,
                                       const struct attempts *attempts, struct auth_account *out)
{
    (void)db, (void)username, (void)attempts;
    bool none = fuzz_yes();
    *out = (struct auth_account){none ? NULL : FUZZ_ANN, none ? NULL : "hash", 0};
    out->retry_after_ms = fuzz_yes() ? fuzz_number() : 0;
    return fuzz_status();
}

enum tc_status auth_store_log_in(struct tc_db *db, const struct auth_login *login,
                                 struct auth_session *out, int64_t *retry_after_ms)
{
    (void)db, (void)login;
    *retry_after_ms = fuzz_yes() ? fuzz_number() : 0;
    return give_session(out);
}

enum tc_status auth_store_register(struct tc_db *db, const struct auth_new_user *user,
                                   const struct auth_new_session *session, struct auth_session *out)
{
    (void)db, (void)user, (void)session;
    return give_session(out);
}

enum tc_status auth_store_use_sessions(struct tc_db *db, const char *const *hashes, size_t count,
                                       int64_t days, struct auth_session *out)
{
    (void)db, (void)days;
    for (size_t i = 0; i < count; i++)
        out[i] = hashes[i] != NULL ? a_session() : (struct auth_session){0};
    return fuzz_status();
}

enum tc_status auth_store_end_session(struct tc_db *db, const char *id, const char *user_id)
{
    (void)db, (void)id, (void)user_id;
    return fuzz_status();
}

enum tc_status auth_store_end_token(struct tc_db *db, const char *token_hash,
                                    struct auth_session *out)
{
    (void)db, (void)token_hash;
    return give_session(out);
}
