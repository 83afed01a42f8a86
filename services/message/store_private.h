#pragma once

#include "shared/service/db.h"

/* What the two files of the store share: a time as the wire wants it, and the list of statements.
 */
#define MS(time) "(extract(epoch FROM " time ") * 1000)::bigint"

extern const struct tc_stmt message_post_stmt; /* store_post.c */
extern const struct tc_stmt message_post_new_stmt;
extern const struct tc_stmt message_find_stmt;
