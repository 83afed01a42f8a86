#pragma once

#include "services/group/store_member.h"
#include "shared/base/id.h"
#include "shared/service/db.h"
#include "tests/support/unit.h"

/*
 * The group store on the database TINCAN_DATABASE_URL_GROUP. Each test gets
 * users that nobody else has, and makes its own groups.
 */
#define GROUPS_MAX 1000 /* the limit where a test is not about it */

extern struct tc_db *db;
extern char ann[TC_ID_SIZE], bob[TC_ID_SIZE], cleo[TC_ID_SIZE], dora[TC_ID_SIZE];

int groups_open(void **state);
int groups_close(void **state);
int groups_begin(void **state);
int groups_end(void **state);
#define GROUPS_TEST(test) cmocka_unit_test_setup_teardown(test, groups_begin, groups_end)

/* Makes a group of ann's, with bob in it where said so. Fails the test if that fails. */
struct group_info make_group(const char *name, const char *visibility, bool with_bob);

/* One pair through the batch; id is NULL, or how is STAYED, where it came to nothing. */
struct group_info join(const char *group_id, const char *user_id);
struct departure leave(const char *group_id, const char *user_id);
void ask(const char *group_id, const char *user_id);

/* What the user is to the group: "none" as well where there is no such group for him. */
const char *role_of(const char *group_id, const char *user_id);

/*
 * What the tables hold, seen past the store: member_count is the number of the
 * rows, and the owner is one of them.
 */
void assert_members(const char *group_id, int64_t members);
void assert_requests(const char *group_id, int64_t requests);

/* As if he had joined then, in microseconds since 1970. */
void set_joined(const char *group_id, const char *user_id, int64_t us);

/* Whether the row of a group that nobody has changed has been locked, which costs a commit. */
bool was_touched(const char *group_id);

/* Public groups of ann's, without rows of members, named "<mark> 00001" and on; and away with them.
 */
void make_groups(const char *mark, int first, int last);
void drop_groups(void);
