/* TLS between a connection's socket and all that is above it. What it has encrypted counts as
 * unsent, and is sent before anything else is encrypted: a slow reader costs one record more. */

#include <string.h>
#include <sys/socket.h>

#include "edge/connection_parts.h"
#include "edge/tls.h"

enum { PARTS = 128 };

/* What was unsent of it before has become more. */
static void count(struct connection *c, size_t before)
{
    size_t now = tls_unsent(c->line->tls);
    c->unsent += (uint32_t)(now - before);
    if (now > before && !c->blocked)
        connection_touch(c);
}

/* ---- What comes ---- */

static void fail(struct connection *c)
{
    if (c->phase >= PHASE_FLUSHING) {
        connection_retire(c);
        return;
    }
    if (c->phase == PHASE_OPEN)
        c->code = CODE_LOST;
    c->line->over = true;
    connection_drop_queue(c);
    c->unsent = (uint32_t)tls_unsent(c->line->tls); /* why, for the peer */
    connection_enter(c, PHASE_FLUSHING);
}

static void refuse_http(struct connection *c)
{
    connection_drop_queue(c);
    tls_free(&c->line->tls);
    connection_http_refuse(c, 400);
}

void connection_tls_input(struct connection *c, const unsigned char *data, size_t size)
{
    unsigned char plain[TLS_RECORD_SIZE];
    size_t plain_size;
    enum tls_verdict verdict = TLS_DATA;
    while (verdict == TLS_DATA && c->phase != PHASE_DEAD && !c->line->over) {
        size_t before = tls_unsent(c->line->tls);
        verdict = tls_read(c->line->tls, &data, &size, plain, &plain_size);
        count(c, before);
        if (verdict == TLS_DATA)
            connection_take(c, plain, plain_size);
    }
    if (verdict == TLS_ENDED)
        connection_hear_end(c);
    else if (verdict == TLS_FAILED)
        fail(c);
    else if (verdict == TLS_HTTP)
        refuse_http(c);
}

/* ---- What goes ---- */

/* So much of the queue as one record holds, in one piece: a frame by itself where it lies. */
static const void *piece_of(const struct connection *c, unsigned char copy[TLS_RECORD_SIZE],
                            size_t *size)
{
    struct iovec parts[PARTS];
    struct msghdr message = {.msg_iov = parts};
    connection_gather(c, &message, PARTS);
    /* cppcheck-suppress uninitvar; connection_gather fills what it says it has */
    *size = parts[0].iov_len < TLS_RECORD_SIZE ? parts[0].iov_len : TLS_RECORD_SIZE;
    if (message.msg_iovlen == 1 || *size == TLS_RECORD_SIZE)
        return parts[0].iov_base;
    *size = 0;
    for (size_t i = 0; i < message.msg_iovlen && *size < TLS_RECORD_SIZE; i++) {
        size_t room = TLS_RECORD_SIZE - *size;
        size_t some = parts[i].iov_len < room ? parts[i].iov_len : room;
        memcpy(copy + *size, parts[i].iov_base, some);
        *size += some;
    }
    return copy;
}

static void encrypt(struct connection *c)
{
    unsigned char copy[TLS_RECORD_SIZE];
    size_t size;
    const void *piece = piece_of(c, copy, &size);
    if (!tls_write(c->line->tls, piece, size)) {
        connection_retire(c);
        return;
    }
    connection_sent(c, size);
    count(c, 0);
}

size_t connection_tls_gather(struct connection *c, struct msghdr *message)
{
    struct tls *tls = c->line->tls;
    if (tls_unsent(tls) == 0)
        encrypt(c);
    size_t size = tls_unsent(tls);
    message->msg_iovlen = size > 0 ? 1 : 0;
    if (size > 0)
        message->msg_iov[0] = (struct iovec){tls_unsent_data(tls), size};
    return size;
}

void connection_tls_sent(struct connection *c, size_t size)
{
    c->unsent -= (uint32_t)size;
    tls_sent(c->line->tls, size);
}

bool connection_tls_end(struct connection *c)
{
    if (c->line->over)
        return false;
    c->line->over = true;
    tls_end(c->line->tls);
    count(c, 0);
    return c->unsent > 0;
}
