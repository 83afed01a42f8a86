#pragma once

#include <stddef.h>
#include <stdint.h>

#include "services/auth/attempts.h"
#include "shared/base/status.h"

struct tc_db;

/* Texts that come out of the store are the database's: valid until the handler returns. */
struct auth_user {
    const char *id; /* NULL: there is none */
    const char *username;
    const char *display_name;
    int64_t created_at; /* times are milliseconds since 1970 */
};

struct auth_session {
    const char *id; /* NULL: there is none */
    int64_t expires_at;
    struct auth_user user;
};

/* out[i] is refs[i]: an id, or "@" and a name in lower case. */
enum tc_status auth_store_find_users(struct tc_db *db, const char *const *refs, size_t count,
                                     struct auth_user *out);

/*
 * Counts one attempt more. *retry_after_ms is 0, or says when the minute is
 * over of which this attempt was one too many.
 */
enum tc_status auth_store_count(struct tc_db *db, const struct attempts *attempts,
                                int64_t *retry_after_ms);

/* What has to be known before a password is looked at. */
struct auth_account {
    const char *user_id;    /* NULL: nobody has this name */
    const char *password;   /* as password_hash made it */
    int64_t retry_after_ms; /* 0, or some count has reached its limit */
};
enum tc_status auth_store_find_account(struct tc_db *db, const char *username,
                                       const struct attempts *attempts, struct auth_account *out);

/* A token that is to open a session: its hash in hexadecimal, and how long it lives unused. */
struct auth_new_session {
    const char *token_hash;
    int64_t days;
};

/* Opens a session, unless a count has reached its limit meanwhile: then *retry_after_ms is not 0.
 */
struct auth_login {
    const char *user_id;
    const struct attempts *attempts;
    struct auth_new_session session;
};
enum tc_status auth_store_log_in(struct tc_db *db, const struct auth_login *login,
                                 struct auth_session *out, int64_t *retry_after_ms);

/* Makes a user and his first session. TC_CONFLICT: the name is taken. */
struct auth_new_user {
    const char *username;
    const char *display_name;
    const char *password; /* as password_hash made it */
};
enum tc_status auth_store_register(struct tc_db *db, const struct auth_new_user *user,
                                   const struct auth_new_session *session,
                                   struct auth_session *out);

/* out[i] is the session of hashes[i] (NULL: none), used by this: it lives `days` from now. */
enum tc_status auth_store_use_sessions(struct tc_db *db, const char *const *hashes, size_t count,
                                       int64_t days, struct auth_session *out);

/* Ends a session, by its user or by its token. TC_NOT_FOUND: it is over already. */
enum tc_status auth_store_end_session(struct tc_db *db, const char *id, const char *user_id);
enum tc_status auth_store_end_token(struct tc_db *db, const char *token_hash,
                                    struct auth_session *out); /* without its user's name */
