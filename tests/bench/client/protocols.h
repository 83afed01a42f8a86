/* The servers that can be spoken to, by name. */
#pragma once

#include "tests/bench/client/load.h"

extern const struct protocol protocol_tincan; /* an edge */
extern const struct protocol protocol_login;  /* an edge's HTTP: log-ins alone */
extern const struct protocol protocol_bare;   /* a floor of tests/bench/floors */

/* Ends the program if there is none of this name. */
const struct protocol *protocol_named(const char *name);
