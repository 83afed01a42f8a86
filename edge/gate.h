/*
 * Who may come in: so many at once, in all and from an address, and so fast. An address is one of
 * IPv4 or a network of IPv6 (/64), of which one client has all addresses. No sockets here.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shared/base/env.h"

struct address;
struct gate;
struct gate_seat;

struct gate_limits {
    int64_t connections;                  /* at once, in all */
    int64_t address_connections;          /* at once, of an address */
    int64_t address_per_s, address_burst; /* connections and HTTP requests of an address */
    int64_t accepts_per_s;                /* in all */
    int64_t bytes;                        /* kept for all; the connections see to that */
};

/* The settings that fill a struct gate_limits; ends with an empty row. */
extern const struct tc_setting gate_settings[];

/* Why somebody is refused. */
enum gate_verdict {
    GATE_OPEN,
    GATE_FULL,         /* in all */
    GATE_ADDRESS_FULL, /* from there */
    GATE_ADDRESS_FAST, /* from there, for now */
    GATE_USER_FULL,    /* of that user */
    GATE_BYTES,        /* all together make the edge keep too much, this one most */
    GATE_VERDICTS,
};

/* "address_connections"; for logs and metrics. */
const char *gate_verdict_name(enum gate_verdict why);

struct gate *gate_create(const struct gate_limits *limits);
void gate_free(struct gate **gate); /* nobody has a seat any more */

/* Somebody was accepted: 0, or how many ms are to pass before the next one is. */
int64_t gate_accept(struct gate *gate, int64_t now_ms);

/* Whether there is room for one more beside so many. */
enum gate_verdict gate_room(const struct gate *gate, size_t present);

/* A seat for somebody from there, to be given back by gate_leave; NULL where he is refused. */
enum gate_verdict gate_enter(struct gate *gate, const struct address *address, int64_t now_ms,
                             struct gate_seat **seat);
void gate_leave(struct gate_seat **seat);

/* Who has a seat asks by HTTP: OPEN, or ADDRESS_FAST. */
enum gate_verdict gate_ask(struct gate *gate, struct gate_seat *seat, int64_t now_ms);

/* Counts a refusal, and logs that there are such, each 10 s at most. */
void gate_refuse(struct gate *gate, enum gate_verdict why, const char *who, int64_t now_ms);
uint64_t gate_refused(const struct gate *gate, enum gate_verdict why);

/* Forgets addresses of which nothing is to be remembered; now and then. */
void gate_sweep(struct gate *gate, int64_t now_ms);
