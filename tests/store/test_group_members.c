/* Joining, asking, leaving, and what others ask about it: the statements against PostgreSQL. */

#include "tests/support/groups.h"

#include <string.h>

#include "services/group/store_facts.h"
#include "shared/base/mem.h"

static const char id_first[] = "00000000-0000-0000-0000-000000000000";

static void a_batch_of_joins_takes_whom_it_can(void **state)
{
    (void)state;
    struct group_info open = make_group("open", "public", true);
    struct group_info closed = make_group("closed", "private", false);
    struct group_info hidden = make_group("hidden", "hidden", false);
    char nowhere[TC_ID_SIZE];
    tc_id_make(nowhere);
    struct member_pair pairs[] = {
        {nowhere, ann}, {open.id, bob}, {open.id, cleo}, {closed.id, dora}, {open.id, nowhere},
    };
    struct group_info out[TC_COUNT(pairs)];
    assert_int_equal(member_store_join(db, pairs, TC_COUNT(pairs), GROUPS_MAX, out), TC_OK);
    assert_null(out[0].id);
    assert_null(out[1].id);
    assert_string_equal(out[2].id, open.id);
    assert_string_equal(out[2].role, "member");
    assert_int_equal(out[2].member_count, 4);
    assert_int_equal(out[2].version, 1);
    assert_null(out[3].id);
    assert_string_equal(out[4].id, open.id);
    assert_members(open.id, 4);
    assert_members(closed.id, 1);
    assert_null(join(hidden.id, bob).id);
}

static void a_join_stops_at_the_limit_and_ends_a_request(void **state)
{
    (void)state;
    struct group_info group = make_group("x", "private", false), out;
    ask(group.id, cleo);
    ask(group.id, dora);
    struct group_change change = {.group_id = group.id, .asker_id = ann, .visibility = "public"};
    assert_int_equal(group_store_edit(db, &change, GROUPS_MAX, &out), TC_OK);
    assert_requests(group.id, 2);
    struct member_pair pair = {group.id, cleo};
    assert_int_equal(member_store_join(db, &pair, 1, 0, &out), TC_OK);
    assert_null(out.id);
    assert_string_equal(join(group.id, cleo).id, group.id);
    assert_requests(group.id, 1);
    assert_members(group.id, 2);
}

static void asking_is_for_private_groups_and_once(void **state)
{
    (void)state;
    struct group_info private = make_group("p", "private", true), out;
    struct group_info public = make_group("q", "public", false);
    assert_int_equal(member_store_ask(db, private.id, cleo, 0, &out), TC_NOT_FOUND);
    assert_int_equal(member_store_ask(db, private.id, cleo, GROUPS_MAX, &out), TC_OK);
    assert_string_equal(out.role, "requested");
    assert_string_equal(out.owner_id, ann);
    assert_int_equal(member_store_ask(db, private.id, cleo, GROUPS_MAX, &out), TC_NOT_FOUND);
    assert_int_equal(member_store_ask(db, private.id, bob, GROUPS_MAX, &out), TC_NOT_FOUND);
    assert_int_equal(member_store_ask(db, public.id, cleo, GROUPS_MAX, &out), TC_NOT_FOUND);
    assert_requests(private.id, 1);
}

static void a_batch_of_leaves_tells_who_left_withdrew_and_stayed(void **state)
{
    (void)state;
    struct group_info group = make_group("x", "private", true);
    ask(group.id, cleo);
    struct member_pair pairs[] = {
        {group.id, dora}, {group.id, cleo}, {group.id, bob}, {group.id, ann}};
    struct departure out[TC_COUNT(pairs)];
    assert_int_equal(member_store_leave(db, pairs, TC_COUNT(pairs), out), TC_OK);
    assert_int_equal(out[0].how, STAYED);
    assert_int_equal(out[1].how, WITHDREW);
    assert_int_equal(out[2].how, LEFT);
    assert_int_equal(out[3].how, STAYED);
    assert_string_equal(out[2].group.owner_id, ann);
    assert_int_equal(out[2].group.member_count, 2);
    assert_members(group.id, 1);
    assert_requests(group.id, 0);
}

