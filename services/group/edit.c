/* group/edit: all that its owner may change, all or nothing. Who hears of it is edit_tell.c. */

#include "services/group/edit.h"

#include <string.h>

#include "services/group/group.h"
#include "services/group/store_member.h"
#include "shared/base/arena.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/users.h"

#define ATTEMPTS 4 /* others may change the group between two looks at it */

/* What those in a list have to be. */
static const struct {
    const char *path;
    bool member, asking; /* he is one now, he asks now */
    bool comes;          /* he will be a member */
} rules[EDIT_LISTS] = {
    [ADD] = {.path = "members.add", .comes = true},
    [REMOVE] = {.path = "members.remove", .member = true},
    [ACCEPT] = {.path = "requests.accept", .asking = true, .comes = true},
    [REFUSE] = {.path = "requests.refuse", .asking = true},
};

/* As sent: users are not looked up yet. */
struct wish {
    struct group_change change;
    const char *heir;
    struct tc_list lists[EDIT_LISTS];
};

static void read_wish(struct tc_request *req, struct wish *out)
{
    const struct tc_limits *limits = tc_limits();
    *out = (struct wish){
        .change.asker_id = tc_request_user(req),
        .change.group_id = tc_request_id(req, "group_id"),
        .change.name = tc_request_text_or(req, "name", TC_TEXT_LINE, limits->name, NULL),
        .change.description =
            tc_request_text_or(req, "description", TC_TEXT_BLOCK, limits->description, NULL),
        .change.visibility = tc_request_choice_or(req, "visibility", group_visibilities, NULL),
        .heir = tc_request_user_or(req, "owner_id", NULL),
    };
    for (int i = 0; i < EDIT_LISTS; i++)
        out->lists[i] = tc_request_users(req, rules[i].path);
}

static bool is_empty(const struct wish *wish)
{
    const struct group_change *change = &wish->change;
    for (int i = 0; i < EDIT_LISTS; i++)
        if (wish->lists[i].count > 0)
            return false;
    return change->name == NULL && change->description == NULL && change->visibility == NULL &&
           wish->heir == NULL;
}

static enum tc_status check_owner(struct tc_db *db, const struct group_change *change)
{
    struct group_info group;
    enum tc_status status = group_store_find(db, change->group_id, change->asker_id, &group);
    if (status != TC_OK)
        return status;
    return strcmp(group.role, "owner") == 0 ? TC_OK : TC_FORBIDDEN;
}

static enum tc_status find_named(struct tc_request *req, const struct wish *wish,
                                 struct tc_arena *arena, struct edit *out)
{
    for (int i = 0; i < EDIT_LISTS; i++) {
        enum tc_status status =
            named_find(req, &wish->lists[i], rules[i].path, arena, &out->named[i]);
        if (status != TC_OK)
            return status;
    }
    if (wish->heir == NULL)
        return TC_OK;
    const struct tc_user *heir;
    enum tc_status status = tc_users_find(&wish->heir, 1, &heir);
    if (status != TC_OK)
        return status;
    if (heir == NULL)
        return tc_request_fail_at(req, TC_NOT_FOUND, "there is no such user", "owner_id");
    out->change.owner_id = heir->id;
    return TC_OK;
}

/* Nobody is in two lists, but that who is accepted may be added as well. */
static enum tc_status check_lists(struct tc_request *req, const struct edit *edit)
{
    TC_CLEANUP(tc_table_free) struct tc_table *seen = tc_table_create();
    for (int list = 0; list < EDIT_LISTS; list++) {
        const struct named *named = &edit->named[list];
        for (size_t i = 0; i < named->who.count; i++) {
            const struct named *other = tc_table_get(seen, named->who.ids[i]);
            if (other != NULL && !(list == ACCEPT && other == &edit->named[ADD]))
                return named_conflict(req, named, i, "this user is in another list too");
            tc_table_set(seen, named->who.ids[i], (void *)(uintptr_t)named);
        }
    }
    if (named_has(&edit->named[REMOVE], edit->change.asker_id))
        return tc_request_fail_at(req, TC_CONFLICT, "the owner cannot be removed",
                                  "members.remove");
    if (edit->change.owner_id != NULL && named_has(&edit->named[REMOVE], edit->change.owner_id))
        return tc_request_fail_at(req, TC_CONFLICT, "the new owner must be a member", "owner_id");
    return TC_OK;
}

