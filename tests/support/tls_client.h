/* The client's side of TLS on a wire, and certificates for the other side. */
#pragma once

#include "shared/base/buf.h"
#include "tests/support/wire.h"

struct ssl_st;

/* A key and a certificate of itself, as PEM files in a directory of the test's own. */
struct certificate {
    char directory[32], certificate[48], key[48];
};

void certificate_make(struct certificate *certificate);
void certificate_remove(struct certificate *certificate);

struct tls_client {
    struct wire *wire;
    struct ssl_st *ssl;
    size_t fed;         /* how much of what came on the wire it has read */
    struct tc_buf came; /* what was in that */
    bool ended;         /* by close_notify */
    bool failed;
};

/* Speaks TLS on the wire; protocols: ALPN's, as they are sent (NULL: none). Shakes no hand yet. */
void tls_client_open(struct tls_client *client, struct wire *wire, const char *protocols);
void tls_client_close(struct tls_client *client);

/* Run the loop until hands are shaken, or so much has come, or all. */
void tls_client_shake_hands(struct tls_client *client);
void tls_client_await(struct tls_client *client, size_t size);
void tls_client_await_end(struct tls_client *client);

/* chunk: how much of it goes at once; 0: all. */
void tls_client_write(struct tls_client *client, const char *bytes, size_t size, size_t chunk);
void tls_client_write_text(struct tls_client *client, const char *text);
void tls_client_end(struct tls_client *client);

/* Reads what has come, and sends what TLS itself has to say. */
void tls_client_turn(struct tls_client *client);
