/* The NATS connection: publishing, subscriptions, the heartbeat, requests that wait. */

#include "shared/bus/bus.h"

#include <nats/nats.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/id.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/options.h"
#include "shared/bus/socket.h"

#define HEARTBEAT_MS 5000
#define FIRST_BEAT_MS 1000 /* a wrong password is told soon */
#define LAST_MESSAGES_MS 100
#define DRAIN_MS 5000
#define BUFFERED_MAX (8 * 1024 * 1024)
#define ROOM_MS 2000
#define INBOX_SIZE 96
#define SUBJECT_SIZE (INBOX_SIZE + 32)

/* A subscription with a callback of its own. */
struct ear {
    struct ear *next;
    natsSubscription *inner;
    void (*on_message)(void *ctx, struct tc_msg *msg);
    void *ctx;
};

struct tc_bus {
    struct tc_bus_config config;
    struct ear *ears;
    struct bus_socket *socket;
    natsConnection *nc;
    natsSubscription *inbox_sub;
    natsSubscription *ask_sub;
    uint64_t asked;
    char inbox[INBOX_SIZE];
    char beat[SUBJECT_SIZE];
    uv_timer_t heartbeat;
    atomic_int beats_missed;
    atomic_bool up;
    atomic_bool closing;
    atomic_int holders; /* the socket on the loop, and nats.c until it has told its closing */
};

static void let_go(struct tc_bus *bus)
{
    if (atomic_fetch_sub(&bus->holders, 1) == 1)
        free(bus);
}

/* On nats.c's delivery thread. */
static void on_nats_message(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    (void)nc, (void)sub;
    struct tc_bus *bus = closure;
    if (strcmp(natsMsg_GetSubject(msg), bus->beat) == 0) {
        atomic_store(&bus->beats_missed, 0);
        natsMsg_Destroy(msg);
        return;
    }
    bus->config.on_message(bus->config.ctx, (struct tc_msg *)msg);
}

static void tell(enum tc_level level, const char *event, const char *why)
{
    char quoted[TC_QUOTE_SIZE];
    tc_log(level, event, "reason=%s", tc_log_quote(why, quoted));
}

/* What an operator may mend: a subject that is not allowed, a wrong password or certificate.
 * status: what has happened, or NATS_OK for the last that has. */
static void tell_trouble(enum tc_level level, const char *event, natsConnection *nc,
                         natsStatus status)
{
    const char *why = NULL;
    natsStatus last = natsConnection_GetLastError(nc, &why);
    if (last == NATS_OK)
        last = NATS_NO_SERVER;
    bool known = why != NULL && why[0] != '\0' && (status == NATS_OK || status == last);
    tell(level, event, known ? why : natsStatus_GetText(status != NATS_OK ? status : last));
}

static void on_nats_closed(natsConnection *nc, void *closure)
{
    struct tc_bus *bus = closure;
    if (!atomic_load(&bus->closing)) {
        tell_trouble(TC_ERROR, "nats_closed", nc, NATS_OK);
        exit(EXIT_FAILURE); /* it reconnects for ever; once closed only a new process helps */
    }
    let_go(bus);
}

static void on_nats_error(natsConnection *nc, natsSubscription *sub, natsStatus status,
                          void *closure)
{
    (void)sub, (void)closure;
    tell_trouble(TC_WARN, "nats_error", nc, status);
}

static void on_heartbeat(uv_timer_t *timer)
{
    struct tc_bus *bus = timer->data;
    if (!atomic_load(&bus->up)) {
        tell_trouble(TC_WARN, "nats_away", bus->nc, NATS_OK);
        return;
    }
    if (atomic_fetch_add(&bus->beats_missed, 1) >= 2) {
        tc_log(TC_WARN, "nats_silent", "name=%s", bus->config.name);
        bus_socket_cut(bus->socket);
        return;
    }
    natsConnection_Publish(bus->nc, bus->beat, NULL, 0);
}

static void on_socket_open(void *ctx)
{
    struct tc_bus *bus = ctx;
    atomic_store(&bus->beats_missed, 0);
    atomic_store(&bus->up, true);
    tc_log(TC_INFO, "nats_up", "name=%s", bus->config.name);
    bus->config.on_up(bus->config.ctx);
}

static void on_socket_closed(void *ctx)
{
    struct tc_bus *bus = ctx;
    atomic_store(&bus->up, false);
    tc_log(TC_WARN, "nats_lost", "name=%s", bus->config.name);
    bus->config.on_lost(bus->config.ctx);
}

static void on_socket_gone(void *ctx)
{
    let_go(ctx);
}

