/* A group store that answers what a test says. */

#include "tests/support/group_stand_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/group/group.h"
#include "shared/service/users.h"

struct stand_in store;

static const char users_json[] =
    "{\"users\":[{\"id\":\"" ANN "\",\"username\":\"ann\"},{\"id\":\"" BOB
    "\",\"username\":\"bob\"},{\"id\":\"" CLEO "\",\"username\":\"cleo\"},{\"id\":\"" DORA
    "\",\"username\":\"dora\"}]}";

int stand_in_begin(void **state)
{
    static const char *const refs[] = {ANN, BOB, CLEO, DORA};
    static bool known;
    const struct tc_user *users[4];
    (void)state;
    *call_limits() = (struct tc_limits){
        .name = 80,
        .description = 1000,
        .list_items = 1000,
        .page = 200,
        .big_group = 5000,
        .groups = 1000,
    };
    store = (struct stand_in){
        .group = {.id = GROUP,
                  .name = "Cans",
                  .description = "d",
                  .visibility = "public",
                  .owner_id = ANN,
                  .version = 1,
                  .member_count = 2,
                  .created_at = 1700000000123,
                  .role = "owner",
                  .name_key = "cans"},
    };
    if (!known)
        call_answers("auth.users", users_json);
    known = true;
    return tc_users_find(refs, 4, users) == TC_OK ? 0 : -1;
}

const char *name_of(const char *id)
{
    static const char *const names[] = {"ann", "bob", "cleo", "dora"};
    unsigned letter = (unsigned)(id[strlen(id) - 1] - 'a');
    return letter < 4 ? names[letter] : id;
}

static void note(const char *what, const struct user_list *users)
{
    size_t len = strlen(store.log), size = sizeof(store.log);
    len += (size_t)snprintf(store.log + len, size - len, "%s", what);
    for (size_t i = 0; i < users->count; i++)
        len += (size_t)snprintf(store.log + len, size - len, " %s", name_of(users->ids[i]));
    snprintf(store.log + len, size - len, "; ");
}

const char *events_of(const struct call *call)
{
    static char text[4096];
    size_t len = 0, size = sizeof(text);
    text[0] = '\0';
    for (size_t i = 0; i < call->event_count; i++) {
        const struct call_event *event = &call->events[i];
        struct tc_event_subject subject;
        char tail[TC_SUBJECT_SIZE];
        assert_true(tc_subject_parse_event(event->subject, &subject));
        assert_string_equal(subject.about, GROUP);
        bool user = subject.audience == TC_TO_USER;
        snprintf(tail, sizeof(tail), "%s/%s", subject.entity, subject.verb);
        const char *type = json_text(event->payload, "type");
        bool same = strcmp(type, tail) == 0, failed = json_at(event->payload, "error") != NULL;
        tail[strcspn(tail, "/")] = '.';
        len += (size_t)snprintf(
            text + len, size - len, "%s%s%s %s%s%s%s%s%s%s; ", user ? "user" : "group",
            user ? " " : "", user ? name_of(subject.owner) : "", tail,
            event->flags & TC_EVENT_FIRST ? " first" : "",
            event->flags & TC_EVENT_ORIGIN ? " origin" : "", same ? "" : " as ", same ? "" : type,
            failed ? " because " : "", failed ? json_text(event->payload, "error.code") : "");
    }
    return text;
}

enum tc_status group_store_create(struct tc_db *db, const struct group_draft *draft,
                                  int64_t groups_max, struct group_info *out)
{
    (void)db;
    note("create", &(struct user_list){draft->member_ids, draft->member_count});
    store.draft = *draft;
    store.groups_max = groups_max;
    *out = store.group;
    return store.created;
}

enum tc_status group_store_find(struct tc_db *db, const char *group_id, const char *asker_id,
                                struct group_info *out)
{
    (void)db;
    assert_string_equal(group_id, GROUP);
    note("find", &(struct user_list){&asker_id, 1});
    *out = store.group;
    return store.found;
}

enum tc_status group_store_edit(struct tc_db *db, const struct group_change *change,
                                int64_t groups_max, struct group_info *out)
{
    (void)db;
    store.change = *change;
    store.groups_max = groups_max;
    note("add", &change->add);
    note("asking", &change->asking);
    note("remove", &change->remove);
    enum tc_status status = store.edited[store.edits++ % 4];
    if (status == TC_OK)
        *out = store.group;
    return status;
}

