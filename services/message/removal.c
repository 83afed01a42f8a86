/* What the other services took away, and messages with it. */

#include "services/message/message.h"

#include <stddef.h>

#include "services/message/store_removal.h"
#include "shared/service/service.h"

/* Where more is left to do the event comes again, and others have their turn meanwhile. */
static enum tc_status take_turns(enum tc_status status)
{
    return status == TC_LATER ? TC_UNAVAILABLE : status;
}

static enum tc_status on_conversation_removed(struct tc_request *req, struct tc_db *db)
{
    const struct tc_event_subject *subject = tc_request_subject(req);
    return take_turns(message_store_remove_conversation(db, subject->about, subject->owner));
}

static enum tc_status on_group_removed(struct tc_request *req, struct tc_db *db)
{
    return take_turns(message_store_remove_group(db, tc_request_subject(req)->owner));
}

/* On a user's own subject, conversation.removed says only that he has fallen out of it. */
const struct tc_listener removal_listeners[] = {
    {.subject = "tincan.event.group.*.*.conversation.removed", .handler = on_conversation_removed},
    {.subject = "tincan.event.closed.*.*.conversation.removed", .handler = on_conversation_removed},
    {.subject = "tincan.event.group.*.*.group.removed", .handler = on_group_removed},
    {0},
};
