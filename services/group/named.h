#pragma once

#include "services/group/store.h"

struct tc_arena;
struct tc_list;
struct tc_request;
struct tc_user;

/* The users that a list of a request names: each once, whichever way and how often he was named. */
struct named {
    struct user_list who;
    const struct tc_user **users; /* the same ones */
    size_t *places;               /* in what was sent */
    const char *path;
};

/* TC_NOT_FOUND, told to the client: one does not exist. All memory is the arena's. */
enum tc_status named_find(struct tc_request *req, const struct tc_list *list, const char *path,
                          struct tc_arena *arena, struct named *out);

bool named_has(const struct named *named, const char *user_id);

/* For whoever finds the i-th of them in the way. */
enum tc_status named_conflict(struct tc_request *req, const struct named *named, size_t i,
                              const char *message);
