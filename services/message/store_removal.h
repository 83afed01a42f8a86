#pragma once

#include "shared/base/status.h"

struct tc_db;

/*
 * Ends them for good, and deletes their messages, some thousands in a call:
 * TC_LATER until all that is to be done is done. Doing it again does no harm.
 */
enum tc_status message_store_remove_conversation(struct tc_db *db, const char *conversation_id,
                                                 const char *group_id);
enum tc_status message_store_remove_group(struct tc_db *db, const char *group_id);

/*
 * What was let in before its group was removed may come for some time yet: once more, for each
 * group for which that time is over.
 */
void message_store_settle_groups(struct tc_db *db);
