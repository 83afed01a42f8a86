#pragma once

#include <stdbool.h>

#define TOKEN_SIZE 44 /* 256 bits in base64url, and a NUL */
#define TOKEN_HASH_SIZE                                                                            \
    65 /* SHA-256 of these 43 characters in lower-case hexadecimal, and a NUL                      \
        */

/* A new token for a client. Nothing but its hash may be kept. */
void token_make(char token[TOKEN_SIZE], char hash[TOKEN_HASH_SIZE]);

/* Whether it can be the hash of a token. */
bool token_hash_is_valid(const char *hash);
