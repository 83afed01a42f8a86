/* Users as a request names them, made into users of the group. */

#include "services/conversation/named.h"

#include <string.h>

#include "shared/base/arena.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/members.h"
#include "shared/service/request.h"
#include "shared/service/users.h"

enum tc_status named_find(struct tc_request *req, const struct tc_list *list, const char *path,
                          struct tc_arena *arena, struct named *out)
{
    const struct tc_user **users = tc_arena_alloc(arena, list->count * sizeof(struct tc_user *));
    enum tc_status status = tc_users_named(req, list, path, users);
    if (status != TC_OK)
        return status;

    size_t room = list->count + 1; /* for named_add */
    *out = (struct named){
        .who.users = tc_arena_alloc(arena, room * sizeof(*out->who.users)),
        .who.since = tc_arena_alloc(arena, room * sizeof(*out->who.since)),
        .places = tc_arena_alloc(arena, room * sizeof(*out->places)),
        .path = path,
    };
    TC_CLEANUP(tc_table_free) struct tc_table *seen = tc_table_create();
    for (size_t i = 0; i < list->count; i++) {
        if (tc_table_get(seen, users[i]->id) != NULL)
            continue;
        tc_table_set(seen, users[i]->id, out);
        out->places[out->who.count] = list->places[i];
        out->who.users[out->who.count++] = users[i]->id;
    }
    return TC_OK;
}

void named_drop(struct named *named, const char *user_id)
{
    size_t kept = 0;
    for (size_t i = 0; i < named->who.count; i++) {
        if (strcmp(named->who.users[i], user_id) == 0)
            continue;
        named->places[kept] = named->places[i];
        named->who.users[kept++] = named->who.users[i];
    }
    named->who.count = kept;
}

void named_add(struct named *named, const char *user_id, int64_t since)
{
    named->who.users[named->who.count] = user_id;
    named->who.since[named->who.count++] = since;
}

enum tc_status named_check_members(struct tc_request *req, struct named *named,
                                   const char *group_id)
{
    TC_CLEANUP(tc_arena_free) struct tc_arena scratch = {0};
    size_t count = named->who.count;
    struct tc_member_key *keys = tc_arena_alloc(&scratch, count * sizeof(*keys));
    struct tc_member *members = tc_arena_alloc(&scratch, count * sizeof(*members));
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct tc_member_key){group_id, named->who.users[i]};
    enum tc_status status = tc_members_get(keys, count, members);
    if (status != TC_OK)
        return status;

    for (size_t i = 0; i < count; i++) {
        if (members[i].role == TC_ROLE_NONE)
            return named_conflict(req, named, i, "this user is no member of the group");
        named->who.since[i] = members[i].since;
    }
    return TC_OK;
}

enum tc_status named_conflict(struct tc_request *req, const struct named *named, size_t i,
                              const char *message)
{
    return tc_request_fail_at(req, TC_CONFLICT, message, "%s.%zu", named->path, named->places[i]);
}
