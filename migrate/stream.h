#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The JetStream stream TINCAN_EVENTS, which keeps what happened (tincan.event.>) for backends. */
struct stream_config {
    const char *nats_url;
    int64_t days;     /* how long an event is kept */
    int64_t replicas; /* servers that keep it */
};

/* Makes it, or changes it to this. False: NATS did not do so within 15 s; the log says why. */
bool stream_prepare(const struct stream_config *config);
