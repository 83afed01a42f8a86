/* OpenSSL's client between two buffers. */

#include "tests/support/tls_client.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/unit.h"

/* ---- Certificates ---- */

static FILE *create(char path[48], const char *directory, const char *name)
{
    snprintf(path, 48, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static X509 *sign(EVP_PKEY *key)
{
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    return x509;
}

void certificate_make(struct certificate *certificate)
{
    snprintf(certificate->directory, sizeof certificate->directory, "/tmp/tincan-XXXXXX");
    assert_non_null(mkdtemp(certificate->directory));
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = sign(key);
    FILE *file = create(certificate->key, certificate->directory, "key");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    file = create(certificate->certificate, certificate->directory, "certificate");
    PEM_write_X509(file, x509);
    fclose(file);
    X509_free(x509);
    EVP_PKEY_free(key);
}

void certificate_remove(struct certificate *certificate)
{
    unlink(certificate->key);
    unlink(certificate->certificate);
    rmdir(certificate->directory);
}

/* ---- The client ---- */

void tls_client_open(struct tls_client *client, struct wire *wire, const char *protocols)
{
    *client = (struct tls_client){.wire = wire};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    client->ssl = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_bio(client->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(client->ssl);
    if (protocols)
        SSL_set_alpn_protos(client->ssl, (const unsigned char *)protocols,
                            (unsigned)strlen(protocols));
    tc_buf_text(&client->came, "");
}

void tls_client_close(struct tls_client *client)
{
    SSL_free(client->ssl);
    tc_buf_free(&client->came);
}

static void send_out(struct tls_client *client, size_t chunk)
{
    char *bytes;
    BIO *out = SSL_get_wbio(client->ssl);
    size_t size = (size_t)BIO_get_mem_data(out, &bytes), step;
    for (size_t at = 0; at < size; at += step) {
        step = chunk > 0 && size - at > chunk ? chunk : size - at;
        wire_write(client->wire, bytes + at, step);
    }
    (void)BIO_reset(out);
}

void tls_client_turn(struct tls_client *client)
{
    char bytes[4096];
    struct tc_buf *came = &client->wire->came;
    wire_turn(client->wire);
    if (came->len > client->fed)
        BIO_write(SSL_get_rbio(client->ssl), came->data + client->fed,
                  (int)(came->len - client->fed));
    client->fed = came->len;
    ERR_clear_error();
    int size;
    while ((size = SSL_read(client->ssl, bytes, sizeof bytes)) > 0)
        tc_buf_append(&client->came, bytes, (size_t)size);
    int error = SSL_get_error(client->ssl, size);
    client->ended = error == SSL_ERROR_ZERO_RETURN;
    client->failed = !client->ended && error != SSL_ERROR_WANT_READ;
    send_out(client, 0);
}

void tls_client_shake_hands(struct tls_client *client)
{
    while (!SSL_is_init_finished(client->ssl)) {
        tls_client_turn(client);
        assert_false(client->failed || client->wire->ended);
    }
    tls_client_turn(client);
}

void tls_client_await(struct tls_client *client, size_t size)
{
    while (client->came.len < size) {
        tls_client_turn(client);
        assert_false(client->failed);
        assert_false(client->wire->ended && client->came.len < size);
    }
}

void tls_client_await_end(struct tls_client *client)
{
    while (!client->ended)
        tls_client_turn(client);
    wire_await_end(client->wire);
}

void tls_client_write(struct tls_client *client, const char *bytes, size_t size, size_t chunk)
{
    assert_int_equal(SSL_write(client->ssl, bytes, (int)size), (int)size);
    send_out(client, chunk);
}

void tls_client_write_text(struct tls_client *client, const char *text)
{
    tls_client_write(client, text, strlen(text), 0);
}

void tls_client_end(struct tls_client *client)
{
    SSL_shutdown(client->ssl);
    send_out(client, 0);
}
