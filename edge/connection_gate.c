/* A connection at the gate: whether it is let in, and what all of them make the edge keep. */

#include <stdlib.h>

#include "edge/connection_parts.h"
#include "edge/gate.h"

enum { TURNED_AWAY_MAX = 1000, LEAST_BURDEN = 4096 };

/* ---- Coming ---- */

static int64_t now(const struct connection *c)
{
    return (int64_t)uv_now(c->set->loop);
}

static void note(struct connection *c, enum gate_verdict why)
{
    char address[ADDRESS_TEXT_SIZE];
    connection_address(c->set, connection_id_of(c), address);
    gate_refuse(c->set->gate, why, address[0] ? address : "-", now(c));
}

/* He is told why by an answer to what he asks, if there are not too many who are. */
static void turn_away(struct connection *c, enum gate_verdict why)
{
    note(c, why);
    c->refusal = (uint8_t)why;
    if (c->set->turned_away++ >= TURNED_AWAY_MAX)
        connection_retire(c);
    else
        connection_due_in(c, c->set->limits.head_ms / 5);
}

void connection_arrive(struct connection *c)
{
    const struct connections *set = c->set;
    if (set->gate && gate_room(set->gate, set->count - 1 - set->turned_away) != GATE_OPEN)
        turn_away(c, GATE_FULL);
}

void connection_come_from(struct connection *c, const struct address *address)
{
    if (!c->set->gate || c->refusal)
        return;
    enum gate_verdict why = gate_enter(c->set->gate, address, now(c), &c->seat);
    if (why != GATE_OPEN)
        turn_away(c, why);
}

void connection_depart(struct connection *c)
{
    gate_leave(&c->seat);
    c->set->turned_away -= c->refusal != 0;
}

int connection_refusal(struct connection *c)
{
    if (c->refusal)
        return c->refusal == GATE_FULL ? 503 : 429;
    return 0;
}

bool connection_may_ask(struct connection *c)
{
    if (!c->seat || gate_ask(c->set->gate, c->seat, now(c)) == GATE_OPEN)
        return true;
    note(c, GATE_ADDRESS_FAST);
    return false;
}

/* ---- What is kept for all ---- */

void connection_count_kept(struct connection *c)
{
    size_t kept = c->held.cap + c->parser.message_capacity;
    c->set->kept += kept;
    c->set->kept -= c->kept;
    c->kept = (uint32_t)kept;
}

static size_t bytes(const struct connections *set)
{
    return set->kept + frame_bytes();
}

size_t connections_bytes(const struct connections *set)
{
    return bytes(set);
}

/* The greediest first; who makes the edge keep next to nothing may stay in any case. */
static void relieve(struct connections *set, size_t wanted)
{
    for (size_t most = set->limits.unsent_bytes / 2; most >= LEAST_BURDEN; most /= 2) {
        for (uint32_t i = 0; i < set->slot_count && bytes(set) > wanted; i++) {
            struct connection *c = connections_at(set, i);
            if (!c || c->phase == PHASE_DEAD || (size_t)c->unsent + c->kept <= most)
                continue;
            if (set->gate)
                note(c, GATE_BYTES);
            connection_shed(c);
        }
    }
}

void connections_keep_within(struct connections *set)
{
    size_t most = set->limits.all_bytes;
    if (bytes(set) > most)
        relieve(set, most - most / 8);
}