/* Those of one list and of another, each once. */
static void unite(const struct named *one, const struct named *other, struct tc_arena *arena,
                  struct named *out)
{
    size_t room = one->who.count + other->who.count, count = 0;
    const char **ids = tc_arena_alloc(arena, room * sizeof(*ids));
    const struct tc_user **users = tc_arena_alloc(arena, room * sizeof(struct tc_user *));
    TC_CLEANUP(tc_table_free) struct tc_table *seen = tc_table_create();
    for (size_t i = 0; i < room; i++) {
        const struct named *from = i < one->who.count ? one : other;
        size_t at = i < one->who.count ? i : i - one->who.count;
        if (tc_table_get(seen, from->who.ids[at]) != NULL)
            continue;
        tc_table_set(seen, from->who.ids[at], seen);
        users[count] = from->users[at];
        ids[count++] = from->who.ids[at];
    }
    *out = (struct named){.who = {ids, count}, .users = users};
}

static const char *fault_of(int list, const struct standing *standing)
{
    if (rules[list].comes && standing->member)
        return "this user is a member already";
    if (rules[list].member && !standing->member)
        return "this user is no member";
    if (rules[list].asking && !standing->asking)
        return "this user does not ask to join";
    if (rules[list].comes && standing->groups >= tc_limits()->groups)
        return "this user is in as many groups as one may be";
    return NULL;
}

static enum tc_status check_list(struct tc_request *req, struct tc_db *db, const struct edit *edit,
                                 int list)
{
    const struct named *named = &edit->named[list];
    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    struct standing *standings = tc_arena_alloc(&arena, named->who.count * sizeof(*standings));
    enum tc_status status =
        member_store_standings(db, edit->change.group_id, &named->who, standings);
    for (size_t i = 0; i < named->who.count && status == TC_OK; i++) {
        const char *fault = fault_of(list, &standings[i]);
        if (fault != NULL)
            return named_conflict(req, named, i, fault);
    }
    return status;
}

static enum tc_status check_heir(struct tc_request *req, struct tc_db *db, const struct edit *edit)
{
    const char *heir = edit->change.owner_id;
    if (heir == NULL || named_has(&edit->come, heir))
        return TC_OK;
    struct standing standing;
    enum tc_status status =
        member_store_standings(db, edit->change.group_id, &(struct user_list){&heir, 1}, &standing);
    if (status == TC_OK && !standing.member)
        return tc_request_fail_at(req, TC_CONFLICT, "the new owner must be a member", "owner_id");
    return status;
}

/* Why an edit cannot be, as things are now. TC_OK: it can. */
static enum tc_status check(struct tc_request *req, struct tc_db *db, const struct edit *edit)
{
    enum tc_status status = check_owner(db, &edit->change);
    for (int list = 0; list < EDIT_LISTS && status == TC_OK; list++)
        if (edit->named[list].who.count > 0)
            status = check_list(req, db, edit, list);
    return status == TC_OK ? check_heir(req, db, edit) : status;
}

static enum tc_status run(struct tc_request *req, struct tc_db *db, struct edit *edit)
{
    for (int i = 0; i < ATTEMPTS && !tc_request_is_late(req); i++) {
        enum tc_status status =
            group_store_edit(db, &edit->change, tc_limits()->groups, &edit->group);
        if (status != TC_NOT_FOUND && status != TC_CONFLICT)
            return status;
        status = check(req, db, edit);
        if (status != TC_OK)
            return status;
    }
    return TC_UNAVAILABLE;
}

/* group/edit {group_id, name?, description?, visibility?, owner_id?, members?, requests?} */
static enum tc_status group_edit(struct tc_request *req, struct tc_db *db)
{
    struct wish wish;
    read_wish(req, &wish);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;
    if (is_empty(&wish))
        return tc_request_fail(req, TC_BAD_REQUEST, "this names nothing to change");

    enum tc_status status = check_owner(db, &wish.change);
    if (status != TC_OK)
        return status;
    TC_CLEANUP(tc_arena_free) struct tc_arena arena = {0};
    struct edit edit = {.change = wish.change};
    status = find_named(req, &wish, &arena, &edit);
    if (status == TC_OK)
        status = check_lists(req, &edit);
    if (status != TC_OK)
        return status;

    struct named asking;
    unite(&edit.named[ADD], &edit.named[ACCEPT], &arena, &edit.come);
    unite(&edit.named[ACCEPT], &edit.named[REFUSE], &arena, &asking);
    edit.change.add = edit.come.who;
    edit.change.asking = asking.who;
    edit.change.remove = edit.named[REMOVE].who;
    status = run(req, db, &edit);
    if (status == TC_OK)
        edit_tell(req, db, &edit);
    return status;
}

const struct tc_route edit_routes[] = {
    {.op = "group/edit", .handler = group_edit},
    {0},
};
