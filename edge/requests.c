/* Requests by slot and generation, in the order in which they run out of time. */

#include "edge/requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "edge/origin.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/bus/subjects.h"

#define SWEEP_MS 50
#define REMEMBER_MS 60000  /* how long it is known that a client's request failed */
#define REMEMBER_MAX 20000 /* of so many */
#define NONE UINT32_MAX

/* A slot is in exactly one queue. In each of them all end in the order of arrival. */
enum queue {
    FREE,
    NORMAL,
    BRIEF,
    FAILED, /* over, but its name stays taken */
    QUEUES
};

struct slot {
    uint32_t generation;
    uint32_t next, previous;
    enum queue queue;
    struct connection_id asker; /* zeroed: the edge itself */
    int64_t end_ms;
    request_done *done;
    void *ctx;
};

struct ends {
    uint32_t first, last;
    size_t count;
};

struct requests {
    struct tc_bus *bus;
    uv_timer_t sweep;
    struct slot *slots;
    uint32_t slot_count;
    struct ends queues[QUEUES];
};

static void leave_queue(struct requests *requests, uint32_t index)
{
    struct slot *slot = &requests->slots[index];
    struct ends *ends = &requests->queues[slot->queue];
    if (slot->previous != NONE)
        requests->slots[slot->previous].next = slot->next;
    else
        ends->first = slot->next;
    if (slot->next != NONE)
        requests->slots[slot->next].previous = slot->previous;
    else
        ends->last = slot->previous;
    ends->count--;
}

static void enter_queue(struct requests *requests, uint32_t index, enum queue queue)
{
    struct slot *slot = &requests->slots[index];
    struct ends *ends = &requests->queues[queue];
    slot->queue = queue;
    slot->next = NONE;
    slot->previous = ends->last;
    if (ends->last != NONE)
        requests->slots[ends->last].next = index;
    else
        ends->first = index;
    ends->last = index;
    ends->count++;
}

static void release(struct requests *requests, uint32_t index)
{
    leave_queue(requests, index);
    requests->slots[index].generation++;
    enter_queue(requests, index, FREE);
}

static void grow(struct requests *requests)
{
    uint32_t old = requests->slot_count, count = old > 0 ? old * 2 : 64;
    requests->slots = tc_realloc(requests->slots, count * sizeof(*requests->slots));
    requests->slot_count = count;
    for (uint32_t i = old; i < count; i++) {
        requests->slots[i] = (struct slot){.generation = 1};
        enter_queue(requests, i, FREE);
    }
}

static uint32_t reserve(struct requests *requests, const struct request *request)
{
    if (requests->queues[FREE].count == 0)
        grow(requests);
    uint32_t index = requests->queues[FREE].first;
    struct slot *slot = &requests->slots[index];
    leave_queue(requests, index);
    slot->asker = request->asker;
    slot->end_ms = tc_mono_ms() + (request->brief ? REQUEST_BRIEF_MS : REQUEST_MS);
    slot->done = request->done;
    slot->ctx = request->ctx;
    enter_queue(requests, index, request->brief ? BRIEF : NORMAL);
    return index;
}

static enum tc_status publish(struct requests *requests, const struct request *request,
                              const char *reply)
{
    struct tc_header headers[REQUEST_HEADERS_MAX + 1];
    size_t count = request->header_count;
    if (count > 0)
        memcpy(headers, request->headers, count * sizeof(*headers));
    char deadline[24];
    int64_t patience = request->brief ? REQUEST_BRIEF_MS : REQUEST_MS;
    snprintf(deadline, sizeof(deadline), "%lld", (long long)(tc_now_ms() + patience));
    headers[count++] = (struct tc_header){TC_HEADER_DEADLINE, deadline};
    return tc_bus_publish(requests->bus, &(struct tc_outgoing){
                                             .subject = request->subject,
                                             .reply = reply,
                                             .headers = headers,
                                             .header_count = count,
                                             .data = request->data,
                                             .len = request->len,
                                         });
}

static void on_sweep(uv_timer_t *timer);

