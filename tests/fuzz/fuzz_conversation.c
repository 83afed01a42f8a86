/* The conversation service's handlers under libFuzzer. */

#include "services/conversation/conversation.h"
#include "services/conversation/store.h"
#include "services/conversation/store_read.h"
#include "services/conversation/store_upkeep.h"
#include "shared/service/access.h"
#include "tests/fuzz/service.h"

const struct tc_stmt *const conversation_statements[] = {NULL};

static bool found_closed; /* the last one that was found */

static struct conversation a_conversation(const char *id, bool closed)
{
    return (struct conversation){
        .id = id,
        .group_id = FUZZ_GROUP,
        .name = "Room \\ \"one\"",
        .topic = "",
        .owner_id = fuzz_id(),
        .participants = closed ? FUZZ_ANN " " FUZZ_BOB : NULL,
        .version = fuzz_number(),
        .created_at = 1700000000123,
        .closed = closed,
    };
}

enum tc_status conversation_store_create(struct tc_db *db, const struct conversation_draft *draft,
                                         int64_t limit, struct conversation *out)
{
    (void)db, (void)limit;
    *out = a_conversation(draft->id, draft->participants != NULL);
    return fuzz_status();
}

enum tc_status conversation_store_change(struct tc_db *db, const struct conversation_change *change,
                                         struct conversation *out)
{
    (void)db;
    *out = a_conversation(change->id, found_closed);
    return fuzz_status();
}

enum tc_status conversation_store_remove(struct tc_db *db, const char *id, int64_t version)
{
    (void)db, (void)id, (void)version;
    return fuzz_status();
}

enum tc_status conversation_store_find(struct tc_db *db, const struct tc_access_key *keys,
                                       size_t count, struct conversation_state *out)
{
    (void)db, (void)keys;
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct conversation_state){0};
        if (fuzz_yes())
            out[i] = (struct conversation_state){FUZZ_GROUP, fuzz_id(), fuzz_number(),
                                                 fuzz_number(), fuzz_yes()};
        found_closed = out[i].closed;
    }
    return fuzz_status();
}

enum tc_status conversation_store_listings(struct tc_db *db, const char *id,
                                           const char *const *users, size_t count, int64_t *since,
                                           int64_t *total)
{
    (void)db, (void)id, (void)users;
    for (size_t i = 0; i < count; i++)
        since[i] = fuzz_number() % 3;
    *total = (int64_t)fuzz_number() * 4;
    return fuzz_status();
}

enum tc_status conversation_store_list(struct tc_db *db, const struct conversation_query *query,
                                       struct conversation *out, size_t *count, bool *more)
{
    (void)db;
    *count = fuzz_number() % ((size_t)query->limit + 1);
    for (size_t i = 0; i < *count; i++)
        out[i] = a_conversation(fuzz_id(), fuzz_yes());
    *more = *count > 0 && fuzz_yes(); /* behind none there are none */
    return fuzz_status();
}

enum tc_status conversation_store_listings_of(struct tc_db *db, const char *const *users,
                                              size_t user_count, struct user_listings *out)
{
    (void)db, (void)users;
    out->count = 0;
    for (size_t user = 0; user < user_count && out->count < out->limit; user++)
        if (fuzz_yes())
            out->items[out->count++] = (struct user_listing){user, fuzz_id(), FUZZ_GROUP, 1};
    return fuzz_status();
}

enum tc_status conversation_store_strike(struct tc_db *db, const char *group_id,
                                         const char *user_id, int64_t since, struct struck *out)
{
    (void)db, (void)group_id, (void)user_id, (void)since;
    out->count = fuzz_number() % 3;
    for (size_t i = 0; i < out->count; i++)
        out->items[i] = a_conversation(fuzz_id(), true);
    out->left = fuzz_yes();
    return fuzz_status();
}

enum tc_status conversation_store_close_group(struct tc_db *db, const char *group_id)
{
    (void)db, (void)group_id;
    return fuzz_status();
}

enum tc_status conversation_store_clear_group(struct tc_db *db, const char *group_id, bool *left)
{
    (void)db, (void)group_id;
    *left = fuzz_yes();
    return fuzz_status();
}
