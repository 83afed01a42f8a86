/* How a conversation looks to clients, and whom its events go to. */

#include <string.h>

#include "services/conversation/conversation.h"
#include "services/conversation/store.h"
#include "shared/base/id.h"
#include "shared/base/json.h"

static void write_ids(const char *ids, struct tc_buf *out, const char *key)
{
    tc_json_array(out, key);
    for (const char *at = ids; *at != '\0'; at += strspn(at, " ")) {
        char id[TC_ID_SIZE] = "";
        memcpy(id, at, TC_ID_SIZE - 1);
        tc_json_text(out, NULL, id);
        at += TC_ID_SIZE - 1;
    }
    tc_json_end_array(out);
}

void conversation_write(const struct conversation *conversation, struct tc_buf *out,
                        const char *key)
{
    tc_json_object(out, key);
    tc_json_text(out, "id", conversation->id);
    tc_json_int(out, "version", conversation->version);
    tc_json_text(out, "group_id", conversation->group_id);
    tc_json_text(out, "name", conversation->name);
    tc_json_text(out, "topic", conversation->topic);
    tc_json_text(out, "owner_id", conversation->owner_id);
    tc_json_text(out, "audience", conversation->closed ? "participants" : "group");
    if (conversation->closed)
        write_ids(conversation->participants, out, "participant_ids");
    tc_json_time(out, "created_at", conversation->created_at);
    tc_json_end_object(out);
}

void conversation_write_removed(const struct conversation *conversation, struct tc_buf *out)
{
    tc_json_text(out, "conversation_id", conversation->id);
    tc_json_text(out, "group_id", conversation->group_id);
}

struct tc_event conversation_event(const struct conversation *conversation, const char *type,
                                   unsigned flags)
{
    return (struct tc_event){
        .type = type,
        .audience = conversation->closed ? TC_TO_CLOSED : TC_TO_GROUP,
        .owner = conversation->group_id,
        .about = conversation->id,
        .flags = flags,
    };
}

struct tc_event conversation_event_to(const struct conversation *conversation, const char *type,
                                      const char *user_id, unsigned flags)
{
    return (struct tc_event){
        .type = type,
        .audience = TC_TO_USER,
        .owner = user_id,
        .about = conversation->id,
        .flags = flags,
    };
}
