/* A connection that is not plainly a socket's: what a proxy says of it comes first, then TLS. */

#include <stdlib.h>

#include "edge/connection_parts.h"
#include "edge/proxy.h"
#include "edge/tls.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"

void connection_line_open(struct connection *c, const struct entrance *entrance)
{
    c->line = tc_alloc(sizeof *c->line);
    if (entrance->tls)
        c->line->tls = tls_create(entrance->tls);
}

void connection_line_free(struct connection *c)
{
    if (c->line)
        tls_free(&c->line->tls);
    free(c->line);
    c->line = NULL;
}

/* It is an operator's mistake, and each connection makes it: he is told once. */
static void refuse_proxy(struct connection *c)
{
    char peer[ADDRESS_TEXT_SIZE];
    if (!c->set->proxy_told) {
        connection_address(c->set, connection_id_of(c), peer);
        tc_log(TC_WARN, "no_proxy_header", "peer=%s", peer);
    }
    c->set->proxy_told = true;
    connection_retire(c);
}

static void begin(struct connection *c, const struct proxy_header *header)
{
    c->set->proxy_told = false;
    c->line->has_client = header->has_client;
    c->line->client = header->client;
    connection_enter(c, PHASE_HEAD);
    if (header->has_client)
        connection_come_from(c, &header->client);
}

static void read_proxy(struct connection *c, const unsigned char *data, size_t size)
{
    struct proxy_header header;
    tc_buf_append(&c->held, data, size);
    unsigned char *all = (unsigned char *)c->held.data;
    enum proxy_verdict verdict = proxy_parse(all, c->held.len, &header);
    if (verdict == PROXY_NEEDS_MORE)
        return;
    if (verdict == PROXY_BAD) {
        refuse_proxy(c);
        return;
    }
    struct tc_buf held = c->held;
    c->held = (struct tc_buf){0};
    begin(c, &header);
    if (held.len > header.size)
        connection_line_input(c, all + header.size, held.len - header.size);
    tc_buf_free(&held);
}

void connection_line_input(struct connection *c, unsigned char *data, size_t size)
{
    if (c->phase == PHASE_PROXY)
        read_proxy(c, data, size);
    else if (c->line->tls)
        connection_tls_input(c, data, size);
    else
        connection_take(c, data, size);
    connection_count_kept(c);
}
