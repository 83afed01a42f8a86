/*
 * A conversation as it goes on: what is new is shown once and in the order of rev, whatever happens
 * to the connection.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/show.h"

struct cJSON;
struct client;
struct fault;

struct follow {
    struct client *client;
    struct show show;
    const char *conversation_id;
    int64_t rev;     /* all changes up to this one have been shown */
    int64_t sync_ms; /* of tc_mono_ms: when to ask next whether something was missed */
};

/* Shows the last `count` messages. False: *fault says why. */
bool follow_begin(struct follow *follow, long count, struct fault *fault);

/* Shows what comes until there is something to read on `input` (-1: nothing is waited for). False:
 * it cannot go on, and *fault says why. */
bool follow_until(struct follow *follow, int input, struct fault *fault);

/* A message that an answer has brought. */
bool follow_message(struct follow *follow, const struct cJSON *message, struct fault *fault);

void follow_done(struct follow *follow);
