/* All connections of a loop: their names, their deadlines, and the end of each tick. */

#include "edge/connections.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/connection_parts.h"
#include "edge/poller.h"
#include "edge/sends.h"
#include "shared/base/mem.h"

enum { SLOTS_MIN = 64, SWEEP_MIN_MS = 10, SWEEP_MAX_MS = 1000 };

/* Deadlines are here and not in the connection, so that a sweep over them reads memory in order. */
struct connection_slot {
    struct connection *connection; /* NULL: free */
    uint32_t generation;
    uint32_t due; /* ms; while free: the next free slot */
};

struct connection_limits connection_limits_default(void)
{
    return (struct connection_limits){
        .message_bytes = 128 * 1024,
        .head_bytes = 8 * 1024,
        .body_bytes = 16 * 1024,
        .signal_bytes = 256 * 1024,
        .unsent_bytes = 1024 * 1024,
        .all_bytes = 256 * 1024 * 1024,
        .head_ms = 10000,
        .body_ms = 10000,
        .ping_ms = 25000,
        .idle_ms = 60000,
        .close_ms = 5000,
    };
}

uint32_t connections_now(const struct connections *set)
{
    return (uint32_t)uv_now(set->loop);
}

/* ---- Names ---- */

struct connection *connection_find(struct connections *set, struct connection_id id)
{
    if (id.index >= set->slot_count || set->slots[id.index].generation != id.generation)
        return NULL;
    return set->slots[id.index].connection;
}

struct connection_id connection_id_of(const struct connection *c)
{
    return (struct connection_id){c->index, c->set->slots[c->index].generation};
}

uint64_t connection_name(const struct connection *c)
{
    struct connection_id id = connection_id_of(c);
    return (uint64_t)id.generation << 32 | id.index;
}

static void on_ready(void *user, uint64_t name, uint32_t events)
{
    struct connection_id id = {.index = (uint32_t)name, .generation = (uint32_t)(name >> 32)};
    struct connection *c = connection_find(user, id);
    if (c)
        connection_on_ready(c, events);
}

static void add_slots(struct connections *set)
{
    uint32_t old = set->slot_count, count = old ? 2 * old : SLOTS_MIN;
    set->slots = tc_realloc(set->slots, count * sizeof *set->slots);
    for (uint32_t i = old; i < count; i++)
        set->slots[i] = (struct connection_slot){.generation = 1, .due = i + 1};
    set->slot_free = old;
    set->slot_count = count;
}

static void take_slot(struct connections *set, struct connection *c)
{
    if (set->slot_free == set->slot_count)
        add_slots(set);
    c->index = set->slot_free;
    set->slot_free = set->slots[c->index].due;
    set->slots[c->index].connection = c;
    set->count++;
}

static void leave_slot(struct connection *c)
{
    struct connection_slot *slot = &c->set->slots[c->index];
    slot->connection = NULL;
    slot->generation += slot->generation == UINT32_MAX ? 2 : 1;
    slot->due = c->set->slot_free;
    c->set->slot_free = c->index;
    c->set->count--;
}

/* ---- Deadlines ---- */

void connection_due_in(struct connection *c, uint32_t ms)
{
    c->set->slots[c->index].due = connections_now(c->set) + ms;
}

static void on_sweep(uv_timer_t *timer)
{
    struct connections *set = timer->data;
    uint32_t now = connections_now(set);
    for (uint32_t i = 0; i < set->slot_count; i++)
        if (set->slots[i].connection && (int32_t)(now - set->slots[i].due) >= 0)
            connection_expire(set->slots[i].connection);
}

static uint64_t sweep_ms(const struct connection_limits *limits)
{
    const uint32_t times[] = {limits->head_ms, limits->body_ms, limits->ping_ms, limits->idle_ms,
                              limits->close_ms};
    uint32_t shortest = 4 * SWEEP_MAX_MS;
    for (size_t i = 0; i < TC_COUNT(times); i++)
        shortest = times[i] < shortest ? times[i] : shortest;
    return shortest < 4 * SWEEP_MIN_MS ? SWEEP_MIN_MS : shortest / 4;
}

/* ---- The end of a tick ---- */

void connection_touch(struct connection *c)
{
    struct connections *set = c->set;
    if (c->touched)
        return;
    c->touched = true;
    if (set->touched_count == set->touched_capacity) {
        set->touched_capacity = set->touched_capacity ? 2 * set->touched_capacity : SLOTS_MIN;
        set->touched = tc_realloc(set->touched, set->touched_capacity * sizeof *set->touched);
    }
    set->touched[set->touched_count++] = connection_id_of(c);
}

