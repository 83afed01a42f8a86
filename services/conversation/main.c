/* The conversation service: which operations it answers and which statements it runs. */

#include <stddef.h>

#include "services/conversation/conversation.h"
#include "shared/service/members.h"

static const char *const entities[] = {"conversation", NULL};

static const struct tc_route *const routes[] = {
    conversation_routes, edit_routes, typing_routes, access_routes, audience_routes, NULL,
};

static const struct tc_listener *const listeners[] = {
    upkeep_listeners,
    tc_member_listeners,
    NULL,
};

static const struct tc_service conversation_service = {
    .name = "conversation",
    .summary = "Keeps the conversations of groups and who takes part in them.",
    .entities = entities,
    .routes = routes,
    .listeners = listeners,
    .statements = conversation_statements,
};

int main(int argc, char **argv)
{
    return tc_service_main(&conversation_service, argc, argv);
}
