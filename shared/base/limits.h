#pragma once

#include <stdint.h>

#include "shared/base/env.h"

struct tc_buf;

/* Every bound on what a client can choose: protocol §6. All read from TINCAN_<NAME>. */
struct tc_limits {
    int64_t frame_bytes;
    int64_t name, description, body; /* code points */
    int64_t list_items, participants, page;
    int64_t big_group, groups, conversations, connections;
    int64_t requests_per_s, requests_burst, in_flight;
    int64_t typing_per_s;
    int64_t unsent_bytes;
    int64_t login_failures_name_address, login_failures_name, login_failures_address;
    int64_t registrations_per_minute;
};

/* The settings that fill a struct tc_limits; ends with an empty row. */
extern const struct tc_setting tc_limit_settings[];

/* All of them as the JSON object `Limits`. */
void tc_limits_write(const struct tc_limits *limits, struct tc_buf *out, const char *key);
