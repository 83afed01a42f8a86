/*
 * Log-ins over HTTP/1.1, one connection for each user, kept open. The users are those of
 * tests/bench/seed.js, and have all been given the same password.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/bench/client/fail.h"
#include "tests/bench/client/protocols.h"

#define PASSWORD "correct horse battery"

static void login_greet(struct load *load, struct link *link)
{
    load_link_joined(load, link);
}

static void login_ask(struct load *load, struct link *link)
{
    struct tc_buf body = {0};
    tc_buf_printf(&body, "{\"username\":\"bench.%lld.%u\",\"password\":\"" PASSWORD "\"}",
                  (long long)load->options.world, link->index);
    tc_buf_printf(&link->out,
                  "POST /auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                  "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                  body.len, body.data);
    tc_buf_free(&body);
    load_send(load, link);
}

/* A whole answer's size, or 0: not yet. */
static size_t answer_size(const char *bytes, size_t size)
{
    static const char name[] = "Content-Length: ";
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    const char *length = memmem(bytes, (size_t)(end - bytes), name, sizeof(name) - 1);
    size_t head = (size_t)(end + 4 - bytes);
    size_t body = length != NULL ? strtoul(length + sizeof(name) - 1, NULL, 10) : 0;
    return size >= head + body ? head + body : 0;
}

static size_t login_read(struct load *load, struct link *link, char *bytes, size_t size)
{
    size_t used = answer_size(bytes, size);
    if (used == 0)
        return 0;
    if (strncmp(bytes, "HTTP/1.1 200", 12) != 0)
        fail("connection %u: %.*s", link->index, (int)used, bytes);
    load->work->answered(load, link);
    return used;
}

const struct protocol protocol_login = {
    .name = "login", .greet = login_greet, .read = login_read, .ask = login_ask};
