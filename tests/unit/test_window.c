/* The window of events that JetStream has not yet acknowledged. */

#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "shared/service/window.h"

#define ONE "0190b5a0-0000-7000-8000-000000000001"
#define TWO "0190b5a0-0000-7000-8000-000000000002"

static void free_rows(struct window_row *rows)
{
    while (rows != NULL) {
        struct window_row *next = rows->next;
        free(rows);
        rows = next;
    }
}

static void a_row_is_done_when_all_its_events_are_and_no_more_can_come(void **state)
{
    (void)state;
    struct window *window = window_create(8);
    uint64_t a = window_add(window, ONE, ONE ".1");
    window_acknowledge(window, a, 7);
    assert_null(window_take_done(window)); /* a second event may follow */

    uint64_t b = window_add(window, ONE, ONE ".2");
    window_release(window);
    assert_null(window_take_done(window));
    window_acknowledge(window, b, 5);

    struct window_row *done = window_take_done(window);
    assert_non_null(done);
    assert_null(done->next);
    assert_string_equal(done->id, ONE);
    assert_int_equal(done->seq, 7); /* the greatest, and whose it is */
    assert_string_equal(done->msg_id, ONE ".1");
    free_rows(done);
    window_free(&window);
}

static void an_acknowledgement_counts_once_and_for_its_own_event_only(void **state)
{
    (void)state;
    struct window *window = window_create(2);
    uint64_t a = window_add(window, ONE, ONE ".1");
    uint64_t b = window_add(window, TWO, TWO ".1");
    window_release(window);
    window_acknowledge(window, a, 1);
    window_acknowledge(window, a, 1);
    window_acknowledge(window, a + 2, 1); /* b's neighbour, a turn later */
    struct window_row *done = window_take_done(window);
    assert_string_equal(done->id, ONE);
    assert_null(done->next);
    free_rows(done);

    window_acknowledge(window, b, 2);
    done = window_take_done(window);
    assert_string_equal(done->id, TWO);
    free_rows(done);
    window_free(&window);
}

static void a_full_window_has_room_again_when_an_event_is_acknowledged(void **state)
{
    (void)state;
    struct window *window = window_create(2);
    uint64_t a = window_add(window, ONE, ONE ".1");
    window_add(window, ONE, ONE ".2");
    window_release(window);
    assert_false(window_await_room(window, 1, 1));
    window_acknowledge(window, a, 1);
    assert_true(window_await_room(window, 1, 1));
    assert_false(window_await_room(window, 2, 1));
    window_free(&window);
}

static void what_is_given_up_makes_room_and_is_never_done(void **state)
{
    (void)state;
    struct window *window = window_create(2);
    uint64_t a = window_add(window, ONE, ONE ".1");
    window_release(window);
    window_give_up(window, 60000);
    assert_false(window_await_room(window, 2, 1)); /* not that old */
    window_give_up(window, 0);
    assert_true(window_await_room(window, 2, 1));
    window_acknowledge(window, a, 1);
    assert_null(window_take_done(window));
    window_free(&window);
}

static void an_event_beyond_the_window_is_no_ones(void **state)
{
    (void)state;
    struct window *window = window_create(1);
    uint64_t a = window_add(window, ONE, ONE ".1");
    uint64_t b = window_add(window, ONE, ONE ".2");
    window_release(window);
    assert_int_not_equal(a, b);
    window_acknowledge(window, b, 1);
    window_acknowledge(window, a, 1);
    assert_null(window_take_done(window)); /* the row stays open: an orphan, in the end */
    window_free(&window);
}

static void a_row_that_is_told_again_waits_for_the_new_acknowledgements_only(void **state)
{
    (void)state;
    struct window *window = window_create(4);
    uint64_t lost = window_add(window, ONE, ONE ".1");
    window_release(window);
    uint64_t again = window_add(window, ONE, ONE ".1");
    window_release(window);
    assert_true(window_await_room(window, 3, 1));
    window_acknowledge(window, lost, 1);
    assert_null(window_take_done(window));
    window_acknowledge(window, again, 2);
    struct window_row *done = window_take_done(window);
    assert_non_null(done);
    assert_int_equal(done->seq, 2);
    free_rows(done);
    window_free(&window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_done_when_all_its_events_are_and_no_more_can_come),
        cmocka_unit_test(an_acknowledgement_counts_once_and_for_its_own_event_only),
        cmocka_unit_test(a_full_window_has_room_again_when_an_event_is_acknowledged),
        cmocka_unit_test(what_is_given_up_makes_room_and_is_never_done),
        cmocka_unit_test(an_event_beyond_the_window_is_no_ones),
        cmocka_unit_test(a_row_that_is_told_again_waits_for_the_new_acknowledgements_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