static natsOptions *options_of(struct tc_bus *bus)
{
    natsOptions *options = options_create(bus->config.settings, bus->config.name);
    bus_must(bus_socket_attach(bus->socket, options), "event loop");
    bus_must(natsOptions_SetClosedCB(options, on_nats_closed, bus), "closed");
    bus_must(natsOptions_SetErrorHandler(options, on_nats_error, bus), "errors");
    return options;
}

static natsSubscription *subscribe(struct tc_bus *bus, const char *subject, const char *queue,
                                   natsMsgHandler handler, void *closure)
{
    natsSubscription *sub = NULL;
    if (queue != NULL)
        bus_must(natsConnection_QueueSubscribe(&sub, bus->nc, subject, queue, handler, closure),
                 "subscribe");
    else
        bus_must(natsConnection_Subscribe(&sub, bus->nc, subject, handler, closure), "subscribe");
    /* Whoever takes the messages bounds them; nats.c would drop in silence. */
    bus_must(natsSubscription_SetPendingLimits(sub, -1, -1), "pending limits");
    return sub;
}

static void open_inbox(struct tc_bus *bus)
{
    char subject[SUBJECT_SIZE];
    snprintf(subject, sizeof(subject), "%s.*", bus->inbox);
    bus->inbox_sub = subscribe(bus, subject, NULL, on_nats_message, bus);
    snprintf(subject, sizeof(subject), "%s.ask.*", bus->inbox);
    bus_must(natsConnection_SubscribeSync(&bus->ask_sub, bus->nc, subject), "subscribe");
}

/* The first try says why it fails; those that go on by themselves do not. */
static void reach_server(struct tc_bus *bus)
{
    natsOptions *options = options_of(bus);
    natsStatus status = natsConnection_Connect(&bus->nc, options);
    if (status != NATS_OK) {
        const char *why = nats_GetLastError(NULL);
        tell(TC_WARN, "nats_away", why != NULL ? why : natsStatus_GetText(status));
        options_persist(options);
        status = natsConnection_Connect(&bus->nc, options);
        if (status != NATS_NOT_YET_CONNECTED)
            bus_must(status, "connect");
    }
    natsOptions_Destroy(options);
}

struct tc_bus *tc_bus_open(const struct tc_bus_config *config)
{
    struct tc_bus *bus = tc_alloc(sizeof(*bus));
    bus->config = *config;
    atomic_init(&bus->holders, 2);
    char id[TC_ID_SIZE];
    tc_id_make(id);
    snprintf(bus->inbox, sizeof(bus->inbox), "_INBOX.%s.%s", config->name, id);
    snprintf(bus->beat, sizeof(bus->beat), "%s.beat", bus->inbox);
    bus->socket = bus_socket_create(config->loop, &(struct bus_socket_events){
                                                      .on_open = on_socket_open,
                                                      .on_closed = on_socket_closed,
                                                      .on_gone = on_socket_gone,
                                                      .ctx = bus,
                                                  });

    /* One thread delivers for all subscriptions: that keeps their order. */
    bus_must(nats_SetMessageDeliveryPoolSize(1), "delivery pool");
    reach_server(bus);
    open_inbox(bus);

    uv_timer_init(config->loop, &bus->heartbeat);
    bus->heartbeat.data = bus;
    uv_timer_start(&bus->heartbeat, on_heartbeat, FIRST_BEAT_MS, HEARTBEAT_MS);
    return bus;
}

static void free_ears(struct tc_bus *bus)
{
    while (bus->ears != NULL) {
        struct ear *ear = bus->ears;
        bus->ears = ear->next;
        natsSubscription_Destroy(ear->inner);
        free(ear);
    }
}

static void on_heartbeat_closed(uv_handle_t *handle)
{
    struct tc_bus *bus = handle->data;
    bus_socket_close(bus->socket); /* at last, when nats.c too has ended, the bus is freed */
}

void tc_bus_close(struct tc_bus **bus)
{
    struct tc_bus *ended = *bus;
    if (ended == NULL)
        return;
    *bus = NULL;
    atomic_store(&ended->closing, true);
    bus_socket_rest(ended->socket);
    /* First: with anything left to send, as the ends of subscriptions are, nats.c would wait half a
     * second for the server's answer, which nobody reads now. */
    natsConnection_Close(ended->nc);
    natsSubscription_Destroy(ended->inbox_sub);
    natsSubscription_Destroy(ended->ask_sub);
    free_ears(ended);
    natsConnection_Destroy(ended->nc);
    uv_close((uv_handle_t *)&ended->heartbeat, on_heartbeat_closed);
}

/*
 * nats.c frees messages in a thread of its own, which at its end leaves those that have just come:
 * those that ended the subscriptions. It gets a moment for them.
 */
void tc_bus_end(void)
{
    nats_Sleep(LAST_MESSAGES_MS);
    nats_CloseAndWait(2000);
}

