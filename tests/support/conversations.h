#pragma once

#include "services/conversation/store.h"
#include "services/conversation/store_read.h"
#include "shared/base/id.h"
#include "shared/service/access.h"
#include "shared/service/db.h"
#include "tests/support/unit.h"

/*
 * The conversation store on the database TINCAN_DATABASE_URL_CONVERSATION. Each
 * test gets a group and users that nobody else has.
 */
extern struct tc_db *db;
extern char group[TC_ID_SIZE], ann[TC_ID_SIZE], bob[TC_ID_SIZE], cleo[TC_ID_SIZE];

int conversations_open(void **state);
int conversations_close(void **state);
int conversations_begin(void **state);
int conversations_end(void **state);
#define CONVERSATIONS_TEST(test)                                                                   \
    cmocka_unit_test_setup_teardown(test, conversations_begin, conversations_end)

/* One more connection; the test closes it. */
struct tc_db *conversations_connect(void);

/* Makes one of ann's: for the whole group, or closed (users: NULL-terminated, since 1, 2, 3, …). */
struct conversation make_open(const char *name);
struct conversation make_closed(const char *name, const char *const *users);
#define CLOSED(name, ...) make_closed(name, (const char *const[]){__VA_ARGS__, NULL})

struct conversation_state state_of(const char *id, const char *user);

/* Users in the order of their ids, as a conversation's `participants` has them. */
const char *sorted_ids(const char *const *users, size_t count);
#define IDS(...)                                                                                   \
    sorted_ids((const char *const[]){__VA_ARGS__},                                                 \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* What the tables hold, seen past the store: a conversation's rows, and a time given to it. */
struct stored {
    bool removed;
    int64_t texts;    /* bytes of name and topic */
    int64_t listings; /* rows */
    int64_t version;
};
struct stored stored(const char *id);
int64_t live_conversations(void); /* as the group's counter has it */
void set_created_at(const char *id, int64_t ms);
