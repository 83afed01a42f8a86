/* Typing: told to those who take part, and kept nowhere. When it ends by itself is the edge's
 * matter. */

#include <string.h>

#include "services/conversation/conversation.h"
#include "services/conversation/standing.h"
#include "services/conversation/store.h"
#include "shared/base/json.h"

static void tell(struct tc_request *req, const char *type, const struct conversation *conversation)
{
    struct tc_event event = conversation_event(conversation, type, TC_EVENT_SIGNAL);
    struct tc_buf *out = tc_request_event(req, &event);
    tc_json_text(out, "conversation_id", conversation->id);
    tc_json_text(out, "user_id", tc_request_user(req));
}

/* Who takes part; TC_FORBIDDEN for the group's owner, who only knows of it. */
static enum tc_status may_type(const struct tc_request *req, struct tc_db *db, const char *id,
                               struct standing *out)
{
    enum tc_status status = standing_find(req, db, id, out);
    if (status == TC_OK && !standing_takes_part(out))
        return TC_FORBIDDEN;
    return status;
}

/* An end of a start that was allowed, says the edge: the others are told, though he may have left
 * since. If the conversation is gone that must not be told. */
static bool is_vouched_for(const struct tc_request *req)
{
    return tc_request_session(req)[0] != '\0' && tc_request_header(req, TC_HEADER_QUIET) == NULL;
}

static bool is_quiet(const struct tc_request *req)
{
    const char *quiet = tc_request_header(req, TC_HEADER_QUIET);
    return quiet != NULL && strcmp(quiet, "1") == 0;
}

static enum tc_status relay(struct tc_request *req, struct tc_db *db, const char *type, bool ends)
{
    const char *id = tc_request_id(req, "conversation_id");
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    struct standing standing = {0};
    enum tc_status status = may_type(req, db, id, &standing);
    bool refused = status == TC_NOT_FOUND || status == TC_FORBIDDEN;
    if (status != TC_OK && !(refused && ends && is_vouched_for(req)))
        return status;

    bool quiet = is_quiet(req) || standing.state.group_id == NULL;
    if (!quiet && standing.member.group_size <= tc_limits()->big_group)
        tell(req, type,
             &(struct conversation){
                 .id = id,
                 .group_id = standing.state.group_id,
                 .closed = standing.state.closed,
             });
    return TC_OK;
}

/* conversation/type-start {conversation_id} */
static enum tc_status type_start(struct tc_request *req, struct tc_db *db)
{
    return relay(req, db, "conversation/type-start", false);
}

/* conversation/type-end {conversation_id} */
static enum tc_status type_end(struct tc_request *req, struct tc_db *db)
{
    return relay(req, db, "conversation/type-end", true);
}

const struct tc_route typing_routes[] = {
    {.op = "conversation/type-start", .handler = type_start},
    {.op = "conversation/type-end", .handler = type_end},
    {0},
};
