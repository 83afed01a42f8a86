/* Passwords and Argon2id, in the PHC string format. */

#include "services/auth/password.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "shared/base/id.h"
#include "shared/base/log.h"

#define MEMORY_KIB 19456
#define PASSES 2
#define LANES 1

#define SALT_BYTES 16
#define SALT_TEXT 22 /* in base64, without padding */
#define HASH_BYTES 32
#define HASH_TEXT 43

#define PREFIX "$argon2id$v=19$m=19456,t=2,p=1$"
_Static_assert(MEMORY_KIB == 19456 && PASSES == 2 && LANES == 1 && ARGON2_VERSION_13 == 19,
               "the prefix says the cost");
_Static_assert(sizeof(PREFIX) + SALT_TEXT + 1 + HASH_TEXT <= PASSWORD_HASH_SIZE, "it fits");

const char password_of_nobody[] =
    PREFIX "bm9ib2R5IGhhcyB0aGlzIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/* malloc would hand this much back to the kernel, and fetch it again, for each password. */
static int take_arena(uint8_t **memory, size_t size)
{
    static _Thread_local uint8_t *arena;

    if (size > (size_t)MEMORY_KIB * 1024)
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    if (arena == NULL) {
        void *fresh = mmap(NULL, (size_t)MEMORY_KIB * 1024, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (fresh == MAP_FAILED)
            return ARGON2_MEMORY_ALLOCATION_ERROR;
        arena = fresh;
    }
    *memory = arena;
    return ARGON2_OK;
}

static void keep_arena(uint8_t *memory, size_t size)
{
    (void)memory, (void)size; /* the library has cleared it */
}

static void derive(const char *password, uint8_t salt[SALT_BYTES], uint8_t out[HASH_BYTES])
{
    argon2_context context = {
        .out = out,
        .outlen = HASH_BYTES,
        .pwd = (uint8_t *)(uintptr_t)password, /* read only, as no flag asks to wipe it */
        .pwdlen = (uint32_t)strlen(password),
        .salt = salt,
        .saltlen = SALT_BYTES,
        .t_cost = PASSES,
        .m_cost = MEMORY_KIB,
        .lanes = LANES,
        .threads = LANES,
        .version = ARGON2_VERSION_13,
        .allocate_cbk = take_arena,
        .free_cbk = keep_arena,
        .flags = ARGON2_DEFAULT_FLAGS,
    };
    int failed = argon2_ctx(&context, Argon2_id);
    if (failed == ARGON2_OK)
        return;
    tc_log(TC_ERROR, "argon2_failed", "why=%d", failed); /* no memory: as with any other */
    abort();
}

/* Base64 without its padding; `out` needs room for that, too. */
static void encode(char *out, const uint8_t *bytes, int size)
{
    EVP_EncodeBlock((unsigned char *)out, bytes, size);
    out[strcspn(out, "=")] = '\0';
}

static void write_hash(const char *password, uint8_t salt[SALT_BYTES], char out[PASSWORD_HASH_SIZE])
{
    uint8_t hash[HASH_BYTES];
    char salt_text[SALT_TEXT + 3], hash_text[HASH_TEXT + 2];

    derive(password, salt, hash);
    encode(salt_text, salt, SALT_BYTES);
    encode(hash_text, hash, HASH_BYTES);
    snprintf(out, PASSWORD_HASH_SIZE, PREFIX "%s$%s", salt_text, hash_text);
}

void password_hash(const char *password, char out[PASSWORD_HASH_SIZE])
{
    uint8_t salt[SALT_BYTES];
    tc_random(salt, sizeof(salt));
    write_hash(password, salt, out);
}

static bool read_salt(const char *hash, uint8_t out[SALT_BYTES])
{
    const size_t at = sizeof(PREFIX) - 1;
    char text[SALT_TEXT + sizeof("==")];
    unsigned char bytes[SALT_BYTES + 2];

    if (strlen(hash) != at + SALT_TEXT + 1 + HASH_TEXT || strncmp(hash, PREFIX, at) != 0)
        return false;
    snprintf(text, sizeof(text), "%.*s==", SALT_TEXT, hash + at);
    if (EVP_DecodeBlock(bytes, (unsigned char *)text, sizeof(text) - 1) != sizeof(bytes))
        return false;
    memcpy(out, bytes, SALT_BYTES);
    return true;
}

bool password_matches(const char *password, const char *hash)
{
    uint8_t salt[SALT_BYTES];
    char again[PASSWORD_HASH_SIZE];

    if (!read_salt(hash, salt))
        return false;
    write_hash(password, salt, again);
    return CRYPTO_memcmp(again, hash, strlen(hash)) == 0;
}
