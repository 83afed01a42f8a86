/* A conversation store that answers what a test says. */

#include "tests/support/conversation_stand_in.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/service/users.h"

struct stand_in store;

static const char users_json[] =
    "{\"users\":[{\"id\":\"" ANN "\",\"username\":\"ann\"},{\"id\":\"" BOB
    "\",\"username\":\"bob\"},{\"id\":\"" CLEO "\",\"username\":\"cleo\"}]}";

int stand_in_begin(void **state)
{
    static const char *const refs[] = {ANN, BOB, CLEO};
    static bool known;
    const struct tc_user *users[3];
    (void)state;
    store = (struct stand_in){0};
    if (!known)
        call_answers("auth.users", users_json);
    known = true;
    return tc_users_find(refs, 3, users) == TC_OK ? 0 : -1;
}

void members_are(const char *roles)
{
    static struct tc_buf answers[8];
    static size_t next;
    struct tc_buf *out = &answers[next++ % 8];
    tc_buf_clear(out);
    tc_buf_text(out, "{\"members\":[");
    for (const char *at = roles; *at != '\0'; at += strspn(at, " ")) {
        int role = (int)strcspn(at, "@"), since = (int)strcspn(at + role + 1, " ");
        tc_buf_printf(out, "%s{\"role\":\"%.*s\",\"since\":%.*s,\"size\":3}", at > roles ? "," : "",
                      role, at, since, at + role + 1);
        at += role + 1 + since;
    }
    tc_buf_text(out, "]}");
    call_answers("group.members", out->data);
}

const char *subject(const char *audience, const char *owner, const char *about, const char *what)
{
    static char text[TC_SUBJECT_SIZE];
    snprintf(text, sizeof(text), "tincan.%s.%s.%s.%s", audience, owner, about, what);
    return text;
}

static void show(const struct listings *listings, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < listings->count; i++) {
        len +=
            (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? " " : "", listings->users[i]);
        if (listings->since[i] != 0)
            len += (size_t)snprintf(out + len, size - len, "@%lld", (long long)listings->since[i]);
    }
}

enum tc_status conversation_store_create(struct tc_db *db, const struct conversation_draft *draft,
                                         int64_t limit, struct conversation *out)
{
    (void)db;
    assert_int_equal(limit, tc_limits()->conversations);
    assert_true(tc_id_is_v7(draft->id));
    store.draft = *draft;
    if (draft->participants != NULL)
        show(draft->participants, store.participants, sizeof(store.participants));
    *out = store.now;
    return store.created;
}

enum tc_status conversation_store_find(struct tc_db *db, const struct tc_access_key *keys,
                                       size_t count, struct conversation_state *out)
{
    size_t len = 0;
    (void)db;
    for (size_t i = 0; i < count; i++) {
        out[i] = store.states[i];
        len += (size_t)snprintf(store.key + len, sizeof(store.key) - len, "%s%s/%s",
                                i > 0 ? " " : "", keys[i].conversation_id, keys[i].user_id);
    }
    return TC_OK;
}

enum tc_status conversation_store_listings(struct tc_db *db, const char *id,
                                           const char *const *users, size_t count, int64_t *since,
                                           int64_t *total)
{
    (void)db;
    assert_string_equal(id, ROOM);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 4 && store.listed[k].user != NULL; k++)
            if (strcmp(users[i], store.listed[k].user) == 0)
                since[i] = store.listed[k].since;
    *total = store.listed_total;
    return TC_OK;
}

enum tc_status conversation_store_change(struct tc_db *db, const struct conversation_change *change,
                                         struct conversation *out)
{
    (void)db;
    store.change = *change;
    show(&change->come, store.come, sizeof(store.come));
    show(&change->go, store.go, sizeof(store.go));
    if (store.changes++ < store.lost) {
        store.states[0].version++;
        return TC_NOT_FOUND;
    }
    *out = store.now;
    return TC_OK;
}

enum tc_status conversation_store_remove(struct tc_db *db, const char *id, int64_t version)
{
    (void)db;
    assert_string_equal(id, ROOM);
    assert_int_equal(version, store.states[0].version);
    if (store.removes++ >= store.lost)
        return TC_OK;
    store.states[0].version++;
    return TC_NOT_FOUND;
}

enum tc_status conversation_store_list(struct tc_db *db, const struct conversation_query *query,
                                       struct conversation *out, size_t *count, bool *more)
{
    (void)db;
    store.query = *query;
    memcpy(out, store.list, store.list_count * sizeof(*out));
    *count = store.list_count;
    *more = store.list_more;
    return TC_OK;
}

enum tc_status conversation_store_listings_of(struct tc_db *db, const char *const *users,
                                              size_t user_count, struct user_listings *out)
{
    (void)db, (void)users, (void)user_count;
    out->count = store.user_listing_count < out->limit ? store.user_listing_count : out->limit;
    memcpy(out->items, store.user_listings, out->count * sizeof(*out->items));
    return TC_OK;
}

enum tc_status conversation_store_strike(struct tc_db *db, const char *group_id,
                                         const char *user_id, int64_t since, struct struck *out)
{
    (void)db;
    assert_string_equal(group_id, GROUP);
    assert_string_equal(user_id, BOB);
    store.strike_since = since;
    out->count = 0;
    out->left = store.strikes++ == 0 && store.struck_count > 0;
    if (!out->left)
        return store.strike_again;
    out->count = store.struck_count;
    memcpy(out->items, store.struck, store.struck_count * sizeof(*store.struck));
    return TC_OK;
}

enum tc_status conversation_store_close_group(struct tc_db *db, const char *group_id)
{
    (void)db;
    assert_string_equal(group_id, GROUP);
    store.closes++;
    return TC_OK;
}

enum tc_status conversation_store_clear_group(struct tc_db *db, const char *group_id, bool *left)
{
    (void)db;
    assert_string_equal(group_id, GROUP);
    assert_int_equal(store.closes, 1);
    *left = --store.clear_runs > 0;
    return TC_OK;
}
