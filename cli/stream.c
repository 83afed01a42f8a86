/* TCP, and TLS on top of it where the address says so. */

#include "cli/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/fault.h"
#include "cli/url.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"

#define WRITE_MS 10000

struct stream {
    int fd; /* never blocks */
    SSL_CTX *tls_context;
    SSL *tls; /* NULL: plain */
};

/* False when the time is over. */
static bool wait_for(int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        int64_t left_ms = deadline_ms - tc_mono_ms();
        struct pollfd wait = {.fd = fd, .events = events};
        int ready = poll(&wait, 1, left_ms > 0 ? (int)left_ms : 0);
        if (ready != -1 || errno != EINTR)
            return ready == 1;
    }
}

static int connect_to(const struct addrinfo *address, int64_t deadline_ms)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return -1;
    int error = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        socklen_t size = sizeof(error);
        error = ETIMEDOUT;
        if (wait_for(fd, POLLOUT, deadline_ms))
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error == 0)
        return fd;
    close(fd);
    errno = error;
    return -1;
}

static int dial(const struct url *url, int64_t deadline_ms, struct fault *fault)
{
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
    int unknown = getaddrinfo(url->host, url->port, &hints, &list);
    if (unknown != 0) {
        fault_set(fault, UNAVAILABLE, url->authority, "%s", gai_strerror(unknown));
        return -1;
    }
    int fd = -1;
    for (const struct addrinfo *each = list; each != NULL && fd == -1; each = each->ai_next)
        fd = connect_to(each, deadline_ms);
    if (fd == -1)
        fault_set(fault, UNAVAILABLE, url->authority, "%s", strerror(errno));
    freeaddrinfo(list);
    return fd;
}

/* Whether trying again makes sense, once the socket can be read or written as TLS wants it. */
static bool tls_goes_on(struct stream *stream, int result, int64_t deadline_ms)
{
    int error = SSL_get_error(stream->tls, result);
    if (error == SSL_ERROR_WANT_READ)
        return wait_for(stream->fd, POLLIN, deadline_ms);
    return error == SSL_ERROR_WANT_WRITE && wait_for(stream->fd, POLLOUT, deadline_ms);
}

static bool begin_tls(struct stream *stream, const struct url *url, int64_t deadline_ms,
                      struct fault *fault)
{
    stream->tls_context = SSL_CTX_new(TLS_client_method());
    if (stream->tls_context != NULL) {
        SSL_CTX_set_default_verify_paths(stream->tls_context);
        SSL_CTX_set_verify(stream->tls_context, SSL_VERIFY_PEER, NULL);
        stream->tls = SSL_new(stream->tls_context);
    }
    if (stream->tls == NULL || SSL_set_fd(stream->tls, stream->fd) != 1 ||
        SSL_set1_host(stream->tls, url->host) != 1 ||
        SSL_set_tlsext_host_name(stream->tls, url->host) != 1)
        return fault_set(fault, UNAVAILABLE, url->authority, "TLS does not work here");
    int result;
    while ((result = SSL_connect(stream->tls)) != 1)
        if (!tls_goes_on(stream, result, deadline_ms)) {
            long verified = SSL_get_verify_result(stream->tls);
            bool bad = verified != X509_V_OK;
            return fault_set(fault, bad ? REFUSED : UNAVAILABLE, url->authority, "%s",
                             bad ? X509_verify_cert_error_string(verified)
                                 : "the TLS handshake failed");
        }
    return true;
}

struct stream *stream_open(const struct url *url, int64_t deadline_ms, struct fault *fault)
{
    int fd = dial(url, deadline_ms, fault), yes = 1;
    if (fd == -1)
        return NULL;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    struct stream *stream = tc_alloc(sizeof(*stream));
    stream->fd = fd;
    if (url->tls && !begin_tls(stream, url, deadline_ms, fault))
        stream_free(&stream);
    return stream;
}

void stream_free(struct stream **stream)
{
    struct stream *old = *stream;
    *stream = NULL;
    if (old == NULL)
        return;
    SSL_free(old->tls);
    SSL_CTX_free(old->tls_context);
    close(old->fd);
    free(old);
}

/* Bytes written, 0 to try again, or -1. */
static ssize_t write_some(struct stream *stream, const void *bytes, size_t size,
                          int64_t deadline_ms)
{
    if (stream->tls != NULL) {
        int sent = SSL_write(stream->tls, bytes, size < 65536 ? (int)size : 65536);
        return sent > 0 ? sent : tls_goes_on(stream, sent, deadline_ms) ? 0 : -1;
    }
    ssize_t sent = send(stream->fd, bytes, size, MSG_NOSIGNAL);
    if (sent >= 0 || errno == EINTR)
        return sent >= 0 ? sent : 0;
    return errno == EAGAIN && wait_for(stream->fd, POLLOUT, deadline_ms) ? 0 : -1;
}

bool stream_write(struct stream *stream, const void *bytes, size_t size)
{
    int64_t deadline_ms = tc_mono_ms() + WRITE_MS;
    for (size_t done = 0; done < size;) {
        ssize_t sent = write_some(stream, (const char *)bytes + done, size - done, deadline_ms);
        if (sent == -1)
            return false;
        done += (size_t)sent;
    }
    return true;
}

static enum stream_result read_tls(struct stream *stream, void *bytes, size_t *size,
                                   int64_t deadline_ms)
{
    for (;;) {
        int got = SSL_read(stream->tls, bytes, (int)*size);
        if (got > 0) {
            *size = (size_t)got;
            return STREAM_DATA;
        }
        int error = SSL_get_error(stream->tls, got);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            return STREAM_END;
        if (!tls_goes_on(stream, got, deadline_ms))
            return STREAM_LATE;
    }
}

enum stream_result stream_read(struct stream *stream, void *bytes, size_t *size,
                               int64_t deadline_ms)
{
    if (stream->tls != NULL)
        return read_tls(stream, bytes, size, deadline_ms);
    for (;;) {
        ssize_t got = recv(stream->fd, bytes, *size, 0);
        if (got > 0) {
            *size = (size_t)got;
            return STREAM_DATA;
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            return STREAM_END;
        if (!wait_for(stream->fd, POLLIN, deadline_ms))
            return STREAM_LATE;
    }
}

int stream_fd(const struct stream *stream)
{
    return stream->fd;
}
