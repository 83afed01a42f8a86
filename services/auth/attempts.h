#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * What an attempt counts as, and how many of each a minute may have. The
 * counts are in the database (auth.attempts), so that they hold across
 * processes.
 */
#define ATTEMPTS_WHAT_SIZE 112

struct attempts {
    size_t count;
    struct {
        char what[ATTEMPTS_WHAT_SIZE];
        int64_t most;
    } kinds[3];
};

/*
 * A log-in, of which failures count: for this name from this address, for the
 * name, for the address. The address is text; IPv6 counts by its network (/64),
 * of which one client has all addresses.
 */
struct attempts attempts_to_log_in(const char *username, const char *address);

/* A registration: each one counts that is well-formed, also under a name that is taken. */
struct attempts attempts_to_register(const char *address);