bool tc_bus_is_up(const struct tc_bus *bus)
{
    return atomic_load(&bus->up);
}

const char *tc_bus_inbox(const struct tc_bus *bus)
{
    return bus->inbox;
}

static natsStatus publish(struct tc_bus *bus, const struct tc_outgoing *out)
{
    if (out->header_count == 0 && out->reply == NULL)
        return natsConnection_Publish(bus->nc, out->subject, out->data, (int)out->len);
    if (out->header_count == 0)
        return natsConnection_PublishRequest(bus->nc, out->subject, out->reply, out->data,
                                             (int)out->len);

    natsMsg *msg = NULL;
    natsStatus status = natsMsg_Create(&msg, out->subject, out->reply, out->data, (int)out->len);
    for (size_t i = 0; i < out->header_count && status == NATS_OK; i++)
        status = natsMsgHeader_Set(msg, out->headers[i].name, out->headers[i].value);
    if (status == NATS_OK)
        status = natsConnection_PublishMsg(bus->nc, msg);
    natsMsg_Destroy(msg);
    return status;
}

enum tc_status tc_bus_publish(struct tc_bus *bus, const struct tc_outgoing *message)
{
    if (!atomic_load(&bus->up) || natsConnection_Buffered(bus->nc) > BUFFERED_MAX)
        return TC_UNAVAILABLE;
    natsStatus status = publish(bus, message);
    if (status == NATS_OK)
        return TC_OK;
    tc_log(TC_WARN, "publish_failed", "subject=%s len=%zu reason=\"%s\"", message->subject,
           message->len, natsStatus_GetText(status));
    return TC_UNAVAILABLE;
}

void tc_bus_make_room(struct tc_bus *bus)
{
    if (atomic_load(&bus->up) && natsConnection_Buffered(bus->nc) > BUFFERED_MAX / 2)
        natsConnection_FlushTimeout(bus->nc, ROOM_MS);
}

/* As with messages: nats.c's own, under our name. */
struct tc_sub *tc_bus_subscribe(struct tc_bus *bus, const char *subject, const char *queue)
{
    return (struct tc_sub *)subscribe(bus, subject, queue, on_nats_message, bus);
}

void tc_bus_unsubscribe(struct tc_sub **sub)
{
    natsSubscription *inner = (natsSubscription *)*sub;
    *sub = NULL;
    if (inner == NULL)
        return;
    natsSubscription_Unsubscribe(inner);
    natsSubscription_Destroy(inner);
}

static void on_ear_message(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    (void)nc, (void)sub;
    const struct ear *ear = closure;
    ear->on_message(ear->ctx, (struct tc_msg *)msg);
}

void tc_bus_listen(struct tc_bus *bus, const char *subject, const char *queue,
                   void (*on_message)(void *ctx, struct tc_msg *msg), void *ctx)
{
    struct ear *ear = tc_alloc(sizeof(*ear));
    *ear = (struct ear){.next = bus->ears, .on_message = on_message, .ctx = ctx};
    bus->ears = ear;
    ear->inner = subscribe(bus, subject, queue, on_ear_message, ear);
}

void tc_bus_mute(struct tc_bus *bus)
{
    for (struct ear *ear = bus->ears; ear != NULL; ear = ear->next)
        natsSubscription_DrainTimeout(ear->inner, DRAIN_MS); /* unsubscribing drops what comes */
}

/* The answer whose subject is `reply`; late answers to earlier requests are passed over. */
static enum tc_status await(struct tc_bus *bus, const char *reply, int64_t deadline,
                            struct tc_msg **out)
{
    for (;;) {
        int64_t left = deadline - tc_mono_ms();
        natsMsg *msg = NULL;
        if (left <= 0 || natsSubscription_NextMsg(&msg, bus->ask_sub, left) != NATS_OK)
            return TC_UNAVAILABLE;
        bool ours = strcmp(natsMsg_GetSubject(msg), reply) == 0;
        if (ours && !natsMsg_IsNoResponders(msg)) {
            *out = (struct tc_msg *)msg;
            return TC_OK;
        }
        natsMsg_Destroy(msg);
        if (ours)
            return TC_UNAVAILABLE;
    }
}

enum tc_status tc_bus_ask(struct tc_bus *bus, const struct tc_outgoing *request, int64_t timeout_ms,
                          struct tc_msg **out)
{
    char reply[SUBJECT_SIZE];
    snprintf(reply, sizeof(reply), "%s.ask.%llu", bus->inbox, (unsigned long long)++bus->asked);
    struct tc_outgoing message = *request;
    message.reply = reply;
    enum tc_status status = tc_bus_publish(bus, &message);
    return status == TC_OK ? await(bus, reply, tc_mono_ms() + timeout_ms, out) : status;
}
