/* What happens elsewhere, heard: at once by caches, durably by what must be done. */

#include "shared/service/listeners.h"

#include <stdlib.h>

#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/service/decode.h"
#include "shared/service/facts.h"
#include "shared/service/queue.h"
#include "shared/service/stream.h"

#define TEND_MS 1000

struct ear {
    struct listeners *listeners;
    const struct tc_listener *listener;
};

struct listeners {
    const struct tc_service *service;
    struct tc_bus *bus;
    struct queue *inbox;
    struct ear *ears;
    size_t count;
    int64_t tended_at;
    unsigned losses; /* of NATS, when the consumers were seen to be there */
    bool made;
};

/* Events are never turned away: what they revoke or end must be seen. */
static void on_event(void *ctx, struct tc_msg *msg)
{
    const struct ear *ear = ctx;
    queue_return(ear->listeners->inbox, request_create(msg, ear->listener));
}

static size_t count_listeners(const struct tc_service *service)
{
    size_t count = 0;
    for (const struct tc_listener *const *table = service->listeners;
         table != NULL && *table != NULL; table++)
        for (const struct tc_listener *row = *table; row->subject != NULL; row++)
            count++;
    return count;
}

static void listen_to(struct listeners *listeners, const struct tc_listener *row)
{
    struct ear *ear = &listeners->ears[listeners->count++];
    *ear = (struct ear){listeners, row};
    if (row->everywhere) {
        tc_bus_listen(listeners->bus, row->subject, NULL, on_event, ear);
        return;
    }
    char subject[STREAM_SUBJECT_SIZE];
    stream_deliver_subject(listeners->service->name, row, subject);
    tc_bus_listen(listeners->bus, subject, listeners->service->name, on_event, ear);
}

struct listeners *listeners_open(const struct tc_service *service, struct tc_bus *bus,
                                 struct queue *inbox, bool durably)
{
    struct listeners *listeners = tc_alloc(sizeof(*listeners));
    *listeners = (struct listeners){.service = service, .bus = bus, .inbox = inbox};
    listeners->ears = tc_alloc(count_listeners(service) * sizeof(struct ear));
    for (const struct tc_listener *const *table = service->listeners;
         table != NULL && *table != NULL; table++)
        for (const struct tc_listener *row = *table; row->subject != NULL; row++)
            if (durably || row->everywhere)
                listen_to(listeners, row);
    return listeners;
}

void listeners_free(struct listeners **listeners)
{
    if (*listeners == NULL)
        return;
    free((*listeners)->ears);
    free(*listeners);
    *listeners = NULL;
}

static bool make_consumers(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++) {
        const struct tc_listener *row = listeners->ears[i].listener;
        if (!row->everywhere &&
            stream_consume(listeners->bus, listeners->service->name, row) != TC_OK)
            return false;
    }
    return true;
}

void listeners_tend(struct listeners *listeners)
{
    int64_t now = tc_mono_ms();
    if (listeners->losses != service_losses())
        listeners->made = false;
    if (listeners->made || !tc_bus_is_up(listeners->bus) || now - listeners->tended_at < TEND_MS)
        return;
    listeners->tended_at = now;
    listeners->losses = service_losses();
    listeners->made = make_consumers(listeners);
}

/* Only the stream waits for an answer; the reply subject of what came from elsewhere is not used.
 */
static void answer(struct tc_bus *bus, const struct tc_request *req, enum stream_verdict verdict)
{
    if (req->listener != NULL && !req->listener->everywhere)
        stream_answer(bus, req->msg, verdict);
}

void listeners_answer(struct tc_bus *bus, const struct tc_request *req)
{
    answer(bus, req, req->status == TC_OK ? STREAM_DONE : STREAM_AGAIN);
}

void listeners_discard(struct tc_bus *bus, const struct tc_request *req)
{
    answer(bus, req, STREAM_NEVER);
}
