/* OpenSSL reads from what it is given and writes into a buffer, by a BIO of our own: so TLS is a
 * step between a connection's queue and its socket, and knows neither. */

#include "edge/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/mem.h"

/* Of TLS 1.2; those of 1.3 are all good. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

static const unsigned char http1[] = "\x08http/1.1";

struct tls_server {
    SSL_CTX *context;
};

struct tls {
    SSL *ssl;
    const unsigned char *in; /* while it is read */
    size_t in_size;
    struct tc_buf out;
    size_t out_gone; /* bytes of it that were sent */
};

/* ---- What OpenSSL reads and writes ---- */

static int take_in(BIO *bio, char *out, int size)
{
    struct tls *tls = BIO_get_data(bio);
    size_t some = tls->in_size < (size_t)size ? tls->in_size : (size_t)size;
    BIO_clear_retry_flags(bio);
    if (some == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(out, tls->in, some);
    tls->in += some;
    tls->in_size -= some;
    return (int)some;
}

static int put_out(BIO *bio, const char *data, int size)
{
    struct tls *tls = BIO_get_data(bio);
    tc_buf_append(&tls->out, data, (size_t)size);
    return size;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/* One for all connections and for ever: those of an old certificate use it too. */
static const BIO_METHOD *the_method(void)
{
    static BIO_METHOD *method;
    if (method)
        return method;
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tincan");
    if (!method || !BIO_meth_set_read(method, take_in) || !BIO_meth_set_write(method, put_out) ||
        !BIO_meth_set_ctrl(method, control))
        abort();
    return method;
}

/* ---- A certificate, and how TLS is spoken ---- */

/* Who offers protocols, but not ours, is told so. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                           const unsigned char *offered, unsigned offered_size, void *user)
{
    (void)ssl, (void)user;
    unsigned char *chosen;
    int found =
        SSL_select_next_proto(&chosen, out_size, http1, sizeof http1 - 1, offered, offered_size);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Nobody is there to be asked for it. */
static int no_passphrase(char *out, int size, int writing, void *user)
{
    (void)out, (void)size, (void)writing, (void)user;
    return -1;
}

/* Tickets are kept by the clients: no session takes memory here once it is over. */
static bool set_rules(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, CIPHERS) == 1 &&
           SSL_CTX_set_num_tickets(context, 1) == 1;
}

struct tls_server *tls_server_create(const char *certificate, const char *key,
                                     char why[TLS_WHY_SIZE])
{
    ERR_clear_error();
    struct tls_server *server = tc_alloc(sizeof *server);
    server->context = SSL_CTX_new(TLS_server_method());
    if (server->context && set_rules(server->context) &&
        SSL_CTX_use_certificate_chain_file(server->context, certificate) == 1 &&
        SSL_CTX_use_PrivateKey_file(server->context, key, SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_check_private_key(server->context) == 1)
        return server;
    ERR_error_string_n(ERR_peek_error(), why, TLS_WHY_SIZE);
    tls_server_free(&server);
    return NULL;
}

void tls_server_free(struct tls_server **server)
{
    if (*server == NULL)
        return;
    SSL_CTX_free((*server)->context);
    free(*server);
    *server = NULL;
}

/* ---- A connection ---- */

struct tls *tls_create(const struct tls_server *server)
{
    struct tls *tls = tc_alloc(sizeof *tls);
    tls->ssl = SSL_new(server->context);
    BIO *bio = BIO_new(the_method());
    if (!tls->ssl || !bio)
        abort();
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void tls_free(struct tls **tls)
{
    if (*tls == NULL)
        return;
    SSL_free((*tls)->ssl);
    tc_buf_free(&(*tls)->out);
    free(*tls);
    *tls = NULL;
}

static enum tls_verdict verdict_of(const struct tls *tls, int result)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_NONE:
        return TLS_DATA;
    case SSL_ERROR_WANT_READ:
        return TLS_NEEDS_MORE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_ENDED;
    default:
        return ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST ? TLS_HTTP : TLS_FAILED;
    }
}

enum tls_verdict tls_read(struct tls *tls, const unsigned char **data, size_t *size,
                          unsigned char out[TLS_RECORD_SIZE], size_t *out_size)
{
    tls->in = *data;
    tls->in_size = *size;
    ERR_clear_error();
    int result = SSL_read_ex(tls->ssl, out, TLS_RECORD_SIZE, out_size);
    *data = tls->in;
    *size = tls->in_size;
    return verdict_of(tls, result);
}

bool tls_write(struct tls *tls, const void *data, size_t size)
{
    size_t written;
    ERR_clear_error();
    return SSL_write_ex(tls->ssl, data, size, &written) == 1;
}

void tls_end(struct tls *tls)
{
    ERR_clear_error();
    if (!SSL_in_init(tls->ssl))
        SSL_shutdown(tls->ssl);
}

size_t tls_unsent(const struct tls *tls)
{
    return tls->out.len - tls->out_gone;
}

void *tls_unsent_data(const struct tls *tls)
{
    return tls->out.data + tls->out_gone;
}

void tls_sent(struct tls *tls, size_t size)
{
    tls->out_gone += size;
    if (tls->out_gone < tls->out.len)
        return;
    tc_buf_free(&tls->out);
    tls->out_gone = 0;
}
