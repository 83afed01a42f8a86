#pragma once

#include "shared/service/service.h"

struct message_info;
struct tc_buf;

/* What the files of the message service show each other, besides the store. */
extern const struct tc_route create_routes[];        /* create.c: posting, in batches */
extern const struct tc_route change_routes[];        /* change.c: editing and removing */
extern const struct tc_route read_routes[];          /* read.c: pages and heads */
extern const struct tc_listener removal_listeners[]; /* removal.c: what others took away */

/* Writes a `Message`; key as in shared/base/json.h. */
void message_write(const struct message_info *message, struct tc_buf *out, const char *key);

/* Tells the conversation's audience what became of a message: "message/edited". */
void message_tell(struct tc_request *req, const char *type, const struct message_info *message);
