/* Making, finding, listing, changing and removing groups: the statements against PostgreSQL. */

#include "tests/support/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"

static void a_group_is_made_with_its_owner_and_members(void **state)
{
    (void)state;
    struct group_info made = make_group("Straße \"1\" \\", "private", true);
    assert_string_equal(made.name, "Straße \"1\" \\");
    assert_string_equal(made.description, "");
    assert_string_equal(made.visibility, "private");
    assert_string_equal(made.owner_id, ann);
    assert_string_equal(made.role, "owner");
    assert_int_equal(made.version, 1);
    assert_int_equal(made.member_count, 2);
    assert_true(llabs(made.created_at - tc_now_ms()) < 60000);
    assert_members(made.id, 2);
    assert_string_equal(role_of(made.id, ann), "owner");
    assert_string_equal(role_of(made.id, bob), "member");
}

static void nobody_is_put_into_more_groups_than_the_limit(void **state)
{
    (void)state;
    make_group("one", "public", true);
    make_group("two", "public", false);
    char id[TC_ID_SIZE];
    tc_id_make(id);
    const char *members[] = {cleo, bob};
    struct group_draft draft = {id, "x", "", "public", members, 2};
    struct group_info made;
    assert_int_equal(group_store_create(db, &draft, 1, &made), TC_CONFLICT);
    assert_string_equal(role_of(id, cleo), "none");
    assert_int_equal(group_store_create(db, &draft, 2, &made), TC_OK);
}

static void a_removed_group_counts_for_nothing(void **state)
{
    (void)state;
    struct group_info gone = make_group("gone", "public", true);
    assert_int_equal(group_store_remove(db, gone.id, bob), TC_NOT_FOUND);
    assert_int_equal(group_store_remove(db, gone.id, ann), TC_OK);
    assert_int_equal(group_store_remove(db, gone.id, ann), TC_NOT_FOUND);
    struct standing standing;
    const char *who = bob;
    struct group_info other = make_group("other", "public", false);
    assert_int_equal(member_store_standings(db, other.id, &(struct user_list){&who, 1}, &standing),
                     TC_OK);
    assert_int_equal(standing.groups, 0);
    assert_null(join(gone.id, cleo).id);
    assert_int_equal(leave(gone.id, bob).how, STAYED);
}

static void a_hidden_group_is_found_by_members_only(void **state)
{
    (void)state;
    struct group_info hidden = make_group("hidden", "hidden", true);
    struct group_info seen;
    assert_int_equal(group_store_find(db, hidden.id, bob, &seen), TC_OK);
    assert_int_equal(group_store_find(db, hidden.id, cleo, &seen), TC_NOT_FOUND);
    struct group_info private = make_group("private", "private", false);
    assert_int_equal(group_store_find(db, private.id, cleo, &seen), TC_OK);
    assert_string_equal(seen.role, "none");
    ask(private.id, cleo);
    assert_string_equal(role_of(private.id, cleo), "requested");
}

/* The names that a listing finds, a comma behind each. */
static const char *listed(struct group_query query)
{
    static char names[2000];
    struct group_info found[50];
    size_t count;
    bool more;
    if (query.after_id == NULL)
        query.after_id = "00000000-0000-0000-0000-000000000000", query.after_key = "";
    query.limit = 50;
    assert_int_equal(group_store_list(db, &query, found, &count, &more), TC_OK);
    assert_false(more);
    names[0] = '\0';
    for (size_t i = 0; i < count; i++)
        strcat(strcat(names, found[i].name), ",");
    return names;
}

