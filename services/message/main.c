/* The message service: what it serves, hears and stores. */

#include <stddef.h>

#include "services/message/message.h"
#include "services/message/pages.h"
#include "services/message/store.h"
#include "services/message/store_removal.h"
#include "shared/service/access.h"

static const struct tc_setting settings_table[] = {
    {.name = "TINCAN_PAGES_BYTES",
     .fallback = "67108864",
     .help =
         "bytes of newest pages kept, each good while its conversation does not change; 0: none",
     .number = true,
     .high = INT64_MAX},
    {0},
};
static const struct tc_settings settings = {settings_table, &pages_bytes};

static const char *const entities[] = {"message", NULL};
static const struct tc_route *const routes[] = {create_routes, change_routes, read_routes,
                                                sync_routes, NULL};
static const struct tc_listener *const listeners[] = {removal_listeners, tc_access_listeners, NULL};

static const struct tc_service message_service = {
    .name = "message",
    .summary = "Keeps the messages of all conversations, in the order they came.",
    .entities = entities,
    .routes = routes,
    .listeners = listeners,
    .statements = message_statements,
    .outbox = &message_outbox,
    .upkeep = message_store_settle_groups,
    .settings = &settings,
    .metrics = pages_write_metrics,
};

int main(int argc, char **argv)
{
    return tc_service_main(&message_service, argc, argv);
}
