/* Who is what to a conversation. */

#include "services/conversation/standing.h"

#include <string.h>

#include "shared/base/arena.h"
#include "shared/base/mem.h"
#include "shared/service/access.h"
#include "shared/service/request.h"

bool standing_is_listed(const struct standing *standing)
{
    return standing->member.role != TC_ROLE_NONE && standing->state.since != 0 &&
           standing->state.since == standing->member.since;
}

bool standing_takes_part(const struct standing *standing)
{
    if (standing->state.closed)
        return standing_is_listed(standing);
    return standing->member.role != TC_ROLE_NONE;
}

bool standing_may_edit(const struct standing *standing, const char *user_id)
{
    if (standing->member.role == TC_ROLE_OWNER)
        return true;
    return strcmp(standing->state.owner_id, user_id) == 0 && standing_takes_part(standing);
}

/* The group is asked about even where there is no conversation, so that time does not tell either.
 */
static enum tc_status find_members(const struct tc_access_key *keys, size_t count,
                                   struct standing *out)
{
    TC_CLEANUP(tc_arena_free) struct tc_arena scratch = {0};
    struct tc_member_key *asked = tc_arena_alloc(&scratch, count * sizeof(*asked));
    struct tc_member *members = tc_arena_alloc(&scratch, count * sizeof(*members));
    for (size_t i = 0; i < count; i++) {
        const char *group_id = out[i].state.group_id;
        asked[i] = (struct tc_member_key){
            .group_id = group_id != NULL ? group_id : keys[i].conversation_id,
            .user_id = keys[i].user_id,
        };
    }
    enum tc_status status = tc_members_get(asked, count, members);
    for (size_t i = 0; i < count && status == TC_OK; i++)
        out[i].member = members[i];
    return status;
}

enum tc_status standing_find_all(struct tc_db *db, const struct tc_access_key *keys, size_t count,
                                 struct standing *out)
{
    TC_CLEANUP(tc_arena_free) struct tc_arena scratch = {0};
    struct conversation_state *states = tc_arena_alloc(&scratch, count * sizeof(*states));
    enum tc_status status = conversation_store_find(db, keys, count, states);
    if (status != TC_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct standing){.state = states[i]};
    return find_members(keys, count, out);
}

enum tc_status standing_find(const struct tc_request *req, struct tc_db *db,
                             const char *conversation_id, struct standing *out)
{
    struct tc_access_key key = {conversation_id, tc_request_user(req)};
    enum tc_status status = standing_find_all(db, &key, 1, out);
    if (status != TC_OK)
        return status;
    if (out->state.group_id == NULL)
        return TC_NOT_FOUND;
    return standing_takes_part(out) || out->member.role == TC_ROLE_OWNER ? TC_OK : TC_NOT_FOUND;
}

enum tc_status standing_in_group(const struct tc_request *req, const char *group_id,
                                 struct tc_member *out)
{
    struct tc_member_key key = {group_id, tc_request_user(req)};
    enum tc_status status = tc_members_get(&key, 1, out);
    if (status != TC_OK || out->role != TC_ROLE_NONE)
        return status;
    return out->group_size > 0 ? TC_FORBIDDEN : TC_NOT_FOUND;
}
