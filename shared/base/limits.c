/* The limits, by name. */

#include "shared/base/limits.h"

#include <ctype.h>
#include <stddef.h>

#include "shared/base/json.h"

#define LIMIT(member, NAME, value, low, high, help)                                                \
    TC_SETTING_NUMBER(struct tc_limits, member, "TINCAN_" NAME, value, low, high, help)

const struct tc_setting tc_limit_settings[] = {
    LIMIT(frame_bytes, "FRAME_BYTES", "131072", 1024, 16777216, "bytes of a client's frame"),
    LIMIT(name, "NAME", "80", 1, 10000, "characters of a name"),
    LIMIT(description, "DESCRIPTION", "1000", 1, 100000, "characters of a description or topic"),
    LIMIT(body, "BODY", "8000", 1, 1000000, "characters of a message"),
    LIMIT(list_items, "LIST_ITEMS", "1000", 1, 100000, "ids in any list of a request"),
    LIMIT(participants, "PARTICIPANTS", "1000", 1, 100000, "participants of a closed conversation"),
    LIMIT(page, "PAGE", "200", 1, 1000, "entries of a page"),
    LIMIT(big_group, "BIG_GROUP", "5000", 1, 1000000000,
          "members above which joins, leaves and typing are not told to all"),
    LIMIT(groups, "GROUPS", "1000", 1, 1000000, "groups that a user is a member of"),
    LIMIT(conversations, "CONVERSATIONS", "10000", 1, 10000000, "conversations of a group"),
    LIMIT(connections, "CONNECTIONS", "32", 1, 1000000, "connections of a user on one edge"),
    LIMIT(requests_per_s, "REQUESTS_PER_S", "50", 1, 1000000, "requests a second of a connection"),
    LIMIT(requests_burst, "REQUESTS_BURST", "100", 1, 1000000, "requests of a connection at once"),
    LIMIT(in_flight, "IN_FLIGHT", "64", 1, 10000, "unanswered requests of a connection"),
    LIMIT(typing_per_s, "TYPING_PER_S", "2", 1, 1000,
          "typing starts a second of a connection in a conversation"),
    LIMIT(unsent_bytes, "UNSENT_BYTES", "1048576", 16384, 1073741824,
          "bytes queued for a connection before it is closed"),
    LIMIT(login_failures_name_address, "LOGIN_FAILURES_NAME_ADDRESS", "10", 1, 1000000,
          "failed log-ins a minute for a name from one address"),
    LIMIT(login_failures_name, "LOGIN_FAILURES_NAME", "100", 1, 1000000,
          "failed log-ins a minute for a name"),
    LIMIT(login_failures_address, "LOGIN_FAILURES_ADDRESS", "30", 1, 1000000,
          "failed log-ins a minute from an address"),
    LIMIT(registrations_per_minute, "REGISTRATIONS_PER_MINUTE", "10", 1, 1000000,
          "registrations a minute from an address"),
    {0},
};

void tc_limits_write(const struct tc_limits *limits, struct tc_buf *out, const char *key)
{
    tc_json_object(out, key);
    for (const struct tc_setting *row = tc_limit_settings; row->name != NULL; row++) {
        char name[64];
        size_t len = 0;
        for (const char *c = row->name + sizeof("TINCAN_") - 1; *c != '\0'; c++)
            name[len++] = (char)tolower((unsigned char)*c);
        name[len] = '\0';
        tc_json_int(out, name, *(const int64_t *)((const char *)limits + row->offset));
    }
    tc_json_end_object(out);
}
