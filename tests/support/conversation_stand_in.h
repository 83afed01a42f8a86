#pragma once

#include "services/conversation/store.h"
#include "services/conversation/store_read.h"
#include "services/conversation/store_upkeep.h"
#include "tests/support/call.h"

#define ANN "00000000-0000-7000-8000-00000000000a"
#define BOB "00000000-0000-7000-8000-00000000000b"
#define CLEO "00000000-0000-7000-8000-00000000000c"
#define NOBODY "00000000-0000-7000-8000-00000000000f"
#define GROUP "00000000-0000-7000-8000-000000000001"
#define ROOM "00000000-0000-7000-8000-000000000002"

/*
 * The conversation store without a database: what it is to answer, and what it
 * was asked. Each test begins with a zeroed one.
 */
struct stand_in {
    /* To answer. */
    struct conversation_state states[4]; /* of the keys, in their order */
    struct conversation now;             /* what create and change return */
    enum tc_status created;
    int lost; /* so many changes come too late */
    struct {
        const char *user;
        int64_t since;
    } listed[4];
    int64_t listed_total;
    const struct conversation *list;
    size_t list_count;
    bool list_more;
    const struct user_listing *user_listings;
    size_t user_listing_count;
    const struct conversation *struck; /* in the first of two runs */
    size_t struck_count;
    enum tc_status strike_again; /* how the second one ends */
    int clear_runs;

    /* Asked. */
    struct conversation_draft draft;
    char participants[256]; /* "<id>@<since> <id>@<since>" */
    struct conversation_query query;
    struct conversation_change change;
    char come[256], go[256]; /* as participants; those who go without since */
    int changes, removes;
    char key[256]; /* "<conversation>/<user> …" of the last find */
    int64_t strike_since;
    int strikes, closes;
};
extern struct stand_in store;

/* For cmocka_unit_test_setup: zeroes it, and makes ann, bob and cleo known. */
int stand_in_begin(void **state);
#define STAND_IN_TEST(test) cmocka_unit_test_setup(test, stand_in_begin)

/* Foresees one ask of memberships, answered "role@since" each; the group has three members. */
void members_are(const char *roles);

/* An event's subject: audience, owner, about, "entity.verb". */
const char *subject(const char *audience, const char *owner, const char *about, const char *what);
