#pragma once

#include <nats/nats.h>

struct tc_bus_settings;

/* How nats.c connects: private to the bus. A setting that cannot be (a file that is no certificate)
 * ends the process, and the log says which. */
natsOptions *options_create(const struct tc_bus_settings *settings, const char *name);

/* From now on connecting returns at once, and is tried for ever. */
void options_persist(natsOptions *options);

/* Ends the process unless it went well. */
void bus_must(natsStatus status, const char *what);
