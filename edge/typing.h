/*
 * Who types, of the edge's own connections: what is passed on, and when the edge ends it by
 * itself. Pure: it decides, the caller sends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/list.h"
#include "shared/base/id.h"

#define TYPING_MS 6000 /* without a new start it ends */

/* All that is typed on this edge, in the order in which it runs out. */
struct typing {
    struct list running;
};

/* One connection in one conversation. Remembered for TYPING_MS after its last start. */
struct typing_entry {
    struct list of_connection, running;
    void *owner; /* whatever the caller gave with the start */
    int64_t started_ms, second_ms;
    uint32_t starts; /* since second_ms */
    bool active;
    bool allowed; /* the service has said so */
    char conversation_id[TC_ID_SIZE];
};

enum typing_verdict {
    TYPING_TELL,  /* the others are told */
    TYPING_TRY,   /* an end: they are told if he takes part, which is not known yet */
    TYPING_CHECK, /* nothing new, but the service checks access */
    TYPING_DROP   /* too many: in silence */
};

void typing_init(struct typing *typing);

/* `mine` is the connection's own list. */
enum typing_verdict typing_start(struct typing *typing, struct list *mine, void *owner,
                                 const char *conversation_id, int64_t now_ms, int64_t per_s);
enum typing_verdict typing_end(struct list *mine, const char *conversation_id);

/* The answer to a start. One that is refused never was. */
void typing_answer(struct list *mine, const char *conversation_id, bool allowed);

/*
 * The next that has run out and must be ended for the others: the caller sends that, and calls
 * again. NULL: none is left. It stays valid until the next call about typing.
 */
const struct typing_entry *typing_expire(struct typing *typing, int64_t now_ms);

/* The same for a connection that goes. */
const struct typing_entry *typing_leave(struct list *mine);
