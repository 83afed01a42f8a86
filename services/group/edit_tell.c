/* Who hears what of a group/edit. */

#include <string.h>

#include "services/group/edit.h"
#include "services/group/group.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/status.h"
#include "shared/service/users.h"

/* Newcomers are told of each other one by one, as long as they are few; more of them look. */
#define TOLD_OF_EACH_OTHER 32

static void tell_removed(struct tc_request *req, const struct edit *edit)
{
    static const char type[] = "group/left";
    const struct named *gone = &edit->named[REMOVE];
    for (size_t i = 0; i < gone->who.count; i++) {
        const struct tc_user *user = gone->users[i];
        struct tc_event event = group_event_to(user->id, edit->group.id, type, TC_EVENT_FIRST);
        group_write_left(edit->group.id, user, tc_request_event(req, &event));
        group_tell_members(req, &edit->group, type, user->id, 0);
    }
}

/* They do not hear what goes to the members yet. */
static void tell_other_newcomers(struct tc_request *req, const struct edit *edit, size_t whose)
{
    const struct named *come = &edit->come;
    if (come->who.count > TOLD_OF_EACH_OTHER || edit->group.member_count > tc_limits()->big_group)
        return;
    for (size_t i = 0; i < come->who.count; i++) {
        if (i == whose)
            continue;
        struct tc_event event =
            group_event_of_another(come->who.ids[i], edit->group.id, "group/joined", 0);
        tc_request_event_also(req, &event);
    }
}

static void tell_come(struct tc_request *req, const struct edit *edit)
{
    static const char type[] = "group/joined";
    for (size_t i = 0; i < edit->come.who.count; i++) {
        const struct tc_user *user = edit->come.users[i];
        struct tc_event event = group_event_to(user->id, edit->group.id, type, TC_EVENT_FIRST);
        group_write_joined(&edit->group, NULL, user, tc_request_event(req, &event));
        group_tell_members(req, &edit->group, type, user->id, 0);
        tell_other_newcomers(req, edit, i);
    }
}

static void tell_refused(struct tc_request *req, const struct edit *edit)
{
    const struct named *refused = &edit->named[REFUSE];
    for (size_t i = 0; i < refused->who.count; i++) {
        struct tc_event event =
            group_event_to(refused->who.ids[i], edit->group.id, "group/join-failed", 0);
        event.error = TC_FORBIDDEN;
        tc_json_text(tc_request_event(req, &event), "group_id", edit->group.id);
    }
}

/* To the members, of whom the newest do not listen yet. A new owner's rights begin: hence first. */
static void tell_edited(struct tc_request *req, const struct edit *edit)
{
    static const char type[] = "group/edited";
    unsigned first = edit->change.owner_id != NULL ? TC_EVENT_FIRST : 0;
    struct tc_event event = group_event(edit->group.id, type, first | TC_EVENT_ORIGIN);
    group_write(&edit->group, NULL, tc_request_event(req, &event), "group");
    for (size_t i = 0; i < edit->come.who.count; i++) {
        event = group_event_to(edit->come.who.ids[i], edit->group.id, type, 0);
        tc_request_event_also(req, &event);
    }
}

void edit_tell(struct tc_request *req, struct tc_db *db, const struct edit *edit)
{
    tell_removed(req, edit);
    tell_come(req, edit);
    tell_refused(req, edit);
    tell_edited(req, edit);
    if (strcmp(edit->group.visibility, "hidden") == 0)
        group_drop_requests(req, db, edit->group.id, TC_FORBIDDEN);
    group_write(&edit->group, edit->group.role, tc_request_answer(req), "group");
}
