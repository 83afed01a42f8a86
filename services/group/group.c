/* Groups themselves: making and removing them. Changing them is edit.c, showing them lists.c. */

#include "services/group/group.h"

#include <string.h>

#include "services/group/named.h"
#include "services/group/store.h"
#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/base/id.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/service/users.h"

/* Those named and, before them, the asker. */
static void list_members(const struct named *named, const char *asker_id, struct tc_arena *arena,
                         struct group_draft *draft)
{
    const char **ids = tc_arena_alloc(arena, (named->who.count + 1) * sizeof(*ids));
    size_t count = 0;
    ids[count++] = asker_id;
    for (size_t i = 0; i < named->who.count; i++)
        if (strcmp(named->who.ids[i], asker_id) != 0)
            ids[count++] = named->who.ids[i];
    draft->member_ids = ids;
    draft->member_count = count;
}

static void tell_created(struct tc_request *req, const struct group_info *made,
                         const struct named *named)
{
    struct tc_event event =
        group_event_to(made->owner_id, made->id, "group/created", TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    group_write(made, NULL, tc_request_event(req, &event), "group");
    for (size_t i = 0; i < named->who.count; i++) {
        const struct tc_user *user = named->users[i];
        if (strcmp(user->id, made->owner_id) == 0)
            continue;
        event = group_event_to(user->id, made->id, "group/joined", TC_EVENT_FIRST);
        group_write_joined(made, NULL, user, tc_request_event(req, &event));
    }
    group_write(made, made->role, tc_request_answer(req), "group");
}

/* group/create {name, description?, visibility?, member_ids?} */
static enum tc_status group_create(struct tc_request *req, struct tc_db *db)
{
    const struct tc_limits *limits = tc_limits();
    char id[TC_ID_SIZE];
    struct group_draft draft = {
        .id = id,
        .name = tc_request_text(req, "name", TC_TEXT_LINE, limits->name),
        .description =
            tc_request_text_or(req, "description", TC_TEXT_BLOCK, limits->description, ""),
        .visibility = tc_request_choice_or(req, "visibility", group_visibilities, "public"),
    };
    struct tc_list list = tc_request_users(req, "member_ids");
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    struct named named;
    enum tc_status status = named_find(req, &list, "member_ids", &arena, &named);
    if (status != TC_OK)
        return status;
    list_members(&named, tc_request_user(req), &arena, &draft);
    if (tc_request_is_late(req))
        return TC_UNAVAILABLE;

    tc_id_make(id);
    struct group_info made;
    status = group_store_create(db, &draft, limits->groups, &made);
    if (status == TC_CONFLICT)
        return tc_request_fail(req, status,
                               "you, or one named, are in as many groups as one may be");
    if (status == TC_OK)
        tell_created(req, &made, &named);
    return status;
}

/* group/remove {group_id} */
static enum tc_status group_remove(struct tc_request *req, struct tc_db *db)
{
    const char *group_id = tc_request_id(req, "group_id");
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;
    if (tc_request_is_late(req))
        return TC_UNAVAILABLE;

    enum tc_status status = group_store_remove(db, group_id, tc_request_user(req));
    if (status == TC_NOT_FOUND) {
        struct group_info seen;
        status = group_store_find(db, group_id, tc_request_user(req), &seen);
        return status == TC_OK ? TC_FORBIDDEN : status;
    }
    if (status != TC_OK)
        return status;

    struct tc_event event =
        group_event(group_id, "group/removed", TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    tc_json_text(tc_request_event(req, &event), "group_id", group_id);
    group_drop_requests(req, db, group_id, TC_NOT_FOUND);
    tc_json_text(tc_request_answer(req), "group_id", group_id);
    return TC_OK;
}

const struct tc_route group_routes[] = {
    {.op = "group/create", .handler = group_create},
    {.op = "group/remove", .handler = group_remove},
    {0},
};
