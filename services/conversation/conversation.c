/* Conversations: making, listing and removing them. Changing them is edit.c. */

#include "services/conversation/conversation.h"

#include "services/conversation/named.h"
#include "services/conversation/page.h"
#include "services/conversation/standing.h"
#include "services/conversation/store.h"
#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/base/id.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

/* Those named and the asker, all of them members. */
static enum tc_status find_participants(struct tc_request *req, const struct tc_list *list,
                                        const char *group_id, const struct tc_member *asker,
                                        struct tc_arena *arena, struct named *out)
{
    enum tc_status status = named_find(req, list, "participant_ids", arena, out);
    if (status != TC_OK)
        return status;
    named_drop(out, tc_request_user(req));
    status = named_check_members(req, out, group_id);
    if (status != TC_OK)
        return status;
    named_add(out, tc_request_user(req), asker->since);
    if ((int64_t)out->who.count > tc_limits()->participants)
        return tc_request_fail_at(req, TC_CONFLICT, "these are too many", "participant_ids");
    return TC_OK;
}

/* Who takes part hears it on his own subject, since nobody listens to the conversation's yet. */
static void tell_participants(struct tc_request *req, const struct conversation *made,
                              const struct listings *who)
{
    static const char type[] = "conversation/created";
    const char *maker = tc_request_user(req);
    struct tc_event event =
        conversation_event_to(made, type, maker, TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    conversation_write(made, tc_request_event(req, &event), "conversation");
    for (size_t i = 0; i + 1 < who->count; i++) { /* the last one is the maker */
        event = conversation_event_to(made, type, who->users[i], TC_EVENT_FIRST);
        tc_request_event_also(req, &event);
    }
    event = conversation_event(made, type, TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    tc_request_event_also(req, &event);
}

static void tell_created(struct tc_request *req, const struct conversation *made,
                         const struct listings *who)
{
    if (who != NULL) {
        tell_participants(req, made, who);
    } else {
        struct tc_event event =
            conversation_event(made, "conversation/created", TC_EVENT_FIRST | TC_EVENT_ORIGIN);
        conversation_write(made, tc_request_event(req, &event), "conversation");
    }
    conversation_write(made, tc_request_answer(req), "conversation");
}

static enum tc_status make(struct tc_request *req, struct tc_db *db,
                           const struct conversation_draft *draft)
{
    if (tc_request_is_late(req))
        return TC_UNAVAILABLE;
    struct conversation made;
    enum tc_status status = conversation_store_create(db, draft, tc_limits()->conversations, &made);
    if (status == TC_CONFLICT)
        return tc_request_fail(req, status, "the group has as many conversations as it may have");
    if (status != TC_OK)
        return status;
    tell_created(req, &made, draft->participants);
    return TC_OK;
}

/* conversation/create {group_id, name, topic?, participant_ids?} */
static enum tc_status conversation_create(struct tc_request *req, struct tc_db *db)
{
    const struct tc_limits *limits = tc_limits();
    char id[TC_ID_SIZE];
    struct conversation_draft draft = {
        .id = id,
        .owner_id = tc_request_user(req),
        .group_id = tc_request_id(req, "group_id"),
        .name = tc_request_text(req, "name", TC_TEXT_LINE, limits->name),
        .topic = tc_request_text_or(req, "topic", TC_TEXT_BLOCK, limits->description, ""),
    };
    struct tc_list list = tc_request_users(req, "participant_ids");
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    struct tc_member asker;
    enum tc_status status = standing_in_group(req, draft.group_id, &asker);
    if (status != TC_OK)
        return status;

    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    struct named named;
    if (tc_request_has(req, "participant_ids")) {
        status = find_participants(req, &list, draft.group_id, &asker, &arena, &named);
        if (status != TC_OK)
            return status;
        draft.participants = &named.who;
    }
    tc_id_make(id);
    return make(req, db, &draft);
}

/* conversation/list {group_id, limit?, cursor?} */
static enum tc_status conversation_list(struct tc_request *req, struct tc_db *db)
{
    struct conversation_query query = {.user_id = tc_request_user(req)};
    query.group_id = tc_request_id(req, "group_id");
    page_read(req, &query);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    struct tc_member asker;
    enum tc_status status = standing_in_group(req, query.group_id, &asker);
    if (status != TC_OK)
        return status;
    query.all = asker.role == TC_ROLE_OWNER;
    query.since = asker.since;

    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    struct page page = {
        .items = tc_arena_alloc(&arena, (size_t)query.limit * sizeof(*page.items)),
    };
    status = conversation_store_list(db, &query, page.items, &page.count, &page.more);
    if (status == TC_OK)
        page_write(&page, tc_request_answer(req));
    return status;
}

static enum tc_status may_remove(const struct tc_request *req, struct tc_db *db, const char *id,
                                 struct standing *out)
{
    enum tc_status status = standing_find(req, db, id, out);
    if (status != TC_OK)
        return status;
    if (!standing_may_edit(out, tc_request_user(req)))
        return TC_FORBIDDEN;
    return tc_request_is_late(req) ? TC_UNAVAILABLE : TC_OK;
}

static void tell_removed(struct tc_request *req, const struct conversation *gone)
{
    struct tc_event event =
        conversation_event(gone, "conversation/removed", TC_EVENT_FIRST | TC_EVENT_ORIGIN);
    conversation_write_removed(gone, tc_request_event(req, &event));
    conversation_write_removed(gone, tc_request_answer(req));
}

/* conversation/remove {conversation_id} */
static enum tc_status conversation_remove(struct tc_request *req, struct tc_db *db)
{
    const char *id = tc_request_id(req, "conversation_id");
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;

    struct standing standing;
    enum tc_status status = TC_NOT_FOUND;
    for (int i = 0; i < CHANGE_ATTEMPTS && status == TC_NOT_FOUND; i++) {
        status = may_remove(req, db, id, &standing);
        if (status != TC_OK)
            return status;
        status = conversation_store_remove(db, id, standing.state.version);
    }
    if (status == TC_OK)
        tell_removed(req, &(struct conversation){
                              .id = id,
                              .group_id = standing.state.group_id,
                              .closed = standing.state.closed,
                          });
    return status == TC_NOT_FOUND ? TC_UNAVAILABLE : status;
}

const struct tc_route conversation_routes[] = {
    {.op = "conversation/create", .handler = conversation_create},
    {.op = "conversation/list", .handler = conversation_list},
    {.op = "conversation/remove", .handler = conversation_remove},
    {0},
};
