/* The settings by which NATS is reached: the same for every program. */

#include "shared/bus/settings.h"

#include <stddef.h>

#define BUS_TEXT(member, name, value, help)                                                        \
    TC_SETTING_TEXT(struct tc_bus_settings, member, name, value, help)

const struct tc_setting tc_bus_settings_table[] = {
    BUS_TEXT(urls, "TINCAN_NATS_URL", "nats://127.0.0.1:4222",
             "the NATS servers, separated by commas"),
    BUS_TEXT(user, "TINCAN_NATS_USER", "", "the user to sign in as, unless the URL says it"),
    BUS_TEXT(password, "TINCAN_NATS_PASSWORD", "", "the password of that user"),
    BUS_TEXT(creds, "TINCAN_NATS_CREDS", "", "a .creds file to sign in with instead"),
    BUS_TEXT(ca, "TINCAN_NATS_CA", "",
             "PEM file of the authorities that NATS's certificate may be of; the system's without"),
    BUS_TEXT(cert, "TINCAN_NATS_CERT", "", "PEM file of our own certificate, and its chain"),
    BUS_TEXT(key, "TINCAN_NATS_KEY", "", "PEM file of that certificate's key"),
    {0},
};
