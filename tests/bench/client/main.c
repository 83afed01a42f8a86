/*
 * bench-client WORK name=value ... : puts load on a server and prints one JSON object of what it
 * has seen, or {"error"} when not all was as it should be. options.h has the names. By hand:
 *
 *     TINCAN_REQUESTS_PER_S=1000000 TINCAN_REQUESTS_BURST=1000000 ./dev up -d
 *     set -a; . .run/env; node tests/bench/seed.js world=1 rooms=1 members=1000
 *     ninja -C build tests/bench/bench-client
 *     build/tests/bench/bench-client posts ports=${TINCAN_URL##*:} world=1 users=1000 rooms=1 \
 *         members=1000 senders=1 window=8 pace=delivered
 */

#include <string.h>

#include "shared/base/mem.h"
#include "tests/bench/client/fail.h"
#include "tests/bench/client/protocols.h"
#include "tests/bench/client/works.h"

const struct protocol *protocol_named(const char *name)
{
    static const struct protocol *const all[] = {
        &protocol_tincan,    &protocol_login, &protocol_bare, &protocol_nats,
        &protocol_jetstream, &protocol_mqtt,  &protocol_xmpp, &protocol_socketio};
    for (size_t i = 0; i < TC_COUNT(all); i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    fail("there is no protocol %s", name);
}

const struct work *work_named(const char *name)
{
    static const struct work *const all[] = {&work_posts, &work_asks, &work_storm, &work_idle};
    for (size_t i = 0; i < TC_COUNT(all); i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    fail("there is no work %s", name);
}

int main(int argc, char **argv)
{
    static struct load load; /* what it holds goes with the process */
    options_read(&load.options, argc, argv);
    load.protocol = protocol_named(load.options.protocol);
    load.work = work_named(load.options.work);
    load_init(&load);
    load.work->run(&load);
    return 0;
}
