/* What the command line asks for: bench-client WORK name=value ... */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PORTS_MAX 8

/*
 * The world is made of numbers (tests/bench/seed.js): room r has the users r * members and the ones
 * after it, modulo users; connection n signs in as user n.
 */
struct options {
    const char *work, *protocol, *port_list;
    const char *nonce; /* none, fresh or same: of each message, of a sender's all */
    const char *pace;  /* answered or delivered: when a sender's next message follows */
    uint16_t ports[PORTS_MAX];
    int64_t port_count;
    int64_t world, users, rooms, members;
    int64_t senders; /* in each room; 0: all its members */
    int64_t sending; /* rooms that have senders, the first ones; 0: all */
    int64_t rev;     /* of each room, as far as clients that come back know */
    int64_t before;  /* the message before which a page is asked for; 0: the newest */
    int64_t window;  /* messages of a sender that may be under way */
    int64_t rate;    /* messages a second in all, whatever comes back; 0: as `pace` says */
    int64_t size;    /* bytes of a body */
    int64_t opening; /* connections that may be on their way to be joined */
    int64_t warm_ms, ms;
    int64_t hold; /* says "ready" on standard error and waits for a line before it measures */
};

/* Ends the program with a sentence when something is unknown or missing. */
void options_read(struct options *options, int argc, char **argv);
