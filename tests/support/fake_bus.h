/*
 * The bus without NATS: what is published is kept for the test to see, what is received is made by
 * the test. Stands in for shared/bus/bus.c and msg.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "shared/bus/bus.h"

#define FAKE_HEADERS 4

struct fake_published {
    char subject[128], reply[128];
    struct {
        char name[32], value[64];
    } headers[FAKE_HEADERS + 1];
    size_t header_count;
    char data[512];
};

/* What the fake bus knows; reset it before each test. */
struct fake_bus {
    bool down;
    struct fake_published last;
    size_t published;
};
extern struct fake_bus fake_bus;

struct tc_bus *fake_bus_reset(void); /* its inbox is "_INBOX.fake" */

/* A message; header: the name of its one header, or NULL. */
struct tc_msg *fake_message(const char *subject, const char *data, const char *header,
                            const char *value);
struct tc_msg *fake_no_responders(const char *subject);

size_t fake_messages(void); /* how many were made and are not freed */

/* The value of a header of what was published last; NULL: it has none of that name. */
const char *fake_published_header(const char *name);