enum tc_status group_store_remove(struct tc_db *db, const char *group_id, const char *asker_id)
{
    (void)db;
    assert_string_equal(group_id, GROUP);
    note("remove", &(struct user_list){&asker_id, 1});
    return store.removed;
}

enum tc_status group_store_list(struct tc_db *db, const struct group_query *query,
                                struct group_info *out, size_t *count, bool *more)
{
    (void)db;
    store.query = *query;
    snprintf(store.after_id, sizeof(store.after_id), "%s", query->after_id);
    snprintf(store.after_key, sizeof(store.after_key), "%s", query->after_key);
    for (size_t i = 0; i < store.list_count; i++)
        out[i] = store.list[i];
    *count = store.list_count;
    *more = store.more;
    return store.status;
}

enum tc_status member_store_join(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                 int64_t groups_max, struct group_info *out)
{
    (void)db;
    const char *users[MEMBER_BATCH_MAX];
    store.groups_max = groups_max;
    for (size_t i = 0; i < count; i++) {
        users[i] = pairs[i].user_id;
        out[i] = (struct group_info){0};
        if (store.joining == NULL || strstr(store.joining, users[i]) == NULL)
            continue;
        out[i] = store.group;
        out[i].role = "member";
    }
    note("join", &(struct user_list){users, count});
    return store.status;
}

enum tc_status member_store_ask(struct tc_db *db, const char *group_id, const char *user_id,
                                int64_t groups_max, struct group_info *out)
{
    (void)db, (void)group_id, (void)groups_max;
    note("ask", &(struct user_list){&user_id, 1});
    *out = store.group;
    out->role = "requested";
    return store.asked;
}

enum tc_status member_store_leave(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                  struct departure *out)
{
    (void)db;
    const char *users[MEMBER_BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        users[i] = pairs[i].user_id;
        out[i] = (struct departure){.how = STAYED, .group = store.group};
        for (int k = 0; k < 4 && store.departures[k].user_id != NULL; k++)
            if (strcmp(store.departures[k].user_id, users[i]) == 0)
                out[i].how = store.departures[k].how == LEFT ? LEFT : WITHDREW;
    }
    note("leave", &(struct user_list){users, count});
    return store.status;
}

enum tc_status member_store_standings(struct tc_db *db, const char *group_id,
                                      const struct user_list *users, struct standing *out)
{
    (void)db, (void)group_id;
    for (size_t i = 0; i < users->count; i++) {
        out[i] = (struct standing){0};
        for (int k = 0; k < 4 && store.standings[k].user_id != NULL; k++)
            if (strcmp(store.standings[k].user_id, users->ids[i]) == 0)
                out[i] = store.standings[k].standing;
    }
    return store.status;
}

enum tc_status member_store_list(struct tc_db *db, const struct member_query *query,
                                 struct member_row *out, size_t *count, bool *more)
{
    (void)db;
    store.member_query = *query;
    snprintf(store.after_id, sizeof(store.after_id), "%s", query->after_id);
    for (size_t i = 0; i < store.row_count; i++)
        out[i] = store.rows[i];
    *count = store.row_count;
    *more = store.more;
    return store.status;
}

enum tc_status fact_store_members(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                  struct member_fact *out)
{
    (void)db;
    const char *users[8];
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(pairs[i].group_id, GROUP);
        users[i] = pairs[i].user_id;
        out[i] = store.facts[i];
    }
    note("facts", &(struct user_list){users, count});
    return store.status;
}

enum tc_status fact_store_memberships(struct tc_db *db, const struct user_list *users, size_t limit,
                                      struct membership *out, size_t *count)
{
    (void)db;
    note("memberships", users);
    store.memberships_limit = limit;
    *count = store.membership_count < limit ? store.membership_count : limit;
    for (size_t i = 0; i < *count; i++)
        out[i] = store.memberships[i];
    return store.status;
}

enum tc_status upkeep_store_drop_requests(struct tc_db *db, const char *group_id,
                                          const char *users[UPKEEP_CHUNK], size_t *count)
{
    (void)db;
    assert_string_equal(group_id, GROUP);
    for (*count = 0; *count < 4 && store.requesters[*count] != NULL; ++*count)
        users[*count] = store.requesters[*count];
    note("drop requests", &(struct user_list){users, *count});
    return store.status;
}

enum tc_status upkeep_store_drop_members(struct tc_db *db, const char *group_id, bool *left)
{
    (void)db;
    assert_string_equal(group_id, GROUP);
    *left = --store.member_chunks > 0;
    return store.status;
}
