/* An address's seats and its bucket are one entry, kept until it would be as good as new. */

#include "edge/gate.h"

#include <stdlib.h>
#include <string.h>

#include "edge/address.h"
#include "edge/rate.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"

#define NUMBER(member, name, value, low, high, help)                                               \
    TC_SETTING_NUMBER(struct gate_limits, member, "TINCAN_" name, value, low, high, help)

const struct tc_setting gate_settings[] = {
    NUMBER(connections, "CONNECTIONS_ALL", "50000", 1, 10000000, "connections in all"),
    NUMBER(address_connections, "CONNECTIONS_ADDRESS", "1000", 1, 10000000,
           "connections from an address"),
    NUMBER(address_per_s, "ADDRESS_PER_S", "200", 2, 1000000,
           "connections and HTTP requests a second from an address"),
    NUMBER(address_burst, "ADDRESS_BURST", "2000", 2, 1000000,
           "connections and HTTP requests at once from an address"),
    NUMBER(accepts_per_s, "ACCEPTS_PER_S", "5000", 1, 1000000,
           "connections a second in all; more of them wait"),
    NUMBER(bytes, "CLIENTS_BYTES", "268435456", 1048576, 1099511627776,
           "bytes kept for all clients together"),
    {0},
};

enum { NETWORK_BYTES = 8, SWEEP_MS = 5000, TELL_MS = 10000 };

struct gate_seat {
    struct rate arrivals;
    int64_t taken; /* by connections that are there */
};

struct refusals {
    uint64_t count, told;
    int64_t told_ms;
};

struct gate {
    struct gate_limits limits;
    struct rate accepts;
    struct tc_table *seats; /* by address */
    int64_t swept_ms;
    struct refusals refusals[GATE_VERDICTS];
};

const char *gate_verdict_name(enum gate_verdict why)
{
    static const char *const names[GATE_VERDICTS] = {
        "none", "connections", "address_connections", "address_rate", "user_connections", "bytes",
    };
    return names[why];
}

struct gate *gate_create(const struct gate_limits *limits)
{
    struct gate *gate = tc_alloc(sizeof *gate);
    gate->limits = *limits;
    gate->seats = tc_table_create();
    return gate;
}

static bool forget(void *value, void *ctx)
{
    (void)ctx;
    free(value);
    return false;
}

void gate_free(struct gate **gate)
{
    if (!*gate)
        return;
    tc_table_sweep((*gate)->seats, forget, NULL);
    tc_table_free(&(*gate)->seats);
    free(*gate);
    *gate = NULL;
}

int64_t gate_accept(struct gate *gate, int64_t now_ms)
{
    bool abuse;
    int64_t per_s = gate->limits.accepts_per_s;
    return rate_take(&gate->accepts, now_ms, per_s, per_s, &abuse);
}

enum gate_verdict gate_room(const struct gate *gate, size_t present)
{
    return (int64_t)present < gate->limits.connections ? GATE_OPEN : GATE_FULL;
}

static struct gate_seat *seat_of(struct gate *gate, const struct address *address)
{
    struct address origin = *address;
    char key[ADDRESS_TEXT_SIZE];
    if (!address_is_v4(&origin))
        memset(origin.bytes + NETWORK_BYTES, 0, sizeof origin.bytes - NETWORK_BYTES);
    address_write(&origin, key);
    struct gate_seat *seat = tc_table_get(gate->seats, key);
    if (seat)
        return seat;
    seat = tc_alloc(sizeof *seat);
    tc_table_set(gate->seats, key, seat);
    return seat;
}

static int64_t wait_of(const struct gate *gate, struct gate_seat *seat, int64_t now_ms)
{
    bool abuse;
    return rate_take(&seat->arrivals, now_ms, gate->limits.address_per_s,
                     gate->limits.address_burst, &abuse);
}

enum gate_verdict gate_enter(struct gate *gate, const struct address *address, int64_t now_ms,
                             struct gate_seat **seat)
{
    struct gate_seat *found = seat_of(gate, address);
    *seat = NULL;
    if (wait_of(gate, found, now_ms) > 0)
        return GATE_ADDRESS_FAST;
    if (found->taken >= gate->limits.address_connections)
        return GATE_ADDRESS_FULL;
    found->taken++;
    *seat = found;
    return GATE_OPEN;
}

void gate_leave(struct gate_seat **seat)
{
    if (*seat)
        (*seat)->taken--;
    *seat = NULL;
}

enum gate_verdict gate_ask(struct gate *gate, struct gate_seat *seat, int64_t now_ms)
{
    return wait_of(gate, seat, now_ms) > 0 ? GATE_ADDRESS_FAST : GATE_OPEN;
}

void gate_refuse(struct gate *gate, enum gate_verdict why, const char *who, int64_t now_ms)
{
    struct refusals *refusals = &gate->refusals[why];
    refusals->count++;
    if (refusals->told > 0 && now_ms - refusals->told_ms < TELL_MS)
        return;
    tc_log(TC_WARN, "refused", "why=%s who=%s times=%llu", gate_verdict_name(why), who,
           (unsigned long long)(refusals->count - refusals->told));
    refusals->told = refusals->count;
    refusals->told_ms = now_ms;
}

uint64_t gate_refused(const struct gate *gate, enum gate_verdict why)
{
    return gate->refusals[why].count;
}

struct moment {
    const struct gate *gate;
    int64_t now_ms;
};

static bool is_worth_keeping(void *value, void *ctx)
{
    const struct gate_seat *seat = value;
    const struct moment *moment = ctx;
    int64_t elapsed_ms = moment->now_ms - seat->arrivals.at_ms;
    bool keep =
        seat->taken > 0 || elapsed_ms * moment->gate->limits.address_per_s < seat->arrivals.used;
    if (!keep)
        free(value);
    return keep;
}

void gate_sweep(struct gate *gate, int64_t now_ms)
{
    if (now_ms - gate->swept_ms < SWEEP_MS)
        return;
    gate->swept_ms = now_ms;
    tc_table_sweep(gate->seats, is_worth_keeping, &(struct moment){.gate = gate, .now_ms = now_ms});
}
