/* The store's stand-in. */

#include "tests/support/auth_store.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/call.h"

struct auth_settings auth_settings = {.session_days = 30};
struct auth_store store;

const struct auth_user ann = {ANN, "ann", "Ann", 1000};
const struct auth_user bob = {BOB, "bob", "Bob", 2000};
static const struct auth_session session = {SESSION, 86400000, {ANN, "ann", "Ann", 1000}};

int auth_store_begin(void **state)
{
    (void)state;
    memset(&store, 0, sizeof(store));
    return 0;
}

void assert_user(const cJSON *json, const struct auth_user *is)
{
    assert_int_equal(cJSON_GetArraySize(json), 4);
    assert_string_equal(json_text(json, "id"), is->id);
    assert_string_equal(json_text(json, "username"), is->username);
    assert_string_equal(json_text(json, "display_name"), is->display_name);
    assert_string_equal(json_text(json, "created_at"), is->created_at == 1000
                                                           ? "1970-01-01T00:00:01.000Z"
                                                           : "1970-01-01T00:00:02.000Z");
}

enum tc_status auth_store_find_users(struct tc_db *db, const char *const *refs, size_t count,
                                     struct auth_user *out)
{
    (void)db;
    store.found++;
    memset(out, 0, count * sizeof(*out));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(refs[i], ANN) == 0 || strcmp(refs[i], "@ann") == 0)
            out[i] = ann;
        if (strcmp(refs[i], BOB) == 0 || strcmp(refs[i], "@bob") == 0)
            out[i] = bob;
    }
    return store.status;
}

enum tc_status auth_store_count(struct tc_db *db, const struct attempts *attempts,
                                int64_t *retry_after_ms)
{
    (void)db;
    store.counted++;
    store.attempts = *attempts;
    *retry_after_ms = store.retry_after_ms;
    return store.count_status;
}

enum tc_status auth_store_find_account(struct tc_db *db, const char *username,
                                       const struct attempts *attempts, struct auth_account *out)
{
    (void)db;
    store.attempts = *attempts;
    snprintf(store.name, sizeof(store.name), "%s", username);
    *out = store.account;
    return store.status;
}

static enum tc_status give_session(const struct auth_new_session *fresh, struct auth_session *out)
{
    snprintf(store.token_hash, sizeof(store.token_hash), "%s", fresh->token_hash);
    store.days = fresh->days;
    *out = session;
    return store.status;
}

enum tc_status auth_store_log_in(struct tc_db *db, const struct auth_login *login,
                                 struct auth_session *out, int64_t *retry_after_ms)
{
    (void)db;
    assert_string_equal(login->user_id, ANN);
    assert_int_equal(login->attempts->count, 3);
    store.opened++;
    *retry_after_ms = store.retry_after_ms;
    return give_session(&login->session, out);
}

enum tc_status auth_store_register(struct tc_db *db, const struct auth_new_user *user,
                                   const struct auth_new_session *fresh, struct auth_session *out)
{
    (void)db;
    store.registered++;
    snprintf(store.name, sizeof(store.name), "%s", user->username);
    snprintf(store.display_name, sizeof(store.display_name), "%s", user->display_name);
    snprintf(store.password, sizeof(store.password), "%s", user->password);
    return give_session(fresh, out);
}

enum tc_status auth_store_use_sessions(struct tc_db *db, const char *const *hashes, size_t count,
                                       int64_t days, struct auth_session *out)
{
    (void)db;
    store.days = days;
    for (size_t i = 0; i < count; i++)
        out[i] = hashes[i] != NULL && strcmp(hashes[i], TOKEN_HASH) == 0 ? session
                                                                         : (struct auth_session){0};
    return store.status;
}

enum tc_status auth_store_end_session(struct tc_db *db, const char *id, const char *user_id)
{
    (void)db;
    assert_string_equal(id, SESSION);
    assert_string_equal(user_id, ANN);
    store.ended++;
    return store.status;
}

enum tc_status auth_store_end_token(struct tc_db *db, const char *token_hash,
                                    struct auth_session *out)
{
    (void)db;
    assert_string_equal(token_hash, TOKEN_HASH);
    store.ended++;
    *out = session;
    return store.status;
}
