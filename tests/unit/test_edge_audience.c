/* Who listens to what, and which subscriptions that needs. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/audience.h"
#include "shared/base/mem.h"

#define GROUP_A "018f0000-0000-7000-8000-00000000000a"
#define GROUP_B "018f0000-0000-7000-8000-00000000000b"
#define CLOSED_1 "018f0000-0000-7000-8000-000000000001"
#define CLOSED_2 "018f0000-0000-7000-8000-000000000002"

struct tc_sub {
    char subject[128];
};

static size_t subscriptions;
static char last_subject[128];

static struct tc_sub *subscribe(void *ctx, const char *subject)
{
    (void)ctx;
    struct tc_sub *sub = tc_alloc(sizeof(*sub));
    snprintf(last_subject, sizeof(last_subject), "%s", subject);
    subscriptions++;
    return sub;
}

static void unsubscribe(void *ctx, struct tc_sub **sub)
{
    (void)ctx;
    free(*sub);
    *sub = NULL;
    subscriptions--;
}

static struct audiences *create(void)
{
    static const struct audiences_ops ops = {subscribe, unsubscribe};
    subscriptions = 0;
    return audiences_create(&ops, NULL);
}

static size_t count_of(const struct audience *audience)
{
    size_t count = 0;
    if (audience != NULL)
        audience_listeners(audience, &count);
    return count;
}

static bool hears(const struct audience *audience, const struct listener *listener)
{
    size_t count = 0;
    const struct audience_entry *entries =
        audience != NULL ? audience_listeners(audience, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (entries[i].listener == listener)
            return true;
    return false;
}

static void tune(struct audiences *audiences, struct listener *listener, const char *group,
                 const char *closed)
{
    audiences_begin(audiences, listener);
    if (group != NULL)
        audiences_keep_group(audiences, listener, group);
    if (closed != NULL)
        audiences_keep_closed(audiences, listener, closed, group);
    audiences_end(audiences, listener);
}

static void each_audience_is_subscribed_to_once(void **state)
{
    (void)state;
    struct audiences *audiences = create();
    struct listener ann = {0}, bob = {0};
    tune(audiences, &ann, GROUP_A, NULL);
    assert_string_equal(last_subject, "tincan.*.group." GROUP_A ".>");
    tune(audiences, &bob, GROUP_A, CLOSED_1);
    assert_string_equal(last_subject, "tincan.*.closed.*." CLOSED_1 ".>");
    assert_int_equal(subscriptions, 2);
    assert_int_equal(count_of(audiences_group(audiences, GROUP_A)), 2);
    assert_int_equal(count_of(audiences_closed(audiences, CLOSED_1)), 1);

    audiences_drop_all(audiences, &bob);
    assert_int_equal(subscriptions, 1);
    assert_null(audiences_closed(audiences, CLOSED_1));
    audiences_drop_all(audiences, &ann);
    assert_int_equal(subscriptions, 0);
    audiences_free(&audiences);
}

static void what_is_not_named_again_falls_away(void **state)
{
    (void)state;
    struct audiences *audiences = create();
    struct listener ann = {0};
    tune(audiences, &ann, GROUP_A, CLOSED_1);
    tune(audiences, &ann, GROUP_B, NULL);
    assert_false(hears(audiences_group(audiences, GROUP_A), &ann));
    assert_false(hears(audiences_closed(audiences, CLOSED_1), &ann));
    assert_true(hears(audiences_group(audiences, GROUP_B), &ann));
    assert_int_equal(subscriptions, 1);
    audiences_drop_all(audiences, &ann);
    audiences_free(&audiences);
}

static void naming_one_twice_is_naming_it_once(void **state)
{
    (void)state;
    struct audiences *audiences = create();
    struct listener ann = {0};
    audiences_begin(audiences, &ann);
    audiences_keep_group(audiences, &ann, GROUP_A);
    audiences_keep_group(audiences, &ann, GROUP_A);
    audiences_end(audiences, &ann);
    assert_int_equal(count_of(audiences_group(audiences, GROUP_A)), 1);
    audiences_drop_all(audiences, &ann);
    audiences_free(&audiences);
}

static void leaving_a_group_leaves_its_closed_conversations(void **state)
{
    (void)state;
    struct audiences *audiences = create();
    struct listener ann = {0}, bob = {0};
    audiences_begin(audiences, &ann);
    audiences_keep_group(audiences, &ann, GROUP_A);
    audiences_keep_closed(audiences, &ann, CLOSED_1, GROUP_A);
    audiences_keep_group(audiences, &ann, GROUP_B);
    audiences_keep_closed(audiences, &ann, CLOSED_2, GROUP_B);
    audiences_end(audiences, &ann);
    tune(audiences, &bob, GROUP_A, CLOSED_1);

    audiences_drop_group(audiences, &ann, GROUP_A);
    assert_false(hears(audiences_group(audiences, GROUP_A), &ann));
    assert_false(hears(audiences_closed(audiences, CLOSED_1), &ann));
    assert_true(hears(audiences_closed(audiences, CLOSED_2), &ann));
    assert_true(hears(audiences_closed(audiences, CLOSED_1), &bob));

    audiences_drop_closed(audiences, &ann, CLOSED_2);
    assert_false(hears(audiences_closed(audiences, CLOSED_2), &ann));
    assert_true(hears(audiences_group(audiences, GROUP_B), &ann));
    audiences_drop_all(audiences, &ann);
    audiences_drop_all(audiences, &bob);
    audiences_free(&audiences);
}

static void a_removed_group_is_over_for_everybody(void **state)
{
    (void)state;
    struct audiences *audiences = create();
    struct listener ann = {0}, bob = {0};
    tune(audiences, &ann, GROUP_A, CLOSED_1);
    tune(audiences, &bob, GROUP_A, CLOSED_2);
    audiences_end_group(audiences, GROUP_A);
    assert_int_equal(subscriptions, 0);
    assert_int_equal(ann.count, 0);
    assert_int_equal(bob.count, 0);

    tune(audiences, &ann, GROUP_A, CLOSED_1);
    audiences_end_closed(audiences, CLOSED_1);
    audiences_end_closed(audiences, CLOSED_1);
    assert_true(hears(audiences_group(audiences, GROUP_A), &ann));
    audiences_drop_all(audiences, &ann);
    audiences_drop_all(audiences, &bob);
    audiences_free(&audiences);
}

/* Many listeners, many audiences, at random, against a plain table of who hears what. */
#define LISTENERS 20
#define GROUPS 12