/* Of some that were touched, those that have something to send: all of it, at once. */
static void flush_some(struct connections *set, const struct connection_id *ids, size_t count)
{
    struct connection *flushed[CONNECTIONS_TOGETHER];
    size_t flushed_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct connection *c = connection_find(set, ids[i]);
        if (c && connection_has_to_send(c))
            flushed[flushed_count++] = c;
    }
    connection_flush_together(flushed, flushed_count);
}

/* Runs just before the loop waits. Those that are touched on the way come last, and are seen to. */
static void on_tick(uv_prepare_t *tick)
{
    struct connections *set = tick->data;
    size_t to;
    connections_keep_within(set);
    for (size_t from = 0; from < set->touched_count; from = to) {
        to = set->touched_count - from > CONNECTIONS_TOGETHER ? from + CONNECTIONS_TOGETHER
                                                              : set->touched_count;
        for (size_t i = from; i < to; i++) {
            struct connection *c = connection_find(set, set->touched[i]);
            if (c)
                connection_use_held(c);
        }
        flush_some(set, set->touched + from, to - from);
        for (size_t i = from; i < to; i++) {
            struct connection *c = connection_find(set, set->touched[i]);
            if (!c)
                continue;
            c->touched = false;
            connection_look_after(c);
        }
    }
    set->touched_count = 0;
}

/* ---- Coming and going ---- */

static void on_handle_closed(void *user)
{
    struct connections *set = user;
    if (--set->handles > 0)
        return;
    frame_unref(&set->ping);
    sends_free(&set->sends);
    free(set->slots);
    free(set->touched);
    free(set);
}

static void on_own_closed(uv_handle_t *handle)
{
    on_handle_closed(handle->data);
}

void connection_abandon(struct connection *c)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (c->unsent > 0) /* or the kernel would keep it for a peer that does not take it */
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    connection_drop_queue(c);
}

void connection_destroy(struct connection *c)
{
    connection_abandon(c);
    connection_depart(c);
    frame_parser_done(&c->parser);
    tc_buf_free(&c->held);
    connection_count_kept(c);
    free(c->accept);
    connection_line_free(c);
    leave_slot(c);
    close(c->fd);
    free(c);
}

void connections_add(struct connections *set, int fd, const struct entrance *entrance)
{
    struct connection *c = tc_alloc(sizeof *c);
    c->set = set;
    c->fd = fd;
    take_slot(set, c);
    if (poller_change(set->poller, fd, connection_name(c), 0, EPOLLIN)) {
        c->interest = EPOLLIN;
        connection_start(c, entrance);
    } else {
        connection_destroy(c);
    }
}

struct connections *connections_create(uv_loop_t *loop, const struct connection_limits *limits,
                                       const struct connection_ops *ops, void *user)
{
    struct connections *set = tc_alloc(sizeof *set);
    set->loop = loop;
    set->limits = *limits;
    set->ops = *ops;
    set->user = user;
    set->random = uv_hrtime() | 1;
    set->ping = frame_create(FRAME_PING, NULL, 0);
    set->poller = poller_create(loop, on_ready, set);
    set->sends = sends_create(true);
    set->handles = 3;
    set->tick.data = set->sweep.data = set;
    uv_prepare_init(loop, &set->tick);
    uv_timer_init(loop, &set->sweep);
    uv_prepare_start(&set->tick, on_tick);
    uv_timer_start(&set->sweep, on_sweep, sweep_ms(limits), sweep_ms(limits));
    return set;
}

void connections_free(struct connections **connections)
{
    struct connections *set = *connections;
    *connections = NULL;
    if (!set)
        return;
    for (uint32_t i = 0; i < set->slot_count; i++)
        if (set->slots[i].connection)
            connection_destroy(set->slots[i].connection);
    poller_close(&set->poller, on_handle_closed);
    uv_close((uv_handle_t *)&set->tick, on_own_closed);
    uv_close((uv_handle_t *)&set->sweep, on_own_closed);
}

struct connection *connections_at(const struct connections *set, uint32_t index)
{
    return set->slots[index].connection;
}

void connections_guard(struct connections *set, struct gate *gate)
{
    set->gate = gate;
}

struct gate *connections_gate(const struct connections *set)
{
    return set->gate;
}

size_t connections_count(const struct connections *connections)
{
    return connections->count;
}

void connections_drain(struct connections *set)
{
    set->draining = true;
    for (uint32_t i = 0; i < set->slot_count; i++) {
        struct connection *c = set->slots[i].connection;
        if (c && c->phase <= PHASE_HEAD && c->held.len == 0)
            connection_due_in(c, set->limits.head_ms / 10);
    }
}
