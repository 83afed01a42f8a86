/* The outcomes by name: one table, used from the store to the wire. */

#include "shared/base/status.h"

#include <string.h>

static const struct {
    const char *name;
    const char *message;
} outcomes[] = {
    [TC_OK] = {"ok", "done"},
    [TC_BAD_REQUEST] = {"bad_request", "the request is malformed"},
    [TC_UNKNOWN_TYPE] = {"unknown_type", "there is no such type of message"},
    [TC_INVALID_FIELD] = {"invalid_field", "a field is missing or has a value that it cannot have"},
    [TC_UNAUTHENTICATED] = {"unauthenticated", "a valid token is needed"},
    [TC_FORBIDDEN] = {"forbidden", "you may not do that"},
    [TC_NOT_FOUND] = {"not_found", "there is no such thing here"},
    [TC_CONFLICT] = {"conflict", "that cannot be done as things stand"},
    [TC_RATE_LIMITED] = {"rate_limited", "too many requests; wait a little"},
    [TC_TOO_LARGE] = {"too_large", "the request is too large"},
    [TC_UNAVAILABLE] = {"unavailable", "not available now; it may have been done all the same"},
    [TC_INTERNAL] = {"internal", "something went wrong on the server"},
    [TC_LATER] = {"later", "being worked on"},
};
#define OUTCOMES (sizeof(outcomes) / sizeof(outcomes[0]))

const char *tc_status_name(enum tc_status status)
{
    return outcomes[status].name;
}

const char *tc_status_message(enum tc_status status)
{
    return outcomes[status].message;
}

enum tc_status tc_status_parse(const char *name)
{
    for (size_t i = 0; i < OUTCOMES; i++)
        if (strcmp(outcomes[i].name, name) == 0)
            return (enum tc_status)i;
    return TC_INTERNAL;
}
