#pragma once

#include <stddef.h>

#include "shared/base/id.h"
#include "shared/base/status.h"

struct tc_buf;
struct tc_list;
struct tc_request;

/* Someone known to auth. Users never change, so whoever has seen one may keep it. */
struct tc_user {
    char id[TC_ID_SIZE];
    char username[33];
    char json[]; /* the whole `User`, as clients see it */
};

/*
 * Looks users up, by id or "@name" (tincan.internal.auth.users), and remembers
 * them. out[i] is NULL for one who does not exist. What is found stays valid
 * until the handler returns.
 */
enum tc_status tc_users_find(const char *const *refs, size_t count, const struct tc_user **out);

/* All users that a request's list names: TC_NOT_FOUND, told to the client, if one does not exist.
 */
enum tc_status tc_users_named(struct tc_request *req, const struct tc_list *list, const char *path,
                              const struct tc_user **out);

void tc_user_write(const struct tc_user *user, struct tc_buf *out, const char *key);
