#pragma once

#include "services/message/store.h"

#define MESSAGE_SYNC_MAX 500

/* A conversation, and the rev up to which its messages are known. */
struct message_since {
    const char *conversation_id;
    int64_t rev;
};

/* A conversation that has changed since, or is gone. */
struct message_news {
    const char *conversation_id;
    bool gone;
    bool reset;          /* what was asked from is not, or not any more, a state of it */
    int64_t rev;         /* from which on it is told: as asked, or 0, or what is the same as that */
    int64_t last_rev;    /* how far it has come */
    size_t begin, count; /* its messages: the first ones changed since, by their rev */
};

#define MESSAGE_SYNC_MESSAGES 2200 /* more than a page takes, as short as they can be */

struct message_sync {
    struct message_news items[MESSAGE_SYNC_MAX];
    size_t count;
    struct message_info messages[MESSAGE_SYNC_MESSAGES];
    size_t message_count;
};

/* Which of any number of conversations have news: one look at their heads. */
enum tc_status message_store_stirred(struct tc_db *db, const struct message_since *since,
                                     size_t count, bool *out);

/* How much is wanted of the conversations that are asked for. */
struct message_room {
    int64_t limit; /* messages of each */
    size_t bytes;  /* of all, their bodies and 200 for each; the last one may be beyond */
};

/*
 * What has changed, in the order asked; each of them once. Messages for which there is no room are
 * left out: the first one never is.
 */
enum tc_status message_store_sync(struct tc_db *db, const struct message_since *since, size_t count,
                                  struct message_room room, struct message_sync *out);
