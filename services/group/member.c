/* What joining and leaving have in common: many of them are one statement. */

#include "services/group/member.h"

#include <string.h>

#include "services/group/group.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/users.h"

static void finish_all(const struct member_entry *entries, size_t count, enum tc_status status)
{
    for (size_t i = 0; i < count; i++)
        tc_request_finish(entries[i].req, status);
}

static size_t read_entries(struct tc_request **reqs, size_t count, struct member_entry *out)
{
    size_t good = 0;
    for (size_t i = 0; i < count; i++) {
        const char *group_id = tc_request_id(reqs[i], "group_id");
        if (tc_request_is_bad(reqs[i]))
            tc_request_finish(reqs[i], TC_INVALID_FIELD);
        else
            out[good++] =
                (struct member_entry){reqs[i], {group_id, tc_request_user(reqs[i])}, NULL};
    }
    return good;
}

/* Looks up who asks, before anything is changed: the answer has to show him. */
static size_t find_users(struct member_entry *entries, size_t count)
{
    const char *ids[MEMBER_BATCH_MAX] = {0};
    const struct tc_user *users[MEMBER_BATCH_MAX];
    for (size_t i = 0; i < count; i++)
        /* cppcheck-suppress uninitvar; read_entries has said how many there are */
        ids[i] = entries[i].pair.user_id;
    enum tc_status status = tc_users_find(ids, count, users);
    if (status != TC_OK) {
        finish_all(entries, count, status);
        return 0;
    }

    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        entries[i].user = users[i];
        if (users[i] != NULL)
            entries[found++] = entries[i];
        else
            tc_request_finish(entries[i].req, TC_FORBIDDEN);
    }
    return found;
}

static size_t drop_late(struct member_entry *entries, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (tc_request_is_late(entries[i].req))
            tc_request_finish(entries[i].req, TC_UNAVAILABLE);
        else
            entries[kept++] = entries[i];
    }
    return kept;
}

/* Moves the first request of each user to the front, and says how many those are. */
static size_t bring_forward(struct member_entry *entries, size_t count)
{
    struct member_entry again[MEMBER_BATCH_MAX];
    size_t first = 0, rest = 0;
    TC_CLEANUP(tc_table_free) struct tc_table *seen = tc_table_create();
    for (size_t i = 0; i < count; i++) {
        const char *user_id = entries[i].pair.user_id;
        if (tc_table_get(seen, user_id) != NULL) {
            again[rest++] = entries[i];
            continue;
        }
        tc_table_set(seen, user_id, seen);
        entries[first++] = entries[i];
    }
    /* cppcheck-suppress uninitvar; as many of them as are copied have been set */
    memcpy(entries + first, again, rest * sizeof(*again));
    return first;
}

void member_run(struct tc_request **reqs, size_t count, struct tc_db *db, member_round *round)
{
    struct member_entry entries[MEMBER_BATCH_MAX], *at = entries;
    size_t left = find_users(entries, read_entries(reqs, count, entries));
    while ((left = drop_late(at, left)) > 0) {
        size_t some = bring_forward(at, left);
        round(at, some, db);
        at += some;
        left -= some;
    }
}

void member_pairs(const struct member_entry *entries, size_t count, struct member_pair *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = entries[i].pair;
}
