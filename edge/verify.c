/* tincan.internal.auth.verify, for one token and for many sessions. */

#include "edge/verify.h"

#include <openssl/sha.h>
#include <stdlib.h>

#include "edge/edge.h"
#include "edge/fields.h"
#include "edge/requests.h"
#include "edge/users.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"

#define AT_ONCE 500
#define AGAIN_MS 30000 /* when a live session that could not be verified is tried again */

struct verification {
    struct edge *edge;
    verify_done *done;
    void *ctx;
};

void token_hash(const char *token, size_t size, unsigned char out[TOKEN_HASH_SIZE])
{
    SHA256((const unsigned char *)token, size, out);
}

void token_hash_write(const unsigned char hash[TOKEN_HASH_SIZE], char out[TOKEN_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < TOKEN_HASH_SIZE; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[2 * TOKEN_HASH_SIZE] = '\0';
}

static bool read_verified(struct tc_msg *answer, struct verified *out)
{
    struct field whole = {tc_msg_data(answer), tc_msg_len(answer)};
    struct field user, session, user_id, session_id;
    if (!field_is_json(whole) || !field_find(whole, "user", &user) ||
        !field_find(whole, "session", &session) || !field_find(user, "id", &user_id) ||
        !field_find(session, "id", &session_id))
        return false;
    out->user = user.json;
    out->user_size = user.size;
    out->session = session.json;
    out->session_size = session.size;
    return field_id(user_id, out->user_id) && field_id(session_id, out->session_id);
}

static void on_answer(void *ctx, enum tc_status status, struct tc_msg *answer)
{
    struct verification *verification = ctx;
    struct verified verified;
    if (status == TC_OK && !read_verified(answer, &verified))
        status = TC_INTERNAL;
    verification->done(verification->edge, verification->ctx, status,
                       status == TC_OK ? &verified : NULL);
    free(verification);
}

void verify_token(struct edge *edge, const unsigned char hash[TOKEN_HASH_SIZE], verify_done *done,
                  void *ctx)
{
    char hash_text[TOKEN_TEXT_SIZE];
    token_hash_write(hash, hash_text);
    struct verification *verification = tc_alloc(sizeof(*verification));
    *verification = (struct verification){edge, done, ctx};
    struct tc_buf question = {0};
    tc_json_object(&question, NULL);
    tc_json_text(&question, "token_hash", hash_text);
    tc_json_end_object(&question);
    requests_ask(edge->requests, &(struct request){
                                     .subject = "tincan.internal.auth.verify",
                                     .data = question.data,
                                     .len = question.len,
                                     .done = on_answer,
                                     .ctx = verification,
                                 });
    tc_buf_free(&question);
}

static void pump(struct edge *edge);

static void look_again_soon(struct session *session)
{
    int64_t soon = tc_mono_ms() + AGAIN_MS;
    if (session->user->check_at_ms > soon)
        session->user->check_at_ms = soon;
}

/* ctx: which connection it was; it may be gone. */
static void on_verified_again(struct edge *edge, void *ctx, enum tc_status status,
                              const struct verified *verified)
{
    (void)verified;
    struct connection_id *connection = ctx;
    struct session *session = session_of(edge, *connection);
    if (session != NULL) {
        session->verifying = false;
        if (status == TC_OK) {
            session->verified = true;
            session_advance(edge, session);
        } else if (status == TC_UNAUTHENTICATED) {
            connection_close(edge->connections, *connection, 4501);
        } else {
            look_again_soon(session);
        }
    }
    free(connection);
    edge->verifications.under_way--;
    pump(edge);
}

static void pump(struct edge *edge)
{
    struct verifications *all = &edge->verifications;
    if (all->pumping)
        return;
    all->pumping = true; /* without NATS each is done before it returns */
    while (!list_is_empty(&all->waiting) && all->under_way < AT_ONCE) {
        struct session *session = list_entry(all->waiting.next, struct session, verify_link);
        list_remove(&session->verify_link);
        all->under_way++;
        verify_token(edge, session->token_hash, on_verified_again,
                     tc_memdup(&session->connection, sizeof(session->connection)));
    }
    all->pumping = false;
}

void verify_again(struct edge *edge, struct session *session)
{
    if (session->verifying)
        return;
    session->verifying = true;
    list_append(&edge->verifications.waiting, &session->verify_link);
    pump(edge);
}
