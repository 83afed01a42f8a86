/* Making, changing, removing and listing: the statements against PostgreSQL. */

#include "tests/support/conversations.h"

#include <string.h>

#include "shared/base/clock.h"

static enum tc_status change(struct conversation_change *wanted, struct conversation *out)
{
    return conversation_store_change(db, wanted, out);
}

static void one_of_the_group_has_no_participants(void **state)
{
    (void)state;
    struct conversation made = make_open("Lunch ☕");
    assert_true(tc_id_is_v7(made.id));
    assert_string_equal(made.group_id, group);
    assert_string_equal(made.owner_id, ann);
    assert_string_equal(made.name, "Lunch ☕");
    assert_string_equal(made.topic, "");
    assert_int_equal(made.version, 1);
    assert_true(tc_now_ms() - made.created_at < 10000);
    assert_false(made.closed);
    assert_null(made.participants);
    assert_int_equal(state_of(made.id, ann).since, 0);
}

static void a_closed_one_lists_each_under_his_membership(void **state)
{
    (void)state;
    struct conversation made = CLOSED("Secret", cleo, ann);
    assert_true(made.closed);
    assert_string_equal(made.participants, IDS(ann, cleo));

    struct conversation_state found = state_of(made.id, cleo);
    assert_string_equal(found.group_id, group);
    assert_string_equal(found.owner_id, ann);
    assert_true(found.closed);
    assert_int_equal(found.version, 1);
    assert_int_equal(found.since, 1);
    assert_int_equal(state_of(made.id, ann).since, 2);
    assert_int_equal(state_of(made.id, bob).since, 0);
}

static void many_are_found_at_once_in_the_order_asked(void **state)
{
    (void)state;
    struct conversation first = make_open("1"), second = CLOSED("2", ann);
    struct tc_access_key keys[] = {
        {second.id, ann}, {bob, ann}, {first.id, ann}, {second.id, bob}, {second.id, ann}};
    struct conversation_state found[5];
    assert_int_equal(conversation_store_find(db, keys, 5, found), TC_OK);
    assert_int_equal(found[0].since, 1);
    assert_null(found[1].group_id);
    assert_false(found[2].closed);
    assert_string_equal(found[2].group_id, group);
    assert_int_equal(found[3].since, 0);
    assert_true(found[3].closed);
    assert_int_equal(found[4].since, 1);
}

static void a_group_takes_as_many_as_the_limit_says(void **state)
{
    (void)state;
    char id[TC_ID_SIZE];
    struct conversation_draft draft = {id, group, "one more", "", ann, NULL};
    struct conversation made;
    struct conversation first = make_open("1");
    make_open("2");
    tc_id_make(id);
    assert_int_equal(conversation_store_create(db, &draft, 2, &made), TC_CONFLICT);
    assert_int_equal(live_conversations(), 2);

    assert_int_equal(conversation_store_remove(db, first.id, 1), TC_OK);
    assert_int_equal(live_conversations(), 1);
    assert_int_equal(conversation_store_create(db, &draft, 2, &made), TC_OK);
    assert_int_equal(live_conversations(), 2);
}

static void an_edit_changes_what_is_named(void **state)
{
    (void)state;
    struct conversation made = make_open("Old"), now;
    struct conversation_change wanted = {.id = made.id, .version = 1, .name = "New"};
    assert_int_equal(change(&wanted, &now), TC_OK);
    assert_string_equal(now.name, "New");
    assert_int_equal(now.version, 2);

    wanted = (struct conversation_change){.id = made.id, .version = 2, .topic = "a\n\tb"};
    assert_int_equal(change(&wanted, &now), TC_OK);
    assert_string_equal(now.name, "New");
    assert_string_equal(now.topic, "a\n\tb");
    assert_int_equal(now.version, 3);
    assert_int_equal(now.created_at, made.created_at);

    wanted = (struct conversation_change){.id = made.id, .version = 3, .topic = ""};
    assert_int_equal(change(&wanted, &now), TC_OK);
    assert_string_equal(now.topic, "");
}

