#pragma once

#include <stddef.h>

#include "shared/service/db.h"

struct message_info;

/* What the files of the store share. A time as the wire wants it; by way of a float, which has the
 * milliseconds and is a microsecond a time cheaper than extract's numeric. */
#define MS(time) "(date_part('epoch', " time ") * 1000)::bigint"

#define NOW "date_trunc('milliseconds', now())"

/* The first columns of whatever returns messages `m`, and what reads them. */
#define MESSAGE_COLUMNS                                                                            \
    "m.seq, m.rev, m.id, m.author_id, m.body, " MS("m.created_at") ", " MS("m.edited_at") ", " MS( \
        "m.removed_at")
#define MESSAGE_COLUMN_COUNT 8
void message_read(const struct tc_rows *rows, size_t row, const char *conversation_id,
                  struct message_info *out);

extern const struct tc_stmt message_list_up_stmt; /* store_read.c */
extern const struct tc_stmt message_list_down_stmt;
extern const struct tc_stmt message_heads_stmt;
extern const struct tc_stmt message_post_stmt; /* store_post.c */
extern const struct tc_stmt message_post_new_stmt;
extern const struct tc_stmt message_find_stmt;
extern const struct tc_stmt message_sync_stmt; /* store_sync.c */
extern const struct tc_stmt message_stirred_stmt;
extern const struct tc_stmt message_end_conversation_stmt; /* store_removal.c */
extern const struct tc_stmt message_purge_conversation_stmt;
extern const struct tc_stmt message_end_group_stmt;
extern const struct tc_stmt message_purge_group_stmt;
extern const struct tc_stmt message_unsettled_groups_stmt;
extern const struct tc_stmt message_settle_group_stmt;
