/* What was not told in time, told again: each event under its own rev and verb. */

#include <stdio.h>
#include <string.h>

#include "services/message/message.h"
#include "services/message/store_orphans.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/bus/subjects.h"
#include "shared/service/db.h"
#include "shared/service/outbox.h"

/* Only its creation shows a message's nonce. */
static void write_payload(const struct message_orphan *orphan, const char *type, struct tc_buf *out)
{
    struct message_info message = orphan->message;
    if (strcmp(orphan->verb, "created") != 0)
        message.nonce = NULL;
    tc_json_object(out, NULL);
    tc_json_text(out, "type", type);
    tc_json_object(out, "data");
    message_write(&message, out, "message");
    tc_json_end_object(out);
    tc_json_end_object(out);
}

static void tell(const struct message_orphan *orphan)
{
    const struct message_info *message = &orphan->message;
    char type[32], subject[TC_SUBJECT_SIZE], msg_id[MESSAGE_MSG_ID_SIZE];
    snprintf(type, sizeof(type), "message/%s", orphan->verb);
    tc_subject_event(subject, false, orphan->closed ? TC_TO_CLOSED : TC_TO_GROUP, orphan->group_id,
                     message->conversation_id, type);
    message_name_event(message, msg_id);
    struct tc_buf payload = {0};
    write_payload(orphan, type, &payload);
    tc_outbox_rebuilt(&(struct tc_outbox_event){
        .row_id = message->outbox_id,
        .subject = subject,
        .msg_id = msg_id,
        .payload = payload.data,
        .len = payload.len,
    });
    tc_buf_free(&payload);
}

static void rebuild(const struct tc_rows *orphans)
{
    for (size_t i = 0; i < tc_rows_count(orphans); i++) {
        struct message_orphan orphan;
        message_store_orphan(orphans, i, &orphan);
        if (orphan.message.id != NULL)
            tell(&orphan);
        else
            tc_outbox_rebuilt(
                &(struct tc_outbox_event){.row_id = orphan.message.outbox_id, .msg_id = "gone"});
    }
}

const struct tc_outbox message_outbox = {.adopt = &message_orphans_stmt, .rebuild = rebuild};
