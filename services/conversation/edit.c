/* conversation/edit: texts and participants, all or nothing. */

#include <string.h>

#include "services/conversation/conversation.h"
#include "services/conversation/named.h"
#include "services/conversation/standing.h"
#include "services/conversation/store.h"
#include "shared/base/arena.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/users.h"

/* What is asked for, and what has been found out about it. */
struct edit {
    const char *id;
    const char *name, *topic; /* NULL: stays */
    struct tc_list add, remove;
    struct standing asker;
    struct named come, go;
    struct tc_arena *arena; /* for all of it */
};

static bool names_users(const struct edit *edit)
{
    return edit->add.count > 0 || edit->remove.count > 0;
}

static enum tc_status read_edit(struct tc_request *req, struct edit *out)
{
    const struct tc_limits *limits = tc_limits();
    out->id = tc_request_id(req, "conversation_id");
    out->name = tc_request_text_or(req, "name", TC_TEXT_LINE, limits->name, NULL);
    out->topic = tc_request_text_or(req, "topic", TC_TEXT_BLOCK, limits->description, NULL);
    out->add = tc_request_users(req, "participants.add");
    out->remove = tc_request_users(req, "participants.remove");
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;
    if (out->name == NULL && out->topic == NULL && !names_users(out))
        return tc_request_fail(req, TC_BAD_REQUEST, "this names nothing to change");
    return TC_OK;
}

/* Whether the edit takes the asker out and does nothing else. */
static enum tc_status check_goes_alone(const struct tc_request *req, const struct edit *edit)
{
    if (edit->name != NULL || edit->topic != NULL || edit->add.count > 0)
        return TC_FORBIDDEN;
    for (size_t i = 0; i < edit->remove.count; i++) {
        const struct tc_user *user;
        enum tc_status status = tc_users_find(&edit->remove.items[i], 1, &user);
        if (status != TC_OK)
            return status;
        if (user == NULL || strcmp(user->id, tc_request_user(req)) != 0)
            return TC_FORBIDDEN;
    }
    return TC_OK;
}

static enum tc_status check_rights(const struct tc_request *req, struct tc_db *db,
                                   struct edit *edit)
{
    enum tc_status status = standing_find(req, db, edit->id, &edit->asker);
    if (status != TC_OK || standing_may_edit(&edit->asker, tc_request_user(req)))
        return status;
    return check_goes_alone(req, edit);
}

static enum tc_status check_named_once(struct tc_request *req, const struct edit *edit)
{
    TC_CLEANUP(tc_table_free) struct tc_table *added = tc_table_create();
    for (size_t i = 0; i < edit->come.who.count; i++)
        tc_table_set(added, edit->come.who.users[i], added);
    for (size_t i = 0; i < edit->go.who.count; i++)
        if (tc_table_get(added, edit->go.who.users[i]) != NULL)
            return named_conflict(req, &edit->go, i, "this user is to be added as well");
    return TC_OK;
}

/* Who comes must not be in it yet, who goes must; told apart by the membership listed. */
static enum tc_status check_listed(struct tc_request *req, const struct named *named,
                                   const int64_t *listed, bool wanted)
{
    for (size_t i = 0; i < named->who.count; i++)
        if ((listed[i] == named->who.since[i]) != wanted)
            return named_conflict(
                req, named, i, wanted ? "this user takes no part" : "this user takes part already");
    return TC_OK;
}

static enum tc_status check_listings(struct tc_request *req, struct tc_db *db, struct edit *edit)
{
    const struct listings *come = &edit->come.who, *go = &edit->go.who;
    size_t count = come->count + go->count;
    const char **users = tc_arena_alloc(edit->arena, count * sizeof(*users));
    int64_t *listed = tc_arena_alloc(edit->arena, count * sizeof(*listed));
    for (size_t i = 0; i < count; i++)
        users[i] = i < come->count ? come->users[i] : go->users[i - come->count];

    int64_t total;
    enum tc_status status = conversation_store_listings(db, edit->id, users, count, listed, &total);
    if (status == TC_OK)
        status = check_listed(req, &edit->come, listed, false);
    if (status == TC_OK)
        status = check_listed(req, &edit->go, listed + come->count, true);
    if (status != TC_OK)
        return status;

