/* What can be measured, by name. */
#pragma once

#include "tests/bench/client/load.h"

extern const struct work work_posts; /* fan-out and creates: messages to rooms */
extern const struct work work_asks;  /* requests that are answered to whoever asks */
extern const struct work work_storm; /* all are lost at once and come back */
extern const struct work work_idle;  /* connections, until somebody says go */

/* Ends the program if there is none of this name. */
const struct work *work_named(const char *name);
