/* Changing what has been said: editing and removing. */

#include "services/message/message.h"

#include <string.h>

#include "services/message/store.h"
#include "shared/base/json.h"
#include "shared/service/access.h"
#include "shared/service/service.h"

#define NUMBER_MAX ((INT64_C(1) << 53) - 1) /* what JSON's readers hold exactly */

static struct message_ref read_ref(struct tc_request *req)
{
    return (struct message_ref){
        .conversation_id = tc_request_id(req, "conversation_id"),
        .seq = tc_request_int(req, "seq", 1, NUMBER_MAX),
        .if_rev = tc_request_int_or(req, "if_rev", 1, NUMBER_MAX, 0),
        .user_id = tc_request_user(req),
    };
}

static enum tc_status finish(struct tc_request *req, enum tc_status status, const char *type,
                             const struct message_info *message)
{
    if (status == TC_CONFLICT)
        return tc_request_fail(req, status, "the message has changed since that rev");
    if (status != TC_OK)
        return status;
    message_answer(req, type, message, false);
    return TC_OK;
}

/* message/edit {conversation_id, seq, body, if_rev?} -> message/edited {message} */
static enum tc_status message_edit(struct tc_request *req, struct tc_db *db)
{
    struct message_ref ref = read_ref(req);
    const char *body = tc_request_text(req, "body", TC_TEXT_ANY, tc_limits()->body);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    const struct tc_access *access;
    enum tc_status status = tc_request_access(req, &access);
    if (status != TC_OK)
        return status;

    ref.closed = access->closed;
    struct message_info message;
    status = message_store_edit(db, &ref, body, &message);
    return finish(req, status, "message/edited", &message);
}

/* message/remove {conversation_id, seq, if_rev?} -> message/removed {message} */
static enum tc_status message_remove(struct tc_request *req, struct tc_db *db)
{
    struct message_ref ref = read_ref(req);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    const struct tc_access *access;
    enum tc_status status = tc_request_access(req, &access);
    if (status != TC_OK)
        return status;

    bool any = access->role == TC_ROLE_OWNER || strcmp(access->owner_id, ref.user_id) == 0;
    ref.closed = access->closed;
    struct message_info message;
    status = message_store_remove(db, &ref, any, &message);
    return finish(req, status, "message/removed", &message);
}

const struct tc_route change_routes[] = {
    {.op = "message/edit", .handler = message_edit, .flags = TC_ACCESS},
    {.op = "message/remove", .handler = message_remove, .flags = TC_ACCESS},
    {0},
};
