#pragma once

#include <stdbool.h>

#include "cli/url.h"

struct client;
struct fault;

#define FOR_EVER (-1L)
#define ONCE 0L

/* The command line, taken apart. */
struct options {
    struct url url;
    bool json, mine, follow, lines, private, hidden;
    long count;     /* -n */
    long timeout_s; /* --timeout, or FOR_EVER */
    const char *display_name;
    const char *operands[2]; /* NULL where there is none */
};

/* A command: false, and *fault says why it failed. */
typedef bool command(const struct options *options, struct fault *fault);

command command_register, command_login, command_logout;
command command_groups, command_conversations, command_create, command_join, command_leave;
command command_send, command_tail, command_chat;

/* Runs what needs a session: as whoever is logged in at options->url. Each thing that gets no
 * answer is tried again for timeout_s. */
bool command_as_user(const struct options *options, long timeout_s,
                     bool (*run)(struct client *client, const struct options *options,
                                 struct fault *fault),
                     struct fault *fault);
