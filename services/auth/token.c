/* Tokens: random, and known by their hash only. */

#include "services/auth/token.h"

#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/base64.h"
#include "shared/base/buf.h"
#include "shared/base/id.h"

#define TOKEN_BYTES 32

static void write_text(const uint8_t bytes[TOKEN_BYTES], char out[TOKEN_SIZE])
{
    struct tc_buf text = {0};

    tc_base64_write(bytes, TOKEN_BYTES, &text);
    memcpy(out, text.data, TOKEN_SIZE);
    tc_buf_free(&text);
}

static void write_hash(const char *token, char out[TOKEN_HASH_SIZE])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)token, strlen(token), digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

void token_make(char token[TOKEN_SIZE], char hash[TOKEN_HASH_SIZE])
{
    uint8_t bytes[TOKEN_BYTES];

    tc_random(bytes, sizeof(bytes));
    write_text(bytes, token);
    write_hash(token, hash);
}

bool token_hash_is_valid(const char *hash)
{
    return strlen(hash) == TOKEN_HASH_SIZE - 1 &&
           strspn(hash, "0123456789abcdef") == TOKEN_HASH_SIZE - 1;
}