    for (size_t i = 0; i < come->count; i++)
        total += listed[i] == 0; /* a listing of an earlier membership is there and counted */
    if (total - (int64_t)go->count > tc_limits()->participants)
        return tc_request_fail_at(req, TC_CONFLICT, "these are too many", "participants.add");
    return TC_OK;
}

static enum tc_status check_participants(struct tc_request *req, struct tc_db *db,
                                         struct edit *edit)
{
    const char *group_id = edit->asker.state.group_id;
    enum tc_status status =
        named_find(req, &edit->add, "participants.add", edit->arena, &edit->come);
    if (status == TC_OK)
        status = named_find(req, &edit->remove, "participants.remove", edit->arena, &edit->go);
    if (status == TC_OK && !edit->asker.state.closed)
        status = tc_request_fail_at(req, TC_CONFLICT, "the whole group takes part in this one",
                                    "participants");
    if (status == TC_OK)
        status = check_named_once(req, edit);
    if (status == TC_OK)
        status = named_check_members(req, &edit->come, group_id);
    if (status == TC_OK)
        status = named_check_members(req, &edit->go, group_id);
    return status == TC_OK ? check_listings(req, db, edit) : status;
}

static enum tc_status check(struct tc_request *req, struct tc_db *db, struct edit *edit)
{
    enum tc_status status = check_rights(req, db, edit);
    if (status == TC_OK && names_users(edit))
        status = check_participants(req, db, edit);
    if (status == TC_OK && tc_request_is_late(req))
        status = TC_UNAVAILABLE;
    return status;
}

/* The first one's event is written, the others' are the same; the asker's own is held back. */
static void tell_each(struct tc_request *req, const struct conversation *now, const char *type,
                      const struct listings *who)
{
    for (size_t i = 0; i < who->count; i++) {
        bool asker = strcmp(who->users[i], tc_request_user(req)) == 0;
        unsigned flags = TC_EVENT_FIRST | (asker ? TC_EVENT_ORIGIN : 0u);
        struct tc_event event = conversation_event_to(now, type, who->users[i], flags);
        if (i > 0)
            tc_request_event_also(req, &event);
        else if (strcmp(type, "conversation/removed") == 0)
            conversation_write_removed(now, tc_request_event(req, &event));
        else
            conversation_write(now, tc_request_event(req, &event), "conversation");
    }
}

static void tell(struct tc_request *req, const struct conversation *now, const struct edit *edit)
{
    tell_each(req, now, "conversation/removed", &edit->go.who);
    tell_each(req, now, "conversation/created", &edit->come.who);
    struct tc_event event = conversation_event(now, "conversation/edited", TC_EVENT_ORIGIN);
    conversation_write(now, tc_request_event(req, &event), "conversation");
    conversation_write(now, tc_request_answer(req), "conversation");
}

static enum tc_status change(struct tc_db *db, const struct edit *edit, struct conversation *out)
{
    struct conversation_change wanted = {
        .id = edit->id,
        .version = edit->asker.state.version,
        .name = edit->name,
        .topic = edit->topic,
        .come = edit->come.who,
        .go = edit->go.who,
    };
    return conversation_store_change(db, &wanted, out);
}

/* conversation/edit {conversation_id, name?, topic?, participants?: {add?, remove?}} */
static enum tc_status conversation_edit(struct tc_request *req, struct tc_db *db)
{
    struct edit edit = {0};
    enum tc_status status = read_edit(req, &edit);
    if (status != TC_OK)
        return status;

    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    edit.arena = &arena;
    struct conversation now;
    status = TC_NOT_FOUND;
    for (int i = 0; i < CHANGE_ATTEMPTS && status == TC_NOT_FOUND; i++) {
        status = check(req, db, &edit);
        if (status != TC_OK)
            return status;
        status = change(db, &edit, &now);
    }
    if (status == TC_OK)
        tell(req, &now, &edit);
    return status == TC_NOT_FOUND ? TC_UNAVAILABLE : status;
}

const struct tc_route edit_routes[] = {
    {.op = "conversation/edit", .handler = conversation_edit},
    {0},
};
