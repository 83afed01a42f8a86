/* The group service's handlers under libFuzzer. */

#include "services/group/group.h"
#include "services/group/store_facts.h"
#include "shared/base/mem.h"
#include "tests/fuzz/service.h"

const struct tc_stmt *const group_statements[] = {NULL};

static struct group_info a_group(const char *id)
{
    static const char *const visibilities[] = {"public", "private", "hidden"};
    static const char *const roles[] = {"owner", "member", "requested", "none"};
    return (struct group_info){
        .id = id,
        .name = "Cans \"and\" more",
        .description = "",
        .visibility = visibilities[fuzz_number() % TC_COUNT(visibilities)],
        .owner_id = fuzz_id(),
        .version = 1,
        .member_count = (int64_t)fuzz_number() * 40,
        .created_at = 1700000000123,
        .role = roles[fuzz_number() % TC_COUNT(roles)],
        .name_key = "cans",
    };
}

enum tc_status group_store_create(struct tc_db *db, const struct group_draft *draft,
                                  int64_t groups_max, struct group_info *out)
{
    (void)db, (void)groups_max;
    *out = a_group(draft->id);
    return fuzz_status();
}

enum tc_status group_store_find(struct tc_db *db, const char *group_id, const char *asker_id,
                                struct group_info *out)
{
    (void)db, (void)asker_id;
    *out = a_group(group_id);
    return fuzz_status();
}

enum tc_status group_store_list(struct tc_db *db, const struct group_query *query,
                                struct group_info *out, size_t *count, bool *more)
{
    (void)db;
    *count = fuzz_number() % ((size_t)query->limit + 1);
    for (size_t i = 0; i < *count; i++)
        out[i] = a_group(fuzz_id());
    *more = *count > 0 && fuzz_yes(); /* behind none there are none */
    return fuzz_status();
}

enum tc_status group_store_edit(struct tc_db *db, const struct group_change *change,
                                int64_t groups_max, struct group_info *out)
{
    (void)db, (void)groups_max;
    *out = a_group(change->group_id);
    return fuzz_status();
}

enum tc_status group_store_remove(struct tc_db *db, const char *group_id, const char *asker_id)
{
    (void)db, (void)group_id, (void)asker_id;
    return fuzz_status();
}

enum tc_status member_store_join(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                 int64_t groups_max, struct group_info *out)
{
    (void)db, (void)groups_max;
    for (size_t i = 0; i < count; i++)
        out[i] = fuzz_yes() ? a_group(pairs[i].group_id) : (struct group_info){0};
    return fuzz_status();
}

enum tc_status member_store_ask(struct tc_db *db, const char *group_id, const char *user_id,
                                int64_t groups_max, struct group_info *out)
{
    (void)db, (void)user_id, (void)groups_max;
    *out = a_group(group_id);
    return fuzz_status();
}

enum tc_status member_store_leave(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                  struct departure *out)
{
    (void)db;
    for (size_t i = 0; i < count; i++) {
        unsigned how = fuzz_number() % 3;
        out[i] = (struct departure){.group = a_group(pairs[i].group_id)};
        out[i].how = how == 1 ? LEFT : how == 2 ? WITHDREW : STAYED;
    }
    return fuzz_status();
}

enum tc_status member_store_standings(struct tc_db *db, const char *group_id,
                                      const struct user_list *users, struct standing *out)
{
    (void)db, (void)group_id;
    for (size_t i = 0; i < users->count; i++)
        out[i] = (struct standing){fuzz_yes(), fuzz_yes(), fuzz_number()};
    return fuzz_status();
}

enum tc_status member_store_list(struct tc_db *db, const struct member_query *query,
                                 struct member_row *out, size_t *count, bool *more)
{
    (void)db;
    *count = fuzz_number() % ((size_t)query->limit + 1);
    for (size_t i = 0; i < *count; i++)
        out[i] = (struct member_row){fuzz_id(), fuzz_number()};
    *more = *count > 0 && fuzz_yes(); /* behind none there are none */
    return fuzz_status();
}

enum tc_status fact_store_members(struct tc_db *db, const struct member_pair *pairs, size_t count,
                                  struct member_fact *out)
{
    (void)db, (void)pairs;
    for (size_t i = 0; i < count; i++)
        out[i] = (struct member_fact){fuzz_yes() ? "member" : "none", fuzz_number(), fuzz_number()};
    return fuzz_status();
}

/* By user, as the query orders them. */
enum tc_status fact_store_memberships(struct tc_db *db, const struct user_list *users, size_t limit,
                                      struct membership *out, size_t *count)
{
    (void)db;
    *count = 0;
    for (size_t user = 0; user < users->count; user++)
        for (size_t left = 1 + fuzz_number() % 3; left > 0 && *count < limit; left--)
            out[(*count)++] = (struct membership){user, fuzz_yes() ? fuzz_id() : NULL, 1};
    return fuzz_status();
}

enum tc_status upkeep_store_drop_requests(struct tc_db *db, const char *group_id,
                                          const char *users[UPKEEP_CHUNK], size_t *count)
{
    (void)db, (void)group_id;
    *count = fuzz_number() % 4;
    for (size_t i = 0; i < *count; i++)
        users[i] = fuzz_id();
    return fuzz_status();
}

enum tc_status upkeep_store_drop_members(struct tc_db *db, const char *group_id, bool *left)
{
    (void)db, (void)group_id;
    *left = fuzz_yes();
    return fuzz_status();
}
