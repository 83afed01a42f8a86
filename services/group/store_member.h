#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/group/store.h"

#define MEMBER_BATCH_MAX 256

/* Users and groups; in one batch no user is there twice. */
struct member_pair {
    const char *group_id, *user_id;
};

/*
 * Makes members of those who may join at once and are in fewer than groups_max
 * groups. As many results as pairs; id is NULL for who has not become one.
 */
enum tc_status member_store_join(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                 int64_t groups_max, struct group_info *out);

/* Asks to join a private group. TC_NOT_FOUND: nothing was done; whoever wants to know why looks. */
enum tc_status member_store_ask(struct tc_db *db, const char *group_id, const char *user_id,
                                int64_t groups_max, struct group_info *out);

/* What became of one who leaves. */
struct departure {
    enum { STAYED, LEFT, WITHDREW } how;
    struct group_info group; /* id, owner_id, and the member_count of before; else nothing */
};

/* As many results as pairs. An owner stays. */
enum tc_status member_store_leave(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                  struct departure *out);

/* What a user is to a group, and in how many groups he is. */
struct standing {
    bool member, asking;
    int64_t groups;
};
enum tc_status member_store_standings(struct tc_db *db, const char *group_id,
                                      const struct user_list *users, struct standing *out);

/* A page of the members by joined_at, or of the requests by their time; then by user. */
struct member_query {
    const char *group_id;
    bool requests; /* instead of the members */
    int64_t after_us;
    const char *after_id;
    int64_t limit;
};
struct member_row {
    const char *user_id;
    int64_t at_us; /* since 1970 */
};

/* out has room for `limit`; *more: there are further ones. */
enum tc_status member_store_list(struct tc_db *db, const struct member_query *query,
                                 struct member_row *out, size_t *count, bool *more);
