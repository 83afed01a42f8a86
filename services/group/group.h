#pragma once

#include "shared/service/service.h"

struct group_info;
struct tc_user;

/* What the files of the group service show each other, besides the store. */
extern const struct tc_route group_routes[]; /* group.c: create, remove */
extern const struct tc_route list_routes[];  /* lists.c: list, view */
extern const struct tc_route edit_routes[];  /* edit.c */
extern const struct tc_route join_routes[];  /* join.c */
extern const struct tc_route leave_routes[]; /* leave.c */
extern const struct tc_route fact_routes[];  /* facts.c: who is in what; internal */

extern const struct tc_listener upkeep_listeners[]; /* upkeep.c: what a removal leaves behind */

extern const struct tc_stmt *const group_statements[]; /* statements.c */

/* The values that `visibility` can have; ends with NULL. */
extern const char *const group_visibilities[];

/* A `Group`, as clients see it; role: the asker's in answers, NULL in events. */
void group_write(const struct group_info *group, const char *role, struct tc_buf *out,
                 const char *key);

/* The data of group/joined and group/join-requested, and that of group/left. */
void group_write_joined(const struct group_info *group, const char *role,
                        const struct tc_user *user, struct tc_buf *out);
void group_write_left(const char *group_id, const struct tc_user *user, struct tc_buf *out);

/* Events about a group: to its members, and to one user. */
struct tc_event group_event(const char *group_id, const char *type, unsigned flags);
struct tc_event group_event_to(const char *user_id, const char *group_id, const char *type,
                               unsigned flags);

/* The same about somebody else's coming or going: the listener's edge must not take it for his. */
struct tc_event group_event_of_another(const char *listener_id, const char *group_id,
                                       const char *type, unsigned flags);

/*
 * Says the last event, somebody's coming or going, to the members too; in a big
 * group only to its owner. type is "group/joined" or "group/left".
 */
void group_tell_members(struct tc_request *req, const struct group_info *group, const char *type,
                        const char *user_id, unsigned flags);

/* Tells all who ask to join that they will not, and why; drops their requests. */
enum tc_status group_drop_requests(struct tc_request *req, struct tc_db *db, const char *group_id,
                                   enum tc_status why);
