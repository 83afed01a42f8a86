#pragma once

#include <stddef.h>

#include "services/group/store_member.h"

struct tc_request;
struct tc_user;

/* One request of a batch to join or to leave. */
struct member_entry {
    struct tc_request *req;
    struct member_pair pair;
    const struct tc_user *user;
};

/* Changes the store and finishes each request; no user is there twice. */
typedef void member_round(const struct member_entry *entries, size_t count, struct tc_db *db);

/* Reads the requests of a batch, and runs as many rounds as it takes. */
void member_run(struct tc_request **reqs, size_t count, struct tc_db *db, member_round *round);

void member_pairs(const struct member_entry *entries, size_t count, struct member_pair *out);
