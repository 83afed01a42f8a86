#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/text.h"

struct tc_request;

/*
 * Reading `data`. A path may lead inward: "members.add". The first member that
 * is missing, of the wrong type or out of bounds marks the request bad, with a
 * message and its path; so a handler reads all it needs, then asks once. The
 * _or forms take `fallback` for a member that is missing or null.
 */
bool tc_request_has(const struct tc_request *req, const char *path); /* there, and not null */
const char *tc_request_text(struct tc_request *req, const char *path, enum tc_text_rule rule,
                            int64_t max);
const char *tc_request_text_or(struct tc_request *req, const char *path, enum tc_text_rule rule,
                               int64_t max, const char *fallback);
const char *tc_request_id(struct tc_request *req, const char *path);
const char *tc_request_id_or(struct tc_request *req, const char *path, const char *fallback);
int64_t tc_request_int(struct tc_request *req, const char *path, int64_t min, int64_t max);
int64_t tc_request_int_or(struct tc_request *req, const char *path, int64_t min, int64_t max,
                          int64_t fallback);
bool tc_request_bool_or(struct tc_request *req, const char *path, bool fallback);
/* One of `choices`, which end with NULL. */
const char *tc_request_choice_or(struct tc_request *req, const char *path,
                                 const char *const *choices, const char *fallback);

/* A list of ids or of users, repeats folded, each with its place in what was sent. */
struct tc_list {
    const char **items; /* users: an id, or "@" and a name in lower case */
    size_t *places;
    size_t count;
};
struct tc_list tc_request_ids(struct tc_request *req, const char *path, int64_t min, int64_t max);
struct tc_list tc_request_users(struct tc_request *req, const char *path); /* may be left out */
const char *tc_request_user_or(struct tc_request *req, const char *path, const char *fallback);

bool tc_request_is_bad(const struct tc_request *req);