static void an_edit_of_an_older_version_changes_nothing(void **state)
{
    (void)state;
    struct conversation made = CLOSED("Old", ann, bob), now;
    int64_t since = 7;
    const char *come = cleo, *go = bob;
    struct conversation_change wanted = {.id = made.id, .version = 1, .name = "New"};
    assert_int_equal(change(&wanted, &now), TC_OK);
    wanted.come = (struct listings){&come, &since, 1};
    wanted.go = (struct listings){&go, NULL, 1};
    wanted.name = "Newer";
    assert_int_equal(change(&wanted, &now), TC_NOT_FOUND);
    assert_int_equal(stored(made.id).version, 2);
    assert_int_equal(state_of(made.id, cleo).since, 0);
    assert_int_equal(state_of(made.id, bob).since, 2);
    assert_int_equal(conversation_store_remove(db, made.id, 1), TC_NOT_FOUND);
    assert_false(stored(made.id).removed);
}

static void participants_come_and_go(void **state)
{
    (void)state;
    struct conversation made = CLOSED("Secret", ann, bob), now;
    int64_t since = 7;
    const char *come = cleo, *go = ann;
    struct conversation_change wanted = {
        .id = made.id,
        .version = 1,
        .come = {&come, &since, 1},
        .go = {&go, NULL, 1},
    };
    assert_int_equal(change(&wanted, &now), TC_OK);
    assert_string_equal(now.participants, IDS(bob, cleo));
    assert_int_equal(now.version, 2);
    assert_int_equal(state_of(made.id, cleo).since, 7);
    assert_int_equal(state_of(made.id, ann).since, 0);

    const char *rest[] = {bob, cleo};
    wanted = (struct conversation_change){.id = made.id, .version = 2, .go = {rest, NULL, 2}};
    assert_int_equal(change(&wanted, &now), TC_OK);
    assert_string_equal(now.participants, "");
}

static void who_is_back_in_the_group_is_listed_anew(void **state)
{
    (void)state;
    struct conversation made = CLOSED("Secret", ann, bob), now;
    int64_t since = 9;
    const char *come = bob;
    struct conversation_change wanted = {.id = made.id, .version = 1, .come = {&come, &since, 1}};
    assert_int_equal(change(&wanted, &now), TC_OK);
    assert_string_equal(now.participants, IDS(ann, bob));
    assert_int_equal(state_of(made.id, bob).since, 9);

    const char *asked[] = {cleo, bob, ann};
    int64_t found[3], total;
    assert_int_equal(conversation_store_listings(db, made.id, asked, 3, found, &total), TC_OK);
    assert_int_equal(found[0], 0);
    assert_int_equal(found[1], 9);
    assert_int_equal(found[2], 1);
    assert_int_equal(total, 2);
}

static void a_removed_one_leaves_a_tombstone_without_texts(void **state)
{
    (void)state;
    struct conversation made = CLOSED("Secret", ann, bob), now;
    assert_int_equal(conversation_store_remove(db, made.id, 1), TC_OK);
    assert_true(stored(made.id).removed);
    assert_int_equal(stored(made.id).texts, 0);
    assert_int_equal(stored(made.id).listings, 0);
    assert_null(state_of(made.id, ann).group_id);
    assert_int_equal(live_conversations(), 0);

    struct conversation_change wanted = {.id = made.id, .version = 1, .name = "Back"};
    assert_int_equal(change(&wanted, &now), TC_NOT_FOUND);
    assert_int_equal(conversation_store_remove(db, made.id, 1), TC_NOT_FOUND);
    assert_int_equal(live_conversations(), 0);
}

/* A query of ann's, who is a member since 1. */
static struct conversation_query query(int64_t limit)
{
    return (struct conversation_query){
        .group_id = group,
        .user_id = ann,
        .since = 1,
        .after_id = "00000000-0000-0000-0000-000000000000",
        .limit = limit,
        .bytes = 262144,
    };
}