static void listings_are_in_the_order_of_names_and_hide_what_is_hidden(void **state)
{
    (void)state;
    char names[4][64];
    static const char *const visibilities[] = {"public", "hidden", "private", "public"};
    static const char *const tails[] = {"b", "C", "A", "Ä"};
    for (int i = 0; i < 4; i++) {
        snprintf(names[i], sizeof(names[i]), "w%.8s%.4s %s", ann + 28, ann + 9, tails[i]);
        make_group(names[i], visibilities[i], i == 0);
    }
    char mark[32], all[400], open[400];
    snprintf(mark, sizeof(mark), "w%.8s%.4s", ann + 28, ann + 9);
    snprintf(all, sizeof(all), "%s,%s,%s,%s,", names[2], names[0], names[1], names[3]);
    snprintf(open, sizeof(open), "%s,%s,%s,", names[2], names[0], names[3]);

    assert_string_equal(listed((struct group_query){.asker_id = ann, .text = mark}), all);
    assert_string_equal(listed((struct group_query){.asker_id = ann, .mine = true}), all);
    assert_string_equal(listed((struct group_query){.asker_id = cleo, .text = mark}), open);
    assert_string_equal(listed((struct group_query){.asker_id = cleo, .mine = true}), "");
    snprintf(open, sizeof(open), "%s,", names[0]);
    assert_string_equal(listed((struct group_query){.asker_id = bob, .mine = true}), open);
    assert_string_equal(
        listed((struct group_query){.asker_id = bob, .mine = true, .text = "nothing"}), "");
    assert_string_equal(listed((struct group_query){.asker_id = bob, .mine = true, .text = " -- "}),
                        open);
}

