/*
 * TLS of one connection, as bytes in and bytes out: OpenSSL without its sockets. What the peer has
 * sent is given to it, what is to go to him is taken from it; it never waits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define TLS_RECORD_SIZE 16384 /* RFC 8446, 5.1: what one record holds at most */
#define TLS_WHY_SIZE 256

/* A certificate with its key, and how TLS is spoken: 1.2 or later, HTTP/1.1 in it. */
struct tls_server;
struct tls;

/* From PEM files, the certificate's chain with it. NULL: that cannot be; `why` tells. */
struct tls_server *tls_server_create(const char *certificate, const char *key,
                                     char why[TLS_WHY_SIZE]);

/* Connections that it has begun go on. */
void tls_server_free(struct tls_server **server);

struct tls *tls_create(const struct tls_server *server);
void tls_free(struct tls **tls);

enum tls_verdict {
    TLS_DATA,
    TLS_NEEDS_MORE, /* all that was given is used up */
    TLS_ENDED,      /* the peer has said that nothing more will come */
    TLS_FAILED,     /* nothing more can be read or written */
    TLS_HTTP,       /* likewise: the peer speaks HTTP in clear */
};

/*
 * Reads what the peer has sent, at *data, which moves past what was used: until it is TLS_DATA no
 * more, as there may be something left from before. Any verdict may leave something to be sent.
 */
enum tls_verdict tls_read(struct tls *tls, const unsigned char **data, size_t *size,
                          unsigned char out[TLS_RECORD_SIZE], size_t *out_size);

/* One record at most. False: nothing more can be written. */
bool tls_write(struct tls *tls, const void *data, size_t size);

/* That nothing more will come of us: close_notify. */
void tls_end(struct tls *tls);

/* What is to be sent, until tls_sent says how much of it has gone. */
size_t tls_unsent(const struct tls *tls);
void *tls_unsent_data(const struct tls *tls);
void tls_sent(struct tls *tls, size_t size);