/* The names of all pages of the query, one behind the other; fails when `more` lies. */
static const char *list(struct conversation_query *asked)
{
    static char names[256];
    names[0] = '\0';
    for (bool more = true; more;) {
        struct conversation page[16];
        size_t count;
        assert_int_equal(conversation_store_list(db, asked, page, &count, &more), TC_OK);
        assert_true(count <= (size_t)asked->limit);
        assert_true(count > 0 || !more);
        for (size_t i = 0; i < count; i++) {
            strcat(names, page[i].name);
            asked->after_ms = page[i].created_at;
            memcpy(asked->after_id, page[i].id, TC_ID_SIZE);
        }
    }
    return names;
}

static void a_list_is_by_age_in_pages_of_any_size(void **state)
{
    (void)state;
    struct conversation a = make_open("a"), b = make_open("b"), c = make_open("c");
    struct conversation d = make_open("d"), e = make_open("e");
    set_created_at(a.id, 1700000000123);
    set_created_at(b.id, 1700000000123); /* the same: then by id, which they got in this order */
    set_created_at(c.id, 1700000000123);
    set_created_at(d.id, 1700000000122);
    set_created_at(e.id, 1700000000124);
    for (int64_t limit = 1; limit <= 6; limit++) {
        struct conversation_query asked = query(limit);
        assert_string_equal(list(&asked), "dabce");
    }
}

static void a_list_shows_closed_ones_to_who_takes_part(void **state)
{
    (void)state;
    make_open("1");
    CLOSED("2", ann, bob);
    CLOSED("3", bob, cleo);
    CLOSED("4", bob, ann); /* ann is listed under another membership */
    struct conversation gone = CLOSED("5", ann);
    assert_int_equal(conversation_store_remove(db, gone.id, 1), TC_OK);
    make_open("6");

    struct conversation_query asked = query(2);
    assert_string_equal(list(&asked), "126");
    asked = query(2);
    asked.all = true;
    assert_string_equal(list(&asked), "12346");

    struct conversation page[16];
    size_t count;
    bool more;
    asked = query(16);
    assert_int_equal(conversation_store_list(db, &asked, page, &count, &more), TC_OK);
    assert_null(page[0].participants);
    assert_string_equal(page[1].participants, IDS(ann, bob));
}

static void a_page_ends_where_its_texts_grow_too_long(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        CLOSED("x", ann, bob, cleo); /* 1 + 110 bytes each */
    struct conversation page[16];
    size_t count;
    bool more;
    struct conversation_query asked = query(16);
    asked.bytes = 200;
    assert_int_equal(conversation_store_list(db, &asked, page, &count, &more), TC_OK);
    assert_int_equal(count, 2);
    assert_true(more);
    asked.bytes = 0;
    assert_int_equal(conversation_store_list(db, &asked, page, &count, &more), TC_OK);
    assert_int_equal(count, 1);
    assert_true(more);
    asked = query(5);
    assert_int_equal(conversation_store_list(db, &asked, page, &count, &more), TC_OK);
    assert_int_equal(count, 5);
    assert_false(more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONVERSATIONS_TEST(one_of_the_group_has_no_participants),
        CONVERSATIONS_TEST(a_closed_one_lists_each_under_his_membership),
        CONVERSATIONS_TEST(many_are_found_at_once_in_the_order_asked),
        CONVERSATIONS_TEST(a_group_takes_as_many_as_the_limit_says),
        CONVERSATIONS_TEST(an_edit_changes_what_is_named),
        CONVERSATIONS_TEST(an_edit_of_an_older_version_changes_nothing),
        CONVERSATIONS_TEST(participants_come_and_go),
        CONVERSATIONS_TEST(who_is_back_in_the_group_is_listed_anew),
        CONVERSATIONS_TEST(a_removed_one_leaves_a_tombstone_without_texts),
        CONVERSATIONS_TEST(a_list_is_by_age_in_pages_of_any_size),
        CONVERSATIONS_TEST(a_list_shows_closed_ones_to_who_takes_part),
        CONVERSATIONS_TEST(a_page_ends_where_its_texts_grow_too_long),
    };
    return cmocka_run_group_tests(tests, conversations_open, conversations_close);
}
