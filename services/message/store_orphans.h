#pragma once

#include "services/message/store.h"

struct tc_rows;
struct tc_stmt;

/* An event that the outbox has still to tell. */
struct message_orphan {
    struct message_info message; /* as it is now, but for its rev; without id: it is gone */
    const char *verb;            /* "created" */
    const char *group_id;
    bool closed;
};

/* Takes orphans, and returns their events (shared/service/outbox.h); and reads one of its rows. */
extern const struct tc_stmt message_orphans_stmt;
void message_store_orphan(const struct tc_rows *rows, size_t i, struct message_orphan *out);
