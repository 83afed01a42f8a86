#pragma once

#include <stdbool.h>

struct fault;
struct url;

/* The token of a server, kept in $XDG_STATE_HOME/tincan (or ~/.local/state/tincan), readable by its
 * owner alone. All: false, and *fault says why. */
bool keep_token(const struct url *url, const char *token, struct fault *fault);
bool keep_find(const struct url *url, char **token, struct fault *fault); /* the caller frees it */
bool keep_drop(const struct url *url, struct fault *fault);