static void group_id(char out[TC_ID_SIZE], int group)
{
    snprintf(out, TC_ID_SIZE, "018f0000-0000-7000-8000-%012x", group);
}

static void tune_at_random(struct audiences *audiences, struct listener *listener,
                           bool heard[GROUPS])
{
    char id[TC_ID_SIZE];
    audiences_begin(audiences, listener);
    for (int group = 0; group < GROUPS; group++) {
        heard[group] = rand() % 3 == 0;
        group_id(id, group);
        if (heard[group])
            audiences_keep_group(audiences, listener, id);
    }
    audiences_end(audiences, listener);
}

static void compare(struct audiences *audiences, const struct listener listeners[LISTENERS],
                    bool heard[LISTENERS][GROUPS])
{
    char id[TC_ID_SIZE];
    for (int group = 0; group < GROUPS; group++) {
        group_id(id, group);
        for (int i = 0; i < LISTENERS; i++)
            assert_int_equal(hears(audiences_group(audiences, id), &listeners[i]), heard[i][group]);
    }
}

static void the_two_sides_never_disagree(void **state)
{
    (void)state;
    struct audiences *audiences = create();
    struct listener listeners[LISTENERS] = {0};
    bool heard[LISTENERS][GROUPS] = {0};
    srand(7);
    for (int round = 0; round < 2000; round++) {
        char id[TC_ID_SIZE];
        int who = rand() % LISTENERS, group = rand() % GROUPS;
        group_id(id, group);
        if (rand() % 4 > 0) {
            tune_at_random(audiences, &listeners[who], heard[who]);
        } else if (rand() % 2 == 0) {
            audiences_drop_group(audiences, &listeners[who], id);
            heard[who][group] = false;
        } else {
            audiences_end_group(audiences, id);
            for (int i = 0; i < LISTENERS; i++)
                heard[i][group] = false;
        }
        compare(audiences, listeners, heard);
    }
    for (int i = 0; i < LISTENERS; i++)
        audiences_drop_all(audiences, &listeners[i]);
    assert_int_equal(audiences_count(audiences), 0);
    assert_int_equal(subscriptions, 0);
    audiences_free(&audiences);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_audience_is_subscribed_to_once),
        cmocka_unit_test(what_is_not_named_again_falls_away),
        cmocka_unit_test(naming_one_twice_is_naming_it_once),
        cmocka_unit_test(leaving_a_group_leaves_its_closed_conversations),
        cmocka_unit_test(a_removed_group_is_over_for_everybody),
        cmocka_unit_test(the_two_sides_never_disagree),
    };
    return cmocka_run_group_tests_name("edge_audience", tests, NULL, NULL);
}
