/* Showing groups: finding them, and looking at one. */

#include <string.h>

#include "services/group/group.h"
#include "services/group/page.h"
#include "services/group/store_member.h"
#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/service/users.h"

#define QUERY_MAX 80

static void write_listed(const void *entries, size_t i, struct tc_buf *out)
{
    const struct group_info *groups = entries;
    group_write(&groups[i], groups[i].role, out, NULL);
}

/* group/list {query?, mine?, limit?, cursor?} */
static enum tc_status group_list(struct tc_request *req, struct tc_db *db)
{
    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    struct page page;
    struct group_query query = {
        .asker_id = tc_request_user(req),
        .text = tc_request_text_or(req, "query", TC_TEXT_BLOCK, QUERY_MAX, NULL),
        .mine = tc_request_bool_or(req, "mine", false),
    };
    page_read_by_key(req, &arena, &page);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    query.limit = page.limit;
    query.after_key = page.after_key;
    query.after_id = page.after_id;
    struct group_info *found = tc_arena_alloc(&arena, (size_t)page.limit * sizeof(*found));
    size_t count;
    bool more;
    enum tc_status status = group_store_list(db, &query, found, &count, &more);
    if (status != TC_OK)
        return status;

    struct tc_buf *out = tc_request_answer(req);
    size_t shown = page_write(out, "groups", write_listed, found, count);
    if (more || shown < count)
        page_write_cursor(out, found[shown - 1].name_key, found[shown - 1].id);
    return TC_OK;
}

/* Who is on a page of a group's members or requests. */
struct roll {
    const struct group_info *group;
    struct member_row *rows;
    const struct tc_user **users; /* of the rows */
    size_t count;
    bool more;
};

static void write_member(const void *entries, size_t i, struct tc_buf *out)
{
    const struct roll *roll = entries;
    bool owner = strcmp(roll->users[i]->id, roll->group->owner_id) == 0;
    tc_json_object(out, NULL);
    tc_user_write(roll->users[i], out, "user");
    tc_json_text(out, "role", owner ? "owner" : "member");
    tc_json_time(out, "joined_at", roll->rows[i].at_us / 1000);
    tc_json_end_object(out);
}

static void write_request(const void *entries, size_t i, struct tc_buf *out)
{
    const struct roll *roll = entries;
    tc_json_object(out, NULL);
    tc_user_write(roll->users[i], out, "user");
    tc_json_time(out, "requested_at", roll->rows[i].at_us / 1000);
    tc_json_end_object(out);
}

/* Users never go; one whom auth does not know is no user of this TinCan, and is not shown. */
static void drop_unknown(struct roll *roll)
{
    size_t kept = 0;
    for (size_t i = 0; i < roll->count; i++) {
        if (roll->users[i] == NULL)
            continue;
        roll->rows[kept] = roll->rows[i];
        roll->users[kept++] = roll->users[i];
    }
    roll->count = kept;
}

static enum tc_status find_roll(struct tc_db *db, const struct member_query *query,
                                struct tc_arena *arena, struct roll *out)
{
    size_t room = (size_t)query->limit;
    const char **ids = tc_arena_alloc(arena, room * sizeof(*ids));
    out->rows = tc_arena_alloc(arena, room * sizeof(*out->rows));
    out->users = tc_arena_alloc(arena, room * sizeof(struct tc_user *));
    enum tc_status status = member_store_list(db, query, out->rows, &out->count, &out->more);
    if (status != TC_OK)
        return status;
    for (size_t i = 0; i < out->count; i++)
        ids[i] = out->rows[i].user_id;
    return tc_users_find(ids, out->count, out->users);
}

static enum tc_status answer_roll(struct tc_request *req, struct tc_db *db,
                                  const struct group_info *group, struct member_query *query)
{
    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    struct roll roll = {.group = group};
    enum tc_status status = find_roll(db, query, &arena, &roll);
    if (status != TC_OK)
        return status;

    struct member_row last = roll.count > 0 ? roll.rows[roll.count - 1] : (struct member_row){0};
    drop_unknown(&roll);
    struct tc_buf *out = tc_request_answer(req);
    group_write(group, group->role, out, "group");
    size_t shown = page_write(out, query->requests ? "requests" : "members",
                              query->requests ? write_request : write_member, &roll, roll.count);
    if (shown < roll.count)
        last = roll.rows[shown - 1];
    if (roll.more || shown < roll.count)
        page_write_cursor_us(out, last.at_us, last.user_id);
    return TC_OK;
}

/* The members are for members, the requests for the owner. */
static bool may_read(const struct group_info *group, const struct member_query *query)
{
    bool owner = strcmp(group->role, "owner") == 0;
    return owner || (!query->requests && strcmp(group->role, "member") == 0);
}

/* group/view {group_id, members?, requests?, limit?, cursor?} */
static enum tc_status group_view(struct tc_request *req, struct tc_db *db)
{
    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    struct page page;
    struct member_query query = {.group_id = tc_request_id(req, "group_id")};
    bool members = tc_request_bool_or(req, "members", false);
    query.requests = tc_request_bool_or(req, "requests", false);
    page_read_by_time(req, &arena, &page);
    if (members && query.requests && !tc_request_is_bad(req))
        tc_request_fail_at(req, TC_INVALID_FIELD, "one of the two lists at a time", "requests");
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    struct group_info group;
    enum tc_status status = group_store_find(db, query.group_id, tc_request_user(req), &group);
    if (status != TC_OK)
        return status;
    if (!members && !query.requests) {
        group_write(&group, group.role, tc_request_answer(req), "group");
        return TC_OK;
    }
    if (!may_read(&group, &query))
        return TC_FORBIDDEN;
    query.limit = page.limit;
    query.after_us = page.after_us;
    query.after_id = page.after_id;
    return answer_roll(req, db, &group, &query);
}

const struct tc_route list_routes[] = {
    {.op = "group/list", .handler = group_list},
    {.op = "group/view", .handler = group_view},
    {0},
};
