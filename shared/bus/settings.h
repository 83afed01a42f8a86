#pragma once

#include "shared/base/env.h"

/*
 * How a program reaches NATS, and as whom. Empty texts (or NULL): not used. A
 * password may also stand in the URLs; credentials are a file of a JWT and the
 * seed of its nkey. With a CA, a certificate or a URL that begins with tls://
 * nothing travels in the clear.
 */
struct tc_bus_settings {
    const char *urls; /* separated by commas */
    const char *user, *password;
    const char *creds;
    const char *ca, *cert, *key; /* files, PEM */
};

/* The settings that fill it; ends with an empty row. */
extern const struct tc_setting tc_bus_settings_table[];
