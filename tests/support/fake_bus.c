/* A bus that goes nowhere. */

#include "tests/support/fake_bus.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"

struct tc_bus {
    int unused;
};

struct tc_msg {
    char *subject, *data;
    const char *header, *value;
    bool no_responders;
};

struct fake_bus fake_bus;
static struct tc_bus the_bus;
static atomic_size_t messages;

struct tc_bus *fake_bus_reset(void)
{
    fake_bus = (struct fake_bus){0};
    atomic_store(&messages, 0);
    return &the_bus;
}

struct tc_msg *fake_message(const char *subject, const char *data, const char *header,
                            const char *value)
{
    struct tc_msg *msg = tc_alloc(sizeof(*msg));
    msg->subject = tc_strdup(subject);
    msg->data = tc_strdup(data);
    msg->header = header;
    msg->value = value;
    atomic_fetch_add(&messages, 1);
    return msg;
}

struct tc_msg *fake_no_responders(const char *subject)
{
    struct tc_msg *msg = fake_message(subject, "", NULL, NULL);
    msg->no_responders = true;
    return msg;
}

const char *fake_published_header(const char *name)
{
    for (size_t i = 0; i < fake_bus.last.header_count; i++)
        if (strcmp(fake_bus.last.headers[i].name, name) == 0)
            return fake_bus.last.headers[i].value;
    return NULL;
}

enum tc_status tc_bus_publish(struct tc_bus *bus, const struct tc_outgoing *message)
{
    (void)bus;
    if (fake_bus.down)
        return TC_UNAVAILABLE;
    struct fake_published *out = &fake_bus.last;
    *out = (struct fake_published){.header_count = message->header_count};
    snprintf(out->subject, sizeof(out->subject), "%s", message->subject);
    snprintf(out->reply, sizeof(out->reply), "%s", message->reply != NULL ? message->reply : "");
    snprintf(out->data, sizeof(out->data), "%.*s", (int)message->len, message->data);
    for (size_t i = 0; i < message->header_count; i++) {
        snprintf(out->headers[i].name, sizeof(out->headers[i].name), "%s",
                 message->headers[i].name);
        snprintf(out->headers[i].value, sizeof(out->headers[i].value), "%s",
                 message->headers[i].value);
    }
    fake_bus.published++;
    return TC_OK;
}

const char *tc_bus_inbox(const struct tc_bus *bus)
{
    (void)bus;
    return "_INBOX.fake";
}

const char *tc_msg_subject(const struct tc_msg *msg)
{
    return msg->subject;
}

const char *tc_msg_data(const struct tc_msg *msg)
{
    return msg->data;
}

size_t tc_msg_len(const struct tc_msg *msg)
{
    return strlen(msg->data);
}

const char *tc_msg_header(struct tc_msg *msg, const char *name)
{
    return msg->header != NULL && strcmp(msg->header, name) == 0 ? msg->value : NULL;
}

bool tc_msg_is_no_responders(const struct tc_msg *msg)
{
    return msg->no_responders;
}

void tc_msg_free(struct tc_msg **msg)
{
    if (*msg == NULL)
        return;
    free((*msg)->subject);
    free((*msg)->data);
    free(*msg);
    *msg = NULL;
    atomic_fetch_sub(&messages, 1);
}

size_t fake_messages(void)
{
    return atomic_load(&messages);
}
