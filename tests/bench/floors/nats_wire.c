/* The NATS protocol's client side, as far as a floor needs it. */

#include "tests/bench/floors/nats_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/base/mem.h"
#include "tests/bench/floors/work.h"

enum { INPUT_BYTES = 1 << 20 };

struct nats_wire {
    int fd;
    size_t begin, end; /* of what has come and was not yet read */
    char input[INPUT_BYTES];
};

/* nats://address:port, as ./dev writes it. */
static struct sockaddr_in read_url(void)
{
    char address[64];
    unsigned port;
    const char *url = getenv("TINCAN_NATS_URL");
    struct sockaddr_in out = {.sin_family = AF_INET};
    if (url == NULL || sscanf(url, "nats://%63[0-9.]:%u", address, &port) != 2 ||
        inet_pton(AF_INET, address, &out.sin_addr) != 1)
        work_die("TINCAN_NATS_URL", "is not nats://address:port");
    out.sin_port = htons((uint16_t)port);
    return out;
}

struct nats_wire *nats_open(void)
{
    struct nats_wire *wire = tc_alloc(sizeof(*wire));
    struct sockaddr_in address = read_url();
    int yes = 1;
    wire->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(wire->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        work_die("connect", strerror(errno));
    setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    struct tc_buf hello = {0};
    tc_buf_text(&hello, "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true}\r\n");
    nats_send(wire, &hello);
    tc_buf_free(&hello);
    return wire;
}

void nats_put(struct tc_buf *out, const char *subject, const char *reply, const char *header,
              const char *data)
{
    size_t head = header != NULL ? strlen(header) : 0;
    tc_buf_text(out, header != NULL ? "HPUB " : "PUB ");
    tc_buf_text(out, subject);
    tc_buf_byte(out, ' ');
    tc_buf_text(out, reply);
    if (header != NULL)
        tc_buf_printf(out, " %zu %zu\r\n%s", head, head + strlen(data), header);
    else
        tc_buf_printf(out, " %zu\r\n", strlen(data));
    tc_buf_text(out, data);
    tc_buf_text(out, "\r\n");
}

void nats_send(struct nats_wire *wire, struct tc_buf *out)
{
    for (size_t at = 0; at < out->len;) {
        ssize_t sent = send(wire->fd, out->data + at, out->len - at, 0);
        if (sent <= 0)
            work_die("send", strerror(errno));
        at += (size_t)sent;
    }
    tc_buf_clear(out);
}

static void receive(struct nats_wire *wire)
{
    memmove(wire->input, wire->input + wire->begin, wire->end - wire->begin);
    wire->end -= wire->begin;
    wire->begin = 0;
    ssize_t got = recv(wire->fd, wire->input + wire->end, INPUT_BYTES - wire->end, 0);
    if (got <= 0)
        work_die("recv", got == 0 ? "the server has closed" : strerror(errno));
    wire->end += (size_t)got;
}

void nats_subscribe(struct nats_wire *wire, const char *subject)
{
    struct tc_buf out = {0};
    tc_buf_printf(&out, "SUB %s 1\r\nPING\r\n", subject);
    nats_send(wire, &out);
    tc_buf_free(&out);
    while (memmem(wire->input, wire->end, "PONG\r\n", 6) == NULL)
        receive(wire);
}

/* [H]MSG subject sid [reply] [header bytes] bytes: how many bytes follow the line. */
static size_t read_line(const char *line, const char *end, struct nats_message *out)
{
    bool with_header = line[0] == 'H';
    const char *words[6];
    size_t count = 0;
    for (const char *at = line; at < end && count < 6; count++) {
        words[count] = at;
        const char *space = memchr(at, ' ', (size_t)(end - at));
        at = space != NULL ? space + 1 : end;
    }
    size_t least = with_header ? 5 : 4;
    out->reply = count > least ? words[3] : NULL;
    out->reply_len = count > least ? (size_t)(words[4] - words[3] - 1) : 0;
    return strtoull(words[count - 1], NULL, 10);
}

bool nats_next(struct nats_wire *wire, bool wait, struct nats_message *out)
{
    for (;;) {
        char *line = wire->input + wire->begin;
        char *end = memmem(line, wire->end - wire->begin, "\r\n", 2);
        if (end != NULL && strncmp(line, "-ERR", 4) == 0)
            work_die("nats-server", line);
        if (end != NULL && line[0] != 'M' && line[0] != 'H') { /* INFO, PING, +OK */
            wire->begin = (size_t)(end + 2 - wire->input);
            continue;
        }
        size_t size = end != NULL ? read_line(line, end, out) : 0;
        if (end != NULL && end + 2 + size + 2 <= wire->input + wire->end) {
            out->data = end + 2;
            out->len = size;
            wire->begin = (size_t)(end + 2 + size + 2 - wire->input);
            return true;
        }
        if (!wait)
            return false;
        receive(wire);
    }
}