static void an_outsider_cannot_tell_by_the_time_that_a_hidden_group_is_there(void **state)
{
    (void)state;
    struct group_info hidden = make_group("x", "hidden", true), out;
    join(hidden.id, cleo);
    leave(hidden.id, cleo);
    assert_int_equal(member_store_ask(db, hidden.id, cleo, GROUPS_MAX, &out), TC_NOT_FOUND);
    assert_int_equal(group_store_remove(db, hidden.id, cleo), TC_NOT_FOUND);
    struct group_change change = {.group_id = hidden.id, .asker_id = cleo, .name = "y"};
    assert_int_equal(group_store_edit(db, &change, GROUPS_MAX, &out), TC_NOT_FOUND);
    assert_false(was_touched(hidden.id));
    leave(hidden.id, ann); /* who owns it */
    assert_true(was_touched(hidden.id));
}

static void members_come_by_time_in_pages(void **state)
{
    (void)state;
    struct group_info group = make_group("x", "public", true);
    join(group.id, dora);
    join(group.id, cleo);
    const char *expected[] = {ann, bob, dora, cleo};
    struct member_query query = {.group_id = group.id, .after_id = id_first, .limit = 1};
    for (size_t i = 0; i < 4; i++) {
        struct member_row row;
        size_t count;
        bool more;
        assert_int_equal(member_store_list(db, &query, &row, &count, &more), TC_OK);
        assert_int_equal(count, 1);
        assert_int_equal(more, i < 3);
        assert_string_equal(row.user_id, expected[i]);
        query.after_us = row.at_us;
        query.after_id = row.user_id;
    }
}

static void requests_come_by_time_too(void **state)
{
    (void)state;
    struct group_info group = make_group("x", "private", true);
    ask(group.id, dora);
    ask(group.id, cleo);
    struct member_query query = {
        .group_id = group.id, .requests = true, .after_id = id_first, .limit = 9};
    struct member_row rows[9];
    size_t count;
    bool more;
    assert_int_equal(member_store_list(db, &query, rows, &count, &more), TC_OK);
    assert_int_equal(count, 2);
    assert_false(more);
    assert_string_equal(rows[0].user_id, dora);
    assert_true(rows[1].at_us > rows[0].at_us);
}

static struct member_fact fact(const char *group_id, const char *user_id)
{
    struct member_fact out = {0};
    struct member_pair pair = {group_id, user_id};
    assert_int_equal(fact_store_members(db, &pair, 1, &out), TC_OK);
    return out;
}

static void facts_tell_roles_sizes_and_which_membership_it_is(void **state)
{
    (void)state;
    struct group_info open = make_group("x", "public", true);
    struct group_info hidden = make_group("x", "hidden", true);
    struct member_pair pairs[] = {
        {open.id, cleo}, {hidden.id, cleo}, {hidden.id, bob}, {open.id, ann}, {cleo, bob}};
    struct member_fact facts[TC_COUNT(pairs)];
    assert_int_equal(fact_store_members(db, pairs, TC_COUNT(pairs), facts), TC_OK);
    static const char *const roles[] = {"none", "none", "member", "owner", "none"};
    static const int64_t sizes[] = {2, 0, 2, 2, 0};
    for (size_t i = 0; i < TC_COUNT(pairs); i++) {
        assert_string_equal(facts[i].role, roles[i]);
        assert_int_equal(facts[i].size, sizes[i]);
        assert_int_equal(facts[i].since != 0, strcmp(roles[i], "none") != 0);
    }
    int64_t since = fact(open.id, bob).since;
    assert_int_equal(fact(open.id, bob).since, since);
    leave(open.id, bob);
    join(open.id, bob);
    assert_true(fact(open.id, bob).since > since);
}

