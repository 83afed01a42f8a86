/* Asks the auth service whose a token is: before a session begins, and again as it goes on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "edge/session.h"
#include "shared/base/status.h"

struct edge;
struct http_text;

/* Sessions that are verified again: those that wait, and how many are being asked about. */
struct verifications {
    struct list waiting;
    size_t under_way;
    bool pumping;
};

/* What auth says of a good token. The JSON is borrowed. */
struct verified {
    char user_id[TC_ID_SIZE], session_id[TC_ID_SIZE];
    const char *user, *session;
    size_t user_size, session_size;
};

#define TOKEN_TEXT_SIZE (2 * TOKEN_HASH_SIZE + 1) /* in hexadecimal, and its NUL */

void token_hash(const char *token, size_t size, unsigned char out[TOKEN_HASH_SIZE]);
void token_hash_write(const unsigned char hash[TOKEN_HASH_SIZE], char out[TOKEN_TEXT_SIZE]);

/* TC_OK; TC_UNAUTHENTICATED; otherwise it cannot be said now. `verified` is NULL but on TC_OK. */
typedef void verify_done(struct edge *edge, void *ctx, enum tc_status status,
                         const struct verified *verified);
void verify_token(struct edge *edge, const unsigned char hash[TOKEN_HASH_SIZE], verify_done *done,
                  void *ctx);

/* Verifies a session again, in its turn; closes it if its token is not good any more. */
void verify_again(struct edge *edge, struct session *session);
