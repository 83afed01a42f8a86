/* The crossing from nats.c's thread to the loop: order, bounds, and that nothing is forgotten. */

#include "tests/support/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "edge/inbox.h"
#include "shared/bus/bus.h"
#include "tests/support/fake_bus.h"

#define MANY 20000

struct reader {
    struct inbox *inbox;
    int told, overflows;
    int last; /* the number in the last message */
    int told_by_overflow;
    bool in_order;
};

static uv_loop_t loop;

static void on_message(void *user, struct tc_msg *msg)
{
    struct reader *reader = user;
    int number = atoi(tc_msg_data(msg));
    if (number != reader->last + 1)
        reader->in_order = false;
    reader->last = number;
    reader->told++;
    tc_msg_free(&msg);
}

static void on_overflow(void *user)
{
    struct reader *reader = user;
    reader->overflows++;
    reader->told_by_overflow = reader->told;
}

static void open_reader(struct reader *reader, struct inbox_limits limits)
{
    static const struct inbox_ops ops = {on_message, on_overflow};
    fake_bus_reset();
    *reader = (struct reader){.in_order = true};
    uv_loop_init(&loop);
    reader->inbox = inbox_create(&loop, &limits, &ops, reader);
}

static void close_reader(struct reader *reader)
{
    inbox_close(&reader->inbox);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(fake_messages(), 0);
}

static void push(struct reader *reader, int number)
{
    char text[16];
    snprintf(text, sizeof(text), "%d", number);
    inbox_push(reader->inbox, fake_message("s", text, NULL, NULL));
}

static void *push_many(void *arg)
{
    for (int i = 1; i <= MANY; i++)
        push(arg, i);
    return NULL;
}

static void all_comes_over_in_order(void **state)
{
    (void)state;
    struct reader reader;
    open_reader(&reader, (struct inbox_limits){MANY, 1 << 30, 10000});
    pthread_t thread;
    pthread_create(&thread, NULL, push_many, &reader);
    while (reader.told < MANY)
        uv_run(&loop, UV_RUN_ONCE);
    pthread_join(thread, NULL);
    assert_true(reader.in_order);
    assert_int_equal(reader.overflows, 0);
    struct inbox_state now = inbox_state(reader.inbox);
    assert_int_equal(now.messages, 0);
    assert_int_equal(now.bytes, 0);
    close_reader(&reader);
}

static void what_does_not_fit_is_dropped_and_said_in_its_place(void **state)
{
    (void)state;
    struct reader reader;
    open_reader(&reader, (struct inbox_limits){10, 1 << 20, 1 << 20});
    for (int i = 1; i <= 15; i++)
        push(&reader, i);
    assert_int_equal(inbox_state(reader.inbox).messages, 10);
    assert_int_equal(inbox_state(reader.inbox).dropped, 5);
    while (reader.overflows == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(reader.told_by_overflow, 10);
    assert_true(reader.in_order);

    push(&reader, 16);
    while (reader.told < 11)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(reader.overflows, 1);
    close_reader(&reader);
}

static void bytes_are_bounded_too(void **state)
{
    (void)state;
    struct reader reader;
    open_reader(&reader, (struct inbox_limits){1000, 2000, 1 << 20});
    for (int i = 1; i <= 100; i++)
        push(&reader, i);
    struct inbox_state now = inbox_state(reader.inbox);
    assert_in_range(now.messages, 1, 10);
    assert_in_range(now.bytes, 1, 2000);
    close_reader(&reader);
}

static void under_floods_each_gap_is_told(void **state)
{
    (void)state;
    struct reader reader;
    open_reader(&reader, (struct inbox_limits){50, 1 << 20, 5000});
    pthread_t thread;
    pthread_create(&thread, NULL, push_many, &reader);
    uint64_t dropped = 0;
    while ((uint64_t)reader.told + (dropped = inbox_state(reader.inbox).dropped) < MANY)
        uv_run(&loop, UV_RUN_NOWAIT);
    pthread_join(thread, NULL);
    while (uv_run(&loop, UV_RUN_NOWAIT) && dropped > 0 && reader.overflows == 0)
        continue;
    assert_int_equal(dropped > 0, reader.overflows > 0);
    assert_int_equal(dropped > 0, !reader.in_order || reader.last < MANY);
    close_reader(&reader);
}

static void one_turn_of_the_loop_tells_a_slice(void **state)
{
    (void)state;
    struct reader reader;
    open_reader(&reader, (struct inbox_limits){1000, 1 << 20, 1000});
    for (int i = 1; i <= 100; i++)
        push(&reader, i);
    uv_run(&loop, UV_RUN_ONCE);
    assert_in_range(reader.told, 1, 5);
    while (reader.told < 100)
        uv_run(&loop, UV_RUN_ONCE);
    assert_true(reader.in_order);
    close_reader(&reader);
}

static void what_waits_is_freed_at_the_end(void **state)
{
    (void)state;
    struct reader reader;
    open_reader(&reader, (struct inbox_limits){1000, 1 << 20, 1000});
    for (int i = 1; i <= 100; i++)
        push(&reader, i);
    uv_run(&loop, UV_RUN_ONCE);
    for (int i = 101; i <= 110; i++)
        push(&reader, i);
    close_reader(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_comes_over_in_order),
        cmocka_unit_test(what_does_not_fit_is_dropped_and_said_in_its_place),
        cmocka_unit_test(bytes_are_bounded_too),
        cmocka_unit_test(under_floods_each_gap_is_told),
        cmocka_unit_test(one_turn_of_the_loop_tells_a_slice),
        cmocka_unit_test(what_waits_is_freed_at_the_end),
    };
    return cmocka_run_group_tests_name("edge_inbox", tests, NULL, NULL);
}
