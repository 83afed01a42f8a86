#pragma once

#include "services/conversation/store.h"

struct tc_arena;
struct tc_list;
struct tc_request;

/* The users that a list of a request names: each once, whichever way and how often he was named. */
struct named {
    struct listings who; /* each one's membership once named_check_members has asked */
    size_t *places;      /* in what was sent */
    const char *path;
};

/* TC_NOT_FOUND, told to the client: one does not exist. All memory is the arena's. */
enum tc_status named_find(struct tc_request *req, const struct tc_list *list, const char *path,
                          struct tc_arena *arena, struct named *out);

/* Takes one out, if he is named; and one more in, of whom the list has named no more than its size.
 */
void named_drop(struct named *named, const char *user_id);
void named_add(struct named *named, const char *user_id, int64_t since);

/* TC_CONFLICT, told to the client: one is no member of the group. */
enum tc_status named_check_members(struct tc_request *req, struct named *named,
                                   const char *group_id);

/* For whoever finds the i-th of them in the way. */
enum tc_status named_conflict(struct tc_request *req, const struct named *named, size_t i,
                              const char *message);
