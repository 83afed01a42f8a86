/* How groups look to clients, and whom news of them is for. */

#include <string.h>

#include "services/group/group.h"
#include "services/group/store.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/service/users.h"

const char *const group_visibilities[] = {"public", "private", "hidden", NULL};

void group_write(const struct group_info *group, const char *role, struct tc_buf *out,
                 const char *key)
{
    tc_json_object(out, key);
    tc_json_text(out, "id", group->id);
    tc_json_int(out, "version", group->version);
    tc_json_text(out, "name", group->name);
    tc_json_text(out, "description", group->description);
    tc_json_text(out, "visibility", group->visibility);
    tc_json_text(out, "owner_id", group->owner_id);
    tc_json_int(out, "member_count", group->member_count);
    tc_json_time(out, "created_at", group->created_at);
    if (role != NULL)
        tc_json_text(out, "role", role);
    tc_json_end_object(out);
}

void group_write_joined(const struct group_info *group, const char *role,
                        const struct tc_user *user, struct tc_buf *out)
{
    group_write(group, role, out, "group");
    tc_user_write(user, out, "user");
}

void group_write_left(const char *group_id, const struct tc_user *user, struct tc_buf *out)
{
    tc_json_text(out, "group_id", group_id);
    tc_user_write(user, out, "user");
}

struct tc_event group_event(const char *group_id, const char *type, unsigned flags)
{
    return (struct tc_event){
        .type = type,
        .audience = TC_TO_GROUP,
        .owner = group_id,
        .about = group_id,
        .flags = flags,
    };
}

struct tc_event group_event_to(const char *user_id, const char *group_id, const char *type,
                               unsigned flags)
{
    struct tc_event event = group_event(group_id, type, flags);
    event.audience = TC_TO_USER;
    event.owner = user_id;
    return event;
}

struct tc_event group_event_of_another(const char *listener_id, const char *group_id,
                                       const char *type, unsigned flags)
{
    struct tc_event event = group_event_to(listener_id, group_id, type, flags);
    event.subject = strcmp(type, "group/left") == 0 ? "member/left" : "member/joined";
    return event;
}

void group_tell_members(struct tc_request *req, const struct group_info *group, const char *type,
                        const char *user_id, unsigned flags)
{
    struct tc_event event = group_event(group->id, type, flags);
    if (group->member_count > tc_limits()->big_group) {
        if (strcmp(group->owner_id, user_id) == 0)
            return;
        event = group_event_of_another(group->owner_id, group->id, type, flags);
    }
    tc_request_event_also(req, &event);
}