static void words_are_found_by_their_beginnings_whatever_their_case(void **state)
{
    (void)state;
    make_group("Große ÄPFEL-kuchen 3PO", "public", false);
    static const struct {
        const char *text;
        bool found;
    } rows[] = {
        {"gr", true},
        {"GROSSE", true},
        {"kuch äpf", true},
        {"A\xcc\x88pfel", true},
        {"'3p", true},
        {"po", false},
        {"pfel", false},
        {"apfel", false},
        {"große birne", false},
        {"&!|:* Äpfel\\", true},
        {"", true},
        {"--", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct group_query query = {.asker_id = ann, .mine = true, .text = rows[i].text};
        assert_int_equal(listed(query)[0] != '\0', rows[i].found);
    }
}

/* Behind the first `behind` of them in the order of names. */
static void assert_found(const char *mark, int behind, int total)
{
    struct group_info found[1000];
    char key[64];
    size_t count;
    bool more;
    snprintf(key, sizeof(key), "%s %05d", mark, behind);
    struct group_query query = {.asker_id = ann,
                                .text = mark,
                                .after_key = key,
                                .after_id = "ffffffff-ffff-ffff-ffff-ffffffffffff",
                                .limit = 1000};
    assert_int_equal(group_store_list(db, &query, found, &count, &more), TC_OK);
    assert_int_equal(count, total - behind);
    for (size_t i = 0; i < count; i++) {
        snprintf(key, sizeof(key), "%s %05d", mark, behind + 1 + (int)i);
        assert_string_equal(found[i].name_key, key);
    }
}

/* Many are found another way than few are. */
static void few_and_many_are_found_in_the_same_order(void **state)
{
    (void)state;
    char mark[32];
    snprintf(mark, sizeof(mark), "m%.8s%.4s", ann + 28, ann + 9);
    make_groups(mark, 1, 20);
    assert_found(mark, 10, 20);
    make_groups(mark, 21, 5100);
    assert_found(mark, 5090, 5100);
    assert_found(mark, 5100, 5100);
    assert_string_equal(listed((struct group_query){.asker_id = bob, .mine = true, .text = mark}),
                        "");
    drop_groups();
}

static void pages_go_on_behind_the_last_group(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        make_group(i % 2 == 0 ? "Twin" : "twin", "public", false);
    struct group_query query = {
        .asker_id = ann,
        .mine = true,
        .after_key = "",
        .after_id = "00000000-0000-0000-0000-000000000000",
        .limit = 2,
    };
    struct group_info page[2];
    char last[TC_ID_SIZE] = "";
    size_t count, total = 0;
    for (bool more = true; more; total += count) {
        assert_int_equal(group_store_list(db, &query, page, &count, &more), TC_OK);
        assert_int_equal(count, more ? 2 : 1);
        for (size_t i = 0; i < count; i++) {
            assert_true(strcmp(page[i].id, last) > 0);
            strcpy(last, page[i].id);
        }
        query.after_key = page[count - 1].name_key;
        query.after_id = last;
    }
    assert_int_equal(total, 5);
}

static void an_edit_changes_what_is_named_and_counts_the_version(void **state)
{
    (void)state;
    struct group_info group = make_group("Old", "public", true), now;
    struct group_change change = {.group_id = group.id, .asker_id = ann, .name = "New"};
    assert_int_equal(group_store_edit(db, &change, GROUPS_MAX, &now), TC_OK);
    assert_string_equal(now.name, "New");
    assert_string_equal(now.visibility, "public");
    assert_int_equal(now.version, 2);
    assert_int_equal(now.created_at, group.created_at);
    assert_string_equal(now.role, "owner");

    change = (struct group_change){
        .group_id = group.id, .asker_id = ann, .description = "d", .visibility = "hidden"};
    assert_int_equal(group_store_edit(db, &change, GROUPS_MAX, &now), TC_OK);
    assert_string_equal(now.name, "New");
    assert_string_equal(now.description, "d");
    assert_string_equal(now.visibility, "hidden");
    assert_int_equal(now.version, 3);
    assert_string_equal(listed((struct group_query){.asker_id = ann, .mine = true, .text = "old"}),
                        "");
    change.asker_id = bob;
    assert_int_equal(group_store_edit(db, &change, GROUPS_MAX, &now), TC_NOT_FOUND);
}

static void an_edit_of_many_lists_is_one_change(void **state)
{
    (void)state;
    struct group_info group = make_group("x", "private", true), now;
    ask(group.id, cleo);
    ask(group.id, dora);
    const char *add[] = {cleo}, *asking[] = {cleo, dora}, *remove[] = {bob};
    struct group_change change = {
        .group_id = group.id,
        .asker_id = ann,
        .owner_id = cleo,
        .add = {add, 1},
        .asking = {asking, 2},
        .remove = {remove, 1},
    };
    assert_int_equal(group_store_edit(db, &change, GROUPS_MAX, &now), TC_OK);
    assert_int_equal(now.member_count, 2);
    assert_string_equal(now.owner_id, cleo);
    assert_string_equal(now.role, "member");
    assert_members(group.id, 2);
    assert_requests(group.id, 0);
    assert_string_equal(role_of(group.id, bob), "none");
}

static void an_edit_with_one_fault_changes_nothing(void **state)
{
    (void)state;
    struct group_info group = make_group("x", "private", true), now;
    ask(group.id, cleo);
    const char *b[] = {bob}, *c[] = {cleo}, *d[] = {dora}, *db_[] = {dora, bob};
    struct group_change faults[] = {
        {.add = {db_, 2}},                    /* bob is a member */
        {.remove = {db_, 2}},                 /* dora is none */
        {.asking = {d, 1}, .remove = {b, 1}}, /* dora does not ask */
        {.owner_id = dora, .remove = {b, 1}}, /* dora is no member */
        {.owner_id = cleo, .asking = {c, 1}}, /* refused, not accepted */
    };
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        faults[i].group_id = group.id;
        faults[i].asker_id = ann;
        faults[i].name = "changed";
        assert_int_equal(group_store_edit(db, &faults[i], GROUPS_MAX, &now), TC_NOT_FOUND);
    }
    struct group_change full = {.group_id = group.id, .asker_id = ann, .add = {d, 1}};
    assert_int_equal(group_store_edit(db, &full, 0, &now), TC_NOT_FOUND);
    assert_int_equal(group_store_find(db, group.id, ann, &now), TC_OK);
    assert_string_equal(now.name, "x");
    assert_int_equal(now.version, 1);
    assert_members(group.id, 2);
    assert_requests(group.id, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUPS_TEST(a_group_is_made_with_its_owner_and_members),
        GROUPS_TEST(nobody_is_put_into_more_groups_than_the_limit),
        GROUPS_TEST(a_removed_group_counts_for_nothing),
        GROUPS_TEST(a_hidden_group_is_found_by_members_only),
        GROUPS_TEST(listings_are_in_the_order_of_names_and_hide_what_is_hidden),
        GROUPS_TEST(words_are_found_by_their_beginnings_whatever_their_case),
        GROUPS_TEST(few_and_many_are_found_in_the_same_order),
        GROUPS_TEST(pages_go_on_behind_the_last_group),
        GROUPS_TEST(an_edit_changes_what_is_named_and_counts_the_version),
        GROUPS_TEST(an_edit_of_many_lists_is_one_change),
        GROUPS_TEST(an_edit_with_one_fault_changes_nothing),
    };
    return cmocka_run_group_tests(tests, groups_open, groups_close);
}
