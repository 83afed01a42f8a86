#pragma once

#include "shared/service/service.h"

struct conversation;

/*
 * A change is made to the version that was read, and tried again when another
 * one came first: which means that somebody gets on.
 */
#define CHANGE_ATTEMPTS 16

/* What the files of the conversation service show each other, besides the store. */
extern const struct tc_route conversation_routes[]; /* conversation.c: create, list, remove */
extern const struct tc_route edit_routes[];         /* edit.c */
extern const struct tc_route typing_routes[];       /* typing.c */
extern const struct tc_route access_routes[];       /* access.c: who may what; internal */
extern const struct tc_route audience_routes[];     /* audiences.c: who hears what; internal */

extern const struct tc_listener upkeep_listeners[]; /* upkeep.c: what groups do to us */

extern const struct tc_stmt *const conversation_statements[]; /* statements.c */

/* A `Conversation`, as clients see it. */
void conversation_write(const struct conversation *conversation, struct tc_buf *out,
                        const char *key);

/* The data of conversation/removed: which one it was. */
void conversation_write_removed(const struct conversation *conversation, struct tc_buf *out);

/* Events about one: to those who take part, and to one user. */
struct tc_event conversation_event(const struct conversation *conversation, const char *type,
                                   unsigned flags);
struct tc_event conversation_event_to(const struct conversation *conversation, const char *type,
                                      const char *user_id, unsigned flags);
