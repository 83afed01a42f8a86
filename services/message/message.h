#pragma once

#include "shared/base/id.h"
#include "shared/service/service.h"

struct message_info;
struct tc_buf;

#define MESSAGE_PAGE_BYTES ((size_t)254 * 1024) /* of 256 KiB, but for what is around it */

/* What the files of the message service show each other, besides the store. */
extern const struct tc_route create_routes[];        /* create.c: posting, in batches */
extern const struct tc_route change_routes[];        /* change.c: editing and removing */
extern const struct tc_route read_routes[];          /* read.c: pages and heads */
extern const struct tc_route sync_routes[];          /* sync.c: what has changed */
extern const struct tc_listener removal_listeners[]; /* removal.c: what others took away */
extern const struct tc_outbox message_outbox;        /* outbox.c: what was not told in time */

/* Writes a `Message`; key as in shared/base/json.h. */
void message_write(const struct message_info *message, struct tc_buf *out, const char *key);

/* An event's Nats-Msg-Id: by which message, and which of its revs, it is. */
#define MESSAGE_MSG_ID_SIZE (TC_ID_SIZE + 24)
void message_name_event(const struct message_info *message, char out[MESSAGE_MSG_ID_SIZE]);

/*
 * Answers with a message and, unless it is told already, tells the conversation's audience what
 * became of it: "message/edited". Returns the answer, for what else it says.
 */
struct tc_buf *message_answer(struct tc_request *req, const char *type,
                              const struct message_info *message, bool told);

/* Which of the conversations the asker takes part in (reader.c). */
enum tc_status message_may_read(const struct tc_request *req, const char *const *ids, size_t count,
                                bool *out);
