/* name=value, by a table. */

#include "tests/bench/client/options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"
#include "tests/bench/client/fail.h"

struct option {
    const char *name, *fallback;
    size_t offset;
    bool is_text;
};

#define TEXT(member, value)                                                                        \
    {                                                                                              \
        .name = #member, .fallback = (value), .offset = offsetof(struct options, member),          \
        .is_text = true                                                                            \
    }
#define NUMBER(member, value)                                                                      \
    {                                                                                              \
        .name = #member, .fallback = (value), .offset = offsetof(struct options, member)           \
    }

static const struct option table[] = {
    TEXT(protocol, "tincan"), {"ports", "", offsetof(struct options, port_list), true},
    TEXT(nonce, "none"),      TEXT(pace, "answered"),
    NUMBER(world, "1"),       NUMBER(users, "10"),
    NUMBER(rooms, "1"),       NUMBER(members, "10"),
    NUMBER(senders, "1"),     NUMBER(window, "1"),
    NUMBER(rate, "0"),        NUMBER(size, "300"),
    NUMBER(opening, "200"),   NUMBER(warm_ms, "500"),
    NUMBER(ms, "2000"),       NUMBER(hold, "0"),
    NUMBER(sending, "0"),     NUMBER(rev, "0"),
    NUMBER(before, "0"),
};

static void set(struct options *options, const struct option *option, const char *value)
{
    char *member = (char *)options + option->offset;
    if (option->is_text) {
        memcpy(member, &value, sizeof(value));
        return;
    }
    char *end;
    int64_t number = strtoll(value, &end, 10);
    if (*value == '\0' || *end != '\0' || number < 0)
        fail("%s=%s is no number", option->name, value);
    memcpy(member, &number, sizeof(number));
}

static void set_named(struct options *options, const char *argument)
{
    const char *equals = strchr(argument, '=');
    size_t size = equals != NULL ? (size_t)(equals - argument) : 0;
    for (size_t i = 0; i < TC_COUNT(table) && size > 0; i++)
        if (strlen(table[i].name) == size && memcmp(table[i].name, argument, size) == 0) {
            set(options, &table[i], equals + 1);
            return;
        }
    fail("there is no option %s", argument);
}

static void read_ports(struct options *options)
{
    const char *at = options->port_list;
    while (*at != '\0' && options->port_count < PORTS_MAX) {
        char *end;
        long port = strtol(at, &end, 10);
        if (end == at || port < 1 || port > UINT16_MAX)
            break;
        options->ports[options->port_count++] = (uint16_t)port;
        at = *end == ',' ? end + 1 : end;
    }
    if (options->port_count == 0 || *at != '\0')
        fail("ports=%s: one to %d ports are needed, separated by commas", options->port_list,
             PORTS_MAX);
}

void options_read(struct options *options, int argc, char **argv)
{
    *options = (struct options){0};
    for (size_t i = 0; i < TC_COUNT(table); i++)
        set(options, &table[i], table[i].fallback);
    if (argc < 2)
        fail("usage: bench-client WORK ports=PORT[,...] [name=value ...]");
    options->work = argv[1];
    for (int i = 2; i < argc; i++)
        set_named(options, argv[i]);
    read_ports(options);
    if (options->users < 1 || options->rooms < 1 || options->members < 1 || options->window < 1 ||
        options->opening < 1 || options->senders > options->members)
        fail("users, rooms, members, window and opening begin at 1; senders end at members");
    if (options->senders == 0)
        options->senders = options->members;
    if (options->sending == 0)
        options->sending = options->rooms;
}
