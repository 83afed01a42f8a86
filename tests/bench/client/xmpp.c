/*
 * XMPP over TCP: an anonymous log-in, a room of XEP-0045, and messages to it. A room says to all
 * what one says, to him too. Nothing is parsed: stanzas are told apart by how they end.
 */

#include <string.h>

#include "shared/base/mem.h"
#include "tests/bench/client/body.h"
#include "tests/bench/client/fail.h"
#include "tests/bench/client/protocols.h"

#define HOST "localhost"
#define ROOMS "conference." HOST
#define MESSAGE_END "</message>"

static void open_stream(struct load *load, struct link *link)
{
    tc_buf_text(&link->out, "<?xml version='1.0'?><stream:stream to='" HOST "' version='1.0' "
                            "xmlns='jabber:client' "
                            "xmlns:stream='http://etherx.jabber.org/streams'>");
    load_send(load, link);
}

static void log_in(struct load *load, struct link *link)
{
    tc_buf_text(&link->out, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
                            "mechanism='ANONYMOUS'/>");
    load_send(load, link);
}

static void bind_resource(struct load *load, struct link *link)
{
    tc_buf_text(&link->out, "<iq type='set' id='bind'>"
                            "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    load_send(load, link);
}

/* Each world has rooms of its own: who comes while the last one leaves may never be let in. */
static void write_room(const struct load *load, const struct link *link, struct tc_buf *out)
{
    tc_buf_printf(out, "room%u-%u@" ROOMS, (unsigned)load->options.world, room_of(load, link));
}

static void enter_room(struct load *load, struct link *link)
{
    tc_buf_text(&link->out, "<presence to='");
    write_room(load, link, &link->out);
    tc_buf_printf(&link->out,
                  "/u%u'><x xmlns='http://jabber.org/protocol/muc'>"
                  "<history maxstanzas='0'/></x></presence>",
                  link->index);
    load_send(load, link);
}

/* From the connection to the room: what is waited for, and what is done then. */
static const struct {
    const char *end;
    void (*then)(struct load *load, struct link *link);
} greeting[] = {
    {"</stream:features>", log_in},
    {"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", open_stream},
    {"</stream:features>", bind_resource},
    {"</iq>", enter_room},
    {MESSAGE_END, load_link_joined}, /* the room's subject comes last */
};

/* Up to the end of a stanza that is waited for; 0: not yet. */
static size_t stanza_size(const char *bytes, size_t size, const char *end)
{
    const char *at = memmem(bytes, size, end, strlen(end));
    return at != NULL ? (size_t)(at - bytes) + strlen(end) : 0;
}

static void refuse_errors(const struct link *link, const char *bytes, size_t size)
{
    static const char *const errors[] = {"<failure", "<stream:error", "type='error'"};
    for (size_t i = 0; i < TC_COUNT(errors); i++)
        if (memmem(bytes, size, errors[i], strlen(errors[i])) != NULL)
            fail("connection %u: %.*s", link->index, (int)size, bytes);
}

static size_t read_greeting(struct load *load, struct link *link, const char *bytes, size_t size)
{
    refuse_errors(link, bytes, size);
    size_t used = stanza_size(bytes, size, greeting[link->step].end);
    if (used > 0)
        greeting[link->step++].then(load, link);
    return used;
}

static size_t xmpp_read(struct load *load, struct link *link, char *bytes, size_t size)
{
    size_t used = 0, stanza;
    while (link->state != LINK_JOINED &&
           (stanza = read_greeting(load, link, bytes + used, size - used)) > 0)
        used += stanza;
    while (link->state == LINK_JOINED &&
           (stanza = stanza_size(bytes + used, size - used, MESSAGE_END)) > 0) {
        if (!body_take(load, link, bytes + used, stanza))
            fail("connection %u: %.*s", link->index, (int)stanza, bytes + used);
        used += stanza;
    }
    return used;
}

static void xmpp_post(struct load *load, struct link *link, const struct stamp *stamp)
{
    tc_buf_text(&link->out, "<message to='");
    write_room(load, link, &link->out);
    tc_buf_text(&link->out, "' type='groupchat'><body>");
    body_write(load, stamp, &link->out);
    tc_buf_text(&link->out, "</body></message>");
    load_send(load, link);
}

const struct protocol protocol_xmpp = {
    .name = "xmpp", .greet = open_stream, .read = xmpp_read, .post = xmpp_post};
