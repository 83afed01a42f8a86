/*
 * The bus without NATS: what is published waits for the test to take it, what is received is made
 * by the test. Stands in for shared/bus/bus.c and msg.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "shared/bus/bus.h"

#define FAKE_INBOX "_INBOX.fake"
#define FAKE_HEADERS 5

struct fake_published {
    char subject[192], reply[128];
    struct {
        char name[32], value[64];
    } headers[FAKE_HEADERS];
    size_t header_count;
    char *data;
};

struct fake_bus {
    bool down;
    struct tc_bus_config config; /* of the last tc_bus_open */
    size_t subscriptions;
};
extern struct fake_bus fake_bus;

/* Forgets everything; for parts that are given a bus. */
struct tc_bus *fake_bus_reset(void);

/* What was published and not taken yet: the first on this subject (NULL: on any), or NULL. It is
 * valid until the next one is taken. */
const struct fake_published *fake_take(const char *subject);
const char *fake_header(const struct fake_published *published, const char *name); /* NULL: none */

/* A message; header: the name of its one header, or NULL. Names are borrowed, texts are not. */
struct tc_msg *fake_message(const char *subject, const char *data, const char *header,
                            const char *value);
struct tc_msg *fake_message_of(const char *subject, const char *data, size_t size,
                               const char *header, const char *value);
struct tc_msg *fake_no_responders(const char *subject);

size_t fake_messages(void); /* how many were made and are not freed */
