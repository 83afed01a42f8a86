#pragma once

#include "services/group/store_facts.h"
#include "tests/support/call.h"

#define ANN "00000000-0000-7000-8000-00000000000a"
#define BOB "00000000-0000-7000-8000-00000000000b"
#define CLEO "00000000-0000-7000-8000-00000000000c"
#define DORA "00000000-0000-7000-8000-00000000000d"
#define GROUP "00000000-0000-7000-8000-000000000001"

/*
 * The group store without a database: what it is to answer, and what it was
 * asked. Each test begins with one in which ann owns a public group of two.
 */
struct stand_in {
    /* To answer. */
    struct group_info group; /* as it is found, and as changes return it */
    enum tc_status found, created, removed, asked, status; /* status: of all others */
    enum tc_status edited[4];                              /* one after another */
    const char *joining;                                   /* users who become members at once */
    struct {
        const char *user_id;
        struct standing standing;
    } standings[4]; /* of those who are something; all others are nothing */
    struct {
        const char *user_id;
        int how;
    } departures[4]; /* of those who do not stay */
    const struct group_info *list;
    const struct member_row *rows;
    size_t list_count, row_count;
    bool more;
    const char *requesters[4]; /* dropped in one chunk */
    struct member_fact facts[8];
    const struct membership *memberships;
    size_t membership_count;
    int member_chunks; /* of a removed group */

    /* Asked. */
    char log[1024]; /* "create ann bob; " */
    struct group_draft draft;
    struct group_change change;
    struct group_query query;
    struct member_query member_query;
    char after_id[64], after_key[64]; /* of either query, copied */
    size_t memberships_limit;
    int64_t groups_max;
    int edits;
};
extern struct stand_in store;

/* For cmocka_unit_test_setup. Ann, Bob, Cleo and Dora are known as users, nobody else. */
int stand_in_begin(void **state);
#define STAND_IN_TEST(test) cmocka_unit_test_setup(test, stand_in_begin)

/* The last letter of an id, for ann to dora, makes a name. */
const char *name_of(const char *id);

/*
 * All events of a call, in order: "user ann group.joined first origin; ". Where
 * it is not the subject's, the type follows: "as group/left"; a failure's code
 * follows as "because forbidden".
 */
const char *events_of(const struct call *call);
