/* Several processes change the same groups at once: what must hold whoever comes first. */

#include "tests/support/groups.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "services/group/group.h"
#include "shared/base/mem.h"

#define PROCESSES 4
#define ROUNDS 300
#define USERS 5 /* few, so that they often meet */
#define ROOMS 2

static char users[USERS][TC_ID_SIZE];
static char rooms[ROOMS][TC_ID_SIZE];

static bool is_fine(enum tc_status status)
{
    return status == TC_OK || status == TC_NOT_FOUND || status == TC_CONFLICT;
}

/* Some of the users each to a room, nobody twice, the rooms in no order. */
static size_t pick(struct member_pair *out)
{
    size_t count = 0;
    for (size_t i = 0; i < USERS; i++)
        if (rand() % 2 == 0)
            out[count++] = (struct member_pair){rooms[rand() % ROOMS], users[i]};
    return count;
}

static enum tc_status edit_somehow(struct tc_db *mine)
{
    const char *user = users[rand() % USERS], *other = users[rand() % USERS];
    struct group_info now = {0};
    struct group_change change = {.group_id = rooms[rand() % ROOMS]};
    for (int i = 0; i < USERS; i++) /* whoever owns it now */
        if (group_store_find(mine, change.group_id, users[i], &now) == TC_OK && now.role[0] == 'o')
            change.asker_id = users[i];
    if (change.asker_id == NULL)
        return TC_OK;
    switch (rand() % 6) {
    case 0:
        change.add = (struct user_list){&user, 1};
        break;
    case 1:
        if (user == change.asker_id)
            return TC_OK;
        change.remove = (struct user_list){&user, 1};
        break;
    case 2:
        change.visibility = rand() % 4 == 0 ? "private" : "public";
        break;
    default:
        change.owner_id = other;
    }
    return group_store_edit(mine, &change, GROUPS_MAX, &now);
}

static enum tc_status act(struct tc_db *mine)
{
    struct member_pair pairs[USERS];
    struct group_info groups[USERS];
    struct departure departures[USERS];
    switch (rand() % 4) {
    case 0:
        return member_store_join(mine, pairs, pick(pairs), GROUPS_MAX, groups);
    case 1:
        return member_store_leave(mine, pairs, pick(pairs), departures);
    case 2:
        return member_store_ask(mine, rooms[rand() % ROOMS], users[rand() % USERS], GROUPS_MAX,
                                groups);
    default:
        return edit_somehow(mine);
    }
}

/* Ends the child's process. */
static void run_child(unsigned seed)
{
    struct tc_db *mine = tc_db_open(getenv("TINCAN_DATABASE_URL_GROUP"), group_statements);
    bool fine = tc_db_is_up(mine);
    srand(seed);
    for (int i = 0; i < ROUNDS && fine; i++) {
        fine = is_fine(act(mine));
        tc_db_release(mine);
    }
    tc_db_close(&mine);
    _exit(fine ? 0 : 1);
}

static void make_rooms(void)
{
    for (int i = 0; i < USERS; i++)
        tc_id_make(users[i]);
    for (int i = 0; i < ROOMS; i++) {
        tc_id_make(rooms[i]);
        const char *owner = users[i];
        struct group_draft draft = {rooms[i], "race", "", "public", &owner, 1};
        struct group_info made;
        assert_int_equal(group_store_create(db, &draft, GROUPS_MAX, &made), TC_OK);
    }
}

static void counts_and_owners_stay_true_under_many_writers(void **state)
{
    (void)state;
    make_rooms();
    pid_t children[PROCESSES];
    for (unsigned i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0)
            run_child(i + 1);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    for (int i = 0; i < ROOMS; i++) {
        struct member_row rows[USERS];
        size_t count;
        bool more;
        struct member_query query = {.group_id = rooms[i],
                                     .after_id = "00000000-0000-0000-0000-000000000000",
                                     .limit = USERS};
        assert_int_equal(member_store_list(db, &query, rows, &count, &more), TC_OK);
        assert_members(rooms[i], (int64_t)count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUPS_TEST(counts_and_owners_stay_true_under_many_writers),
    };
    return cmocka_run_group_tests(tests, groups_open, groups_close);
}