void requests_ask(struct requests *requests, const struct request *request)
{
    uint32_t index = reserve(requests, request);
    char reply[TC_SUBJECT_SIZE];
    struct origin origin = {index, requests->slots[index].generation, request->asker};
    origin_write(&origin, tc_bus_inbox(requests->bus), reply);
    if (publish(requests, request, reply) != TC_OK) {
        release(requests, index);
        request->done(request->ctx, TC_UNAVAILABLE, NULL);
        return;
    }
    if (!uv_is_active((uv_handle_t *)&requests->sweep))
        uv_timer_start(&requests->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

static bool is_waiting(const struct slot *slot)
{
    return slot->queue == NORMAL || slot->queue == BRIEF;
}

/* remember: it may have been done, and its event may still come. */
static void finish(struct requests *requests, uint32_t index, enum tc_status status,
                   struct tc_msg *answer, bool remember)
{
    struct slot *slot = &requests->slots[index];
    request_done *done = slot->done;
    void *ctx = slot->ctx;
    if (remember && slot->asker.generation != 0) {
        if (requests->queues[FAILED].count >= REMEMBER_MAX)
            release(requests, requests->queues[FAILED].first);
        leave_queue(requests, index);
        slot->end_ms = tc_mono_ms() + REMEMBER_MS;
        enter_queue(requests, index, FAILED);
    } else {
        release(requests, index);
    }
    done(ctx, status, answer); /* may ask again, and so move the slots */
}

static enum tc_status status_of(struct tc_msg *answer)
{
    const char *name = tc_msg_header(answer, TC_HEADER_STATUS);
    return name == NULL ? TC_OK : tc_status_parse(name);
}

bool requests_answer(struct requests *requests, struct tc_msg *msg)
{
    struct origin name;
    if (!origin_read(tc_msg_subject(msg), tc_bus_inbox(requests->bus), &name))
        return false;
    if (name.slot >= requests->slot_count)
        return true;
    const struct slot *slot = &requests->slots[name.slot];
    if (slot->generation != name.generation || !is_waiting(slot))
        return true; /* too late */
    if (tc_msg_is_no_responders(msg)) {
        finish(requests, name.slot, TC_UNAVAILABLE, NULL, false);
    } else {
        enum tc_status status = status_of(msg);
        finish(requests, name.slot, status, msg, status == TC_UNAVAILABLE);
    }
    return true;
}

static void end_overdue(struct requests *requests, enum queue queue, int64_t now_ms)
{
    for (;;) {
        uint32_t index = requests->queues[queue].first;
        if (index == NONE || requests->slots[index].end_ms > now_ms)
            return;
        if (queue == FAILED)
            release(requests, index);
        else
            finish(requests, index, TC_UNAVAILABLE, NULL, true);
    }
}

static void on_sweep(uv_timer_t *timer)
{
    struct requests *requests = timer->data;
    int64_t now_ms = tc_mono_ms();
    end_overdue(requests, NORMAL, now_ms);
    end_overdue(requests, BRIEF, now_ms);
    end_overdue(requests, FAILED, now_ms);
    if (requests_count(requests) == 0 && requests->queues[FAILED].count == 0)
        uv_timer_stop(timer);
}

void requests_lose(struct requests *requests)
{
    for (enum queue queue = NORMAL; queue <= BRIEF; queue++)
        for (size_t left = requests->queues[queue].count; left > 0; left--)
            finish(requests, requests->queues[queue].first, TC_UNAVAILABLE, NULL, true);
}

size_t requests_count(const struct requests *requests)
{
    return requests->queues[NORMAL].count + requests->queues[BRIEF].count;
}

enum request_fate requests_fate(const struct requests *requests, const char *origin,
                                struct connection_id *asker, void **ctx)
{
    struct origin name;
    if (origin == NULL || !origin_read(origin, tc_bus_inbox(requests->bus), &name) ||
        name.slot >= requests->slot_count || name.asker.generation == 0)
        return REQUEST_FOREIGN;
    const struct slot *slot = &requests->slots[name.slot];
    *asker = name.asker;
    if (slot->generation != name.generation || slot->queue == FREE)
        return REQUEST_OVER;
    if (!connection_is(slot->asker, name.asker))
        return REQUEST_FOREIGN; /* forged: what ctx is depends on who has asked */
    *ctx = slot->ctx;
    return slot->queue == FAILED ? REQUEST_UNAVAILABLE : REQUEST_WAITING;
}

struct requests *requests_create(struct uv_loop_s *loop, struct tc_bus *bus)
{
    struct requests *requests = tc_alloc(sizeof(*requests));
    requests->bus = bus;
    for (int i = 0; i < QUEUES; i++)
        requests->queues[i] = (struct ends){.first = NONE, .last = NONE};
    if (uv_timer_init(loop, &requests->sweep) != 0)
        abort();
    requests->sweep.data = requests;
    return requests;
}

static void on_closed(uv_handle_t *handle)
{
    struct requests *requests = handle->data;
    free(requests->slots);
    free(requests);
}

void requests_close(struct requests **requests)
{
    if (*requests == NULL)
        return;
    uv_close((uv_handle_t *)&(*requests)->sweep, on_closed);
    *requests = NULL;
}
