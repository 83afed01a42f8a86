/*
 * Who on this edge listens to which audience, and the NATS subscription that each audience with a
 * listener needs. A group is an audience, and so is each closed conversation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/id.h"

struct audience;
struct audiences;
struct tc_sub;

/* Someone who listens: a member of the caller's own struct. Zeroed is one who hears nothing. */
struct listener {
    struct listening *items; /* private */
    uint32_t count, capacity;
};

/* A listener of an audience. */
struct audience_entry {
    struct listener *listener;
    uint32_t at; /* private: where the audience is in the listener's own list */
};

struct audiences_ops {
    struct tc_sub *(*subscribe)(void *ctx, const char *subject);
    void (*unsubscribe)(void *ctx, struct tc_sub **sub);
};

struct audiences *audiences_create(const struct audiences_ops *ops, void *ctx);
void audiences_free(struct audiences **audiences); /* when nobody listens any more */
size_t audiences_count(const struct audiences *audiences);

/*
 * What a listener hears is replaced between begin and end: what is not named in between falls
 * away. Naming the same one twice is fine. One listener at a time. End returns how many are new.
 */
void audiences_begin(struct audiences *audiences, struct listener *listener);
void audiences_keep_group(struct audiences *audiences, struct listener *listener,
                          const char *group_id);
void audiences_keep_closed(struct audiences *audiences, struct listener *listener,
                           const char *conversation_id, const char *group_id);
size_t audiences_end(struct audiences *audiences, struct listener *listener);

/* Takes a listener out: of a group and its closed conversations; of one of these; of all. */
void audiences_drop_group(struct audiences *audiences, struct listener *listener,
                          const char *group_id);
void audiences_drop_closed(struct audiences *audiences, struct listener *listener,
                           const char *conversation_id);
void audiences_drop_all(struct audiences *audiences, struct listener *listener);

/* NULL if nobody here listens. */
struct audience *audiences_group(const struct audiences *audiences, const char *group_id);
struct audience *audiences_closed(const struct audiences *audiences, const char *conversation_id);

/* Its listeners; they stay until one of the functions above is called. */
const struct audience_entry *audience_listeners(const struct audience *audience, size_t *count);

/* Ends an audience for everybody; a group's closed conversations with it. */
void audiences_end_group(struct audiences *audiences, const char *group_id);
void audiences_end_closed(struct audiences *audiences, const char *conversation_id);
