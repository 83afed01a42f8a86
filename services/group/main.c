/* The group service: which operations it answers and which statements it runs. */

#include <stddef.h>

#include "services/group/group.h"

static const char *const entities[] = {"group", NULL};

static const struct tc_route *const routes[] = {
    group_routes, list_routes, edit_routes, join_routes, leave_routes, fact_routes, NULL,
};

static const struct tc_listener *const listeners[] = {upkeep_listeners, NULL};

static const struct tc_service group_service = {
    .name = "group",
    .summary = "Keeps the groups, who is in them, and who asks to be.",
    .entities = entities,
    .routes = routes,
    .listeners = listeners,
    .statements = group_statements,
};

int main(int argc, char **argv)
{
    return tc_service_main(&group_service, argc, argv);
}
