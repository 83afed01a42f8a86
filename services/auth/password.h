#pragma once

#include <stdbool.h>

#define PASSWORD_HASH_SIZE 128

/*
 * Argon2id as RFC 9106 and OWASP advise: 19 MiB, 2 passes, 1 lane; tens of
 * milliseconds. Any thread may call, and keeps its 19 MiB for the next time.
 */
void password_hash(const char *password, char out[PASSWORD_HASH_SIZE]);

/* hash: as password_hash made it. What differs does not show in the time. */
bool password_matches(const char *password, const char *hash);

/* The hash of no password at all: what an unknown user's is compared with, for the same time. */
extern const char password_of_nobody[];
