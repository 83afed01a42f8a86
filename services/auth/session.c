/* Sessions: whether a token is good, and their end. They begin in login.c and register.c. */

#include "services/auth/auth.h"
#include "services/auth/token.h"
#include "shared/base/json.h"

#define BATCH_MAX 256

enum tc_status session_answer(struct tc_request *req, const struct auth_session *session,
                              const char *token)
{
    struct tc_buf *out = tc_request_answer(req);
    user_write(&session->user, out, "user");
    tc_json_text(out, "token", token);
    tc_json_time(out, "expires_at", session->expires_at);
    return TC_OK;
}

/* The member token_hash; NULL when it is bad. */
static const char *read_hash(struct tc_request *req)
{
    const char *hash = tc_request_text(req, "token_hash", TC_TEXT_PLAIN, TOKEN_HASH_SIZE - 1);
    if (hash == NULL || token_hash_is_valid(hash))
        return hash;
    tc_request_fail_at(req, TC_INVALID_FIELD, "must be a SHA-256 in hexadecimal", "token_hash");
    return NULL;
}

static enum tc_status answer_verified(struct tc_request *req, const struct auth_session *session)
{
    if (session->id == NULL)
        return TC_UNAUTHENTICATED;
    struct tc_buf *out = tc_request_answer(req);
    user_write(&session->user, out, "user");
    tc_json_object(out, "session");
    tc_json_text(out, "id", session->id);
    tc_json_time(out, "expires_at", session->expires_at);
    tc_json_end_object(out);
    return TC_OK;
}

/* auth.verify {token_hash} -> {user, session}; being asked is a use */
static void auth_verify(struct tc_request **reqs, size_t count, struct tc_db *db)
{
    const char *hashes[BATCH_MAX] = {0};
    struct auth_session sessions[BATCH_MAX];

    for (size_t i = 0; i < count; i++)
        hashes[i] = read_hash(reqs[i]); /* a bad one is nobody's */
    enum tc_status all =
        auth_store_use_sessions(db, hashes, count, auth_settings.session_days, sessions);
    for (size_t i = 0; i < count; i++) {
        enum tc_status status = hashes[i] == NULL ? TC_INVALID_FIELD : all;
        if (status == TC_OK)
            status = answer_verified(reqs[i], &sessions[i]);
        tc_request_finish(reqs[i], status);
    }
}

/* Edges read it off the subject and close the session's connections. */
static void tell_of_end(struct tc_request *req, const char *user_id, const char *session_id,
                        unsigned flags)
{
    struct tc_event event = {
        .type = "session/revoked",
        .audience = TC_TO_USER,
        .owner = user_id,
        .about = session_id,
        .flags = TC_EVENT_FIRST | flags,
    };
    tc_json_text(tc_request_event(req, &event), "session_id", session_id);
}

/* auth.logout {token_hash} -> {} */
static enum tc_status auth_logout(struct tc_request *req, struct tc_db *db)
{
    const char *hash = read_hash(req);
    if (hash == NULL)
        return TC_INVALID_FIELD;

    struct auth_session session;
    enum tc_status status = auth_store_end_token(db, hash, &session);
    if (status == TC_NOT_FOUND)
        return TC_UNAUTHENTICATED;
    if (status != TC_OK)
        return status;

    tell_of_end(req, session.user.id, session.id, 0);
    tc_request_answer(req);
    return TC_OK;
}

/* auth/logout {}: the asker's session. One that is over already is told of again, in case the
 * first event was lost. */
static enum tc_status logout(struct tc_request *req, struct tc_db *db)
{
    const char *user_id = tc_request_user(req), *session_id = tc_request_session(req);
    if (session_id[0] == '\0')
        return tc_request_fail(req, TC_CONFLICT, "there is no session to end");

    enum tc_status status = auth_store_end_session(db, session_id, user_id);
    if (status != TC_OK && status != TC_NOT_FOUND)
        return status;

    tell_of_end(req, user_id, session_id, TC_EVENT_ORIGIN);
    return TC_OK;
}

const struct tc_route session_routes[] = {
    {.op = "auth/logout", .handler = logout},
    {.op = "auth.logout", .handler = auth_logout, .flags = TC_PRIVATE},
    {.op = "auth.verify", .batch = auth_verify, .flags = TC_PRIVATE},
    {0},
};
