/* A message on the wire: its JSON, and the event that shows it to its audience. */

#include "services/message/message.h"

#include <stdio.h>

#include "services/message/store.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/service/access.h"
#include "shared/service/request.h"

void message_write(const struct message_info *message, struct tc_buf *out, const char *key)
{
    tc_json_object(out, key);
    tc_json_text(out, "id", message->id);
    tc_json_text(out, "conversation_id", message->conversation_id);
    tc_json_int(out, "seq", message->seq);
    tc_json_int(out, "rev", message->rev);
    tc_json_text(out, "author_id", message->author_id);
    if (message->body != NULL)
        tc_json_text(out, "body", message->body);
    tc_json_time(out, "created_at", message->created_at);
    if (message->edited_at != 0)
        tc_json_time(out, "edited_at", message->edited_at);
    if (message->removed_at != 0)
        tc_json_time(out, "removed_at", message->removed_at);
    if (message->nonce != NULL)
        tc_json_text(out, "nonce", message->nonce);
    tc_json_end_object(out);
}

void message_name_event(const struct message_info *message, char out[MESSAGE_MSG_ID_SIZE])
{
    snprintf(out, MESSAGE_MSG_ID_SIZE, "%s.%lld", message->id, (long long)message->rev);
}

/* Tells the conversation's audience; json is the message. */
static void tell(struct tc_request *req, const char *type, const struct message_info *message,
                 const struct tc_buf *json)
{
    const struct tc_access *access;
    if (tc_request_access(req, &access) != TC_OK)
        return;

    char msg_id[MESSAGE_MSG_ID_SIZE];
    message_name_event(message, msg_id);
    struct tc_buf *out =
        tc_request_event(req, &(struct tc_event){
                                  .type = type,
                                  .audience = access->closed ? TC_TO_CLOSED : TC_TO_GROUP,
                                  .owner = access->group_id,
                                  .about = message->conversation_id,
                                  .flags = TC_EVENT_ORIGIN,
                                  .msg_id = msg_id,
                              });
    tc_json_raw(out, "message", json->data, json->len);
    if (message->outbox_id != NULL)
        tc_request_in_outbox(req, message->outbox_id);
}

struct tc_buf *message_answer(struct tc_request *req, const char *type,
                              const struct message_info *message, bool told)
{
    static struct tc_buf json; /* written once for both */
    tc_buf_clear(&json);
    message_write(message, &json, NULL);
    if (!told)
        tell(req, type, message, &json);
    struct tc_buf *out = tc_request_answer(req);
    tc_json_raw(out, "message", json.data, json.len);
    return out;
}
