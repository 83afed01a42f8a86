/* A bus that goes nowhere. */

#include "tests/support/fake_bus.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"

#define QUEUE 4096

struct tc_bus {
    int unused;
};

struct tc_sub {
    int unused;
};

struct tc_msg {
    char *subject, *data, *value;
    size_t size;
    const char *header;
    bool no_responders;
};

struct fake_bus fake_bus;
static struct tc_bus the_bus;
static atomic_size_t messages;
static struct fake_published queue[QUEUE], taken;
static size_t queued;

static void forget(struct fake_published *published)
{
    free(published->data);
    *published = (struct fake_published){0};
}

struct tc_bus *fake_bus_reset(void)
{
    fake_bus = (struct fake_bus){0};
    atomic_store(&messages, 0);
    while (queued > 0)
        forget(&queue[--queued]);
    forget(&taken);
    return &the_bus;
}

const struct fake_published *fake_take(const char *subject)
{
    for (size_t i = 0; i < queued; i++) {
        if (subject != NULL && strcmp(queue[i].subject, subject) != 0)
            continue;
        forget(&taken);
        taken = queue[i];
        queued--;
        memmove(&queue[i], &queue[i + 1], (queued - i) * sizeof(queue[0]));
        return &taken;
    }
    return NULL;
}

const char *fake_header(const struct fake_published *published, const char *name)
{
    for (size_t i = 0; i < published->header_count; i++)
        if (strcmp(published->headers[i].name, name) == 0)
            return published->headers[i].value;
    return NULL;
}

struct tc_msg *fake_message(const char *subject, const char *data, const char *header,
                            const char *value)
{
    return fake_message_of(subject, data, strlen(data), header, value);
}

struct tc_msg *fake_message_of(const char *subject, const char *data, size_t size,
                               const char *header, const char *value)
{
    struct tc_msg *msg = tc_alloc(sizeof(*msg));
    msg->subject = tc_strdup(subject);
    msg->data = tc_alloc(size + 1);
    memcpy(msg->data, data, size);
    msg->size = size;
    msg->header = header;
    msg->value = tc_strdup(value != NULL ? value : "");
    atomic_fetch_add(&messages, 1);
    return msg;
}

struct tc_msg *fake_no_responders(const char *subject)
{
    struct tc_msg *msg = fake_message(subject, "", NULL, NULL);
    msg->no_responders = true;
    return msg;
}

size_t fake_messages(void)
{
    return atomic_load(&messages);
}

/* ---- What stands in for the bus ---- */

struct tc_bus *tc_bus_open(const struct tc_bus_config *config)
{
    fake_bus.config = *config;
    return &the_bus;
}

void tc_bus_close(struct tc_bus **bus)
{
    *bus = NULL;
}

bool tc_bus_is_up(const struct tc_bus *bus)
{
    (void)bus;
    return !fake_bus.down;
}

const char *tc_bus_inbox(const struct tc_bus *bus)
{
    (void)bus;
    return FAKE_INBOX;
}

struct tc_sub *tc_bus_subscribe(struct tc_bus *bus, const char *subject, const char *group)
{
    (void)bus, (void)subject, (void)group;
    fake_bus.subscriptions++;
    return tc_alloc(sizeof(struct tc_sub));
}

void tc_bus_listen(struct tc_bus *bus, const char *subject, const char *group,
                   void (*on_message)(void *ctx, struct tc_msg *msg), void *ctx)
{
    (void)bus, (void)subject, (void)group, (void)on_message, (void)ctx;
}

void tc_bus_unsubscribe(struct tc_sub **sub)
{
    fake_bus.subscriptions--;
    free(*sub);
    *sub = NULL;
}

enum tc_status tc_bus_publish(struct tc_bus *bus, const struct tc_outgoing *message)
{
    (void)bus;
    if (fake_bus.down)
        return TC_UNAVAILABLE;
    if (queued == QUEUE || message->header_count > FAKE_HEADERS)
        abort();
    struct fake_published *out = &queue[queued++];
    *out = (struct fake_published){.header_count = message->header_count};
    snprintf(out->subject, sizeof(out->subject), "%s", message->subject);
    snprintf(out->reply, sizeof(out->reply), "%s", message->reply != NULL ? message->reply : "");
    out->data = tc_alloc(message->len + 1);
    if (message->len > 0)
        memcpy(out->data, message->data, message->len);
    for (size_t i = 0; i < message->header_count; i++) {
        snprintf(out->headers[i].name, sizeof(out->headers[i].name), "%s",
                 message->headers[i].name);
        snprintf(out->headers[i].value, sizeof(out->headers[i].value), "%s",
                 message->headers[i].value);
    }
    return TC_OK;
}

const char *tc_msg_subject(const struct tc_msg *msg)
{
    return msg->subject;
}

const char *tc_msg_reply(const struct tc_msg *msg)
{
    (void)msg;
    return NULL;
}

const char *tc_msg_data(const struct tc_msg *msg)
{
    return msg->data;
}

size_t tc_msg_len(const struct tc_msg *msg)
{
    return msg->size;
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
    free((*msg)->value);
    free(*msg);
    *msg = NULL;
    atomic_fetch_sub(&messages, 1);
}
