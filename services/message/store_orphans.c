/* What the outbox has still to tell: the messages that its rows are about, as they are now. */

#include "services/message/store_orphans.h"

#include "services/message/store_private.h"
#include "shared/service/outbox.h"

/* An event whose message is gone with its conversation is there all the same, without message. */
const struct tc_stmt message_orphans_stmt = {
    .name = "message_orphans",
    .sql = "WITH orphan AS (" TC_OUTBOX_ORPHANS ")"
           " SELECT " MESSAGE_COLUMNS ", o.id, o.verb, e.conversation_id, e.rev, e.closed,"
           " h.group_id, m.nonce FROM orphan o"
           " CROSS JOIN unnest(o.conversation_ids, o.closed, o.seqs, o.revs)"
           " AS e (conversation_id, closed, seq, rev)"
           " LEFT JOIN msg.heads h ON h.conversation_id = e.conversation_id"
           " AND h.removed_at IS NULL"
           " LEFT JOIN msg.messages m ON m.conversation_id = h.conversation_id AND m.seq = e.seq"
           " ORDER BY o.id, e.rev",
};
enum {
    AT_ROW = MESSAGE_COLUMN_COUNT,
    AT_VERB,
    AT_CONVERSATION,
    AT_REV,
    AT_CLOSED,
    AT_GROUP,
    AT_NONCE,
};

void message_store_orphan(const struct tc_rows *rows, size_t i, struct message_orphan *out)
{
    message_read(rows, i, tc_rows_text(rows, i, AT_CONVERSATION), &out->message);
    out->message.rev = tc_rows_int(rows, i, AT_REV);
    out->message.nonce = tc_rows_text(rows, i, AT_NONCE);
    out->message.outbox_id = tc_rows_text(rows, i, AT_ROW);
    out->verb = tc_rows_text(rows, i, AT_VERB);
    out->group_id = tc_rows_text(rows, i, AT_GROUP);
    out->closed = tc_rows_bool(rows, i, AT_CLOSED);
}
