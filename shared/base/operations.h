#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What the edge must know of an operation beyond its names. */
enum tc_operation_flags {
    TC_OP_QUIET = 1 << 0,  /* no answer, and so no `id` is needed */
    TC_OP_JOINS = 1 << 1,  /* its answer tells of a new audience: relayed once that is heard */
    TC_OP_POSTS = 1 << 2,  /* ends the asker's typing in that conversation */
    TC_OP_TYPES = 1 << 3,  /* begins it … */
    TC_OP_RESTS = 1 << 4,  /* … and ends it */
    TC_OP_LEAVES = 1 << 5, /* its answer ends the connection: a log-out */
};

/*
 * The protocol as a table: one row a request that clients may send over the
 * WebSocket. It travels on tincan.rpc.<entity>.<verb>: the type, its slash a dot.
 */
struct tc_operation {
    const char *type;    /* "group/create" */
    const char *answer;  /* "group/created"; NULL: none */
    const char *failure; /* "group/create-failed", or the answer's type, or "error" */
    unsigned flags;
};

extern const struct tc_operation tc_operations[];
extern const size_t tc_operations_count;

/* NULL for what is not an operation. */
const struct tc_operation *tc_operation_find(const char *type);