/* Conversations have it in their tables, and compare. */
static void which_membership_it_is_is_the_microsecond_of_joining(void **state)
{
    (void)state;
    struct group_info open = make_group("x", "public", true);
    const int64_t times[] = {1700000000000001, 1795420800123457, 4294967295999999};
    for (size_t i = 0; i < TC_COUNT(times); i++) {
        set_joined(open.id, bob, times[i]);
        assert_int_equal(fact(open.id, bob).since, times[i]);
    }
}

static void facts_and_memberships_forget_a_removed_group_at_once(void **state)
{
    (void)state;
    struct group_info gone = make_group("x", "public", true);
    struct group_info kept = make_group("x", "public", true);
    assert_int_equal(group_store_remove(db, gone.id, ann), TC_OK);
    assert_string_equal(fact(gone.id, bob).role, "none");
    assert_int_equal(fact(gone.id, ann).size, 0);

    const char *users[] = {cleo, bob, ann};
    struct membership out[10];
    size_t count;
    assert_int_equal(
        fact_store_memberships(db, &(struct user_list){users, 3}, TC_COUNT(out), out, &count),
        TC_OK);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(out[i].user, i);
    assert_null(out[0].group_id);
    assert_string_equal(out[1].group_id, kept.id);
    assert_int_equal(out[1].since, fact(kept.id, bob).since);
    assert_int_equal(fact_store_memberships(db, &(struct user_list){users, 3}, 2, out, &count),
                     TC_OK);
    assert_int_equal(count, 2);
}

static void upkeep_takes_away_what_a_group_leaves_and_nothing_else(void **state)
{
    (void)state;
    struct group_info group = make_group("x", "private", true), now;
    ask(group.id, cleo);
    const char *users[UPKEEP_CHUNK];
    size_t count;
    bool left;
    assert_int_equal(upkeep_store_drop_requests(db, group.id, users, &count), TC_OK);
    assert_int_equal(count, 0);
    assert_int_equal(upkeep_store_drop_members(db, group.id, &left), TC_OK);
    assert_false(left);
    assert_members(group.id, 2);
    assert_requests(group.id, 1);

    struct group_change change = {.group_id = group.id, .asker_id = ann, .visibility = "hidden"};
    assert_int_equal(group_store_edit(db, &change, GROUPS_MAX, &now), TC_OK);
    assert_int_equal(upkeep_store_drop_requests(db, group.id, users, &count), TC_OK);
    assert_int_equal(count, 1);
    assert_string_equal(users[0], cleo);
    assert_int_equal(upkeep_store_drop_requests(db, group.id, users, &count), TC_OK);
    assert_int_equal(count, 0);

    assert_int_equal(group_store_remove(db, group.id, ann), TC_OK);
    assert_int_equal(upkeep_store_drop_members(db, group.id, &left), TC_OK);
    assert_true(left);
    assert_int_equal(upkeep_store_drop_members(db, group.id, &left), TC_OK);
    assert_false(left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUPS_TEST(a_batch_of_joins_takes_whom_it_can),
        GROUPS_TEST(a_join_stops_at_the_limit_and_ends_a_request),
        GROUPS_TEST(asking_is_for_private_groups_and_once),
        GROUPS_TEST(a_batch_of_leaves_tells_who_left_withdrew_and_stayed),
        GROUPS_TEST(an_outsider_cannot_tell_by_the_time_that_a_hidden_group_is_there),
        GROUPS_TEST(members_come_by_time_in_pages),
        GROUPS_TEST(requests_come_by_time_too),
        GROUPS_TEST(facts_tell_roles_sizes_and_which_membership_it_is),
        GROUPS_TEST(which_membership_it_is_is_the_microsecond_of_joining),
        GROUPS_TEST(facts_and_memberships_forget_a_removed_group_at_once),
        GROUPS_TEST(upkeep_takes_away_what_a_group_leaves_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, groups_open, groups_close);
}
