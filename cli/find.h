#pragma once

#include <stdbool.h>

#include "shared/base/id.h"

struct client;
struct fault;

/*
 * Groups and conversations by what people call them: an id, or a name that only one has. All:
 * false, and *fault says why.
 */
bool find_group(struct client *client, const char *name, bool mine, char id[TC_ID_SIZE],
                struct fault *fault);

/* GROUP/CONVERSATION, or a conversation's id alone. */
bool find_conversation(struct client *client, const char *path, char id[TC_ID_SIZE],
                       struct fault *fault);
