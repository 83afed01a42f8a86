#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "shared/bus/settings.h"

/* The JetStream stream TINCAN_EVENTS, which keeps what happened (tincan.event.>) for backends. */
struct stream_config {
    struct tc_bus_settings bus;
    int64_t days;     /* how long an event is kept at most */
    int64_t bytes;    /* how much it keeps at most; 0: no such limit */
    int64_t replicas; /* servers that keep it */
};

/*
 * Makes it, or changes it to this; what else somebody has set on it (placement,
 * a description) stays. False: NATS refused, or did not do so within 15 s; the
 * log says why.
 */
bool stream_prepare(const struct stream_config *config);
