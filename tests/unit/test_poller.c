/* Which sockets are ready, over socket pairs. */

#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "edge/poller.h"

enum { PATIENCE_S = 20, PAIRS = 700 }; /* more than are told in one turn */

struct ear {
    uv_loop_t loop;
    struct poller *poller;
    int ours[PAIRS], theirs[PAIRS];
    uint32_t told[PAIRS];
    size_t count;
    bool closed;
};

static void on_ready(void *user, uint64_t name, uint32_t events)
{
    struct ear *ear = user;
    assert_true(name < PAIRS);
    ear->count += ear->told[name] == 0;
    ear->told[name] |= events;
}

static void on_closed(void *user)
{
    ((struct ear *)user)->closed = true;
}

static void open_ear(struct ear *ear)
{
    *ear = (struct ear){0};
    uv_loop_init(&ear->loop);
    ear->poller = poller_create(&ear->loop, on_ready, ear);
    for (int i = 0; i < PAIRS; i++) {
        int fds[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        ear->ours[i] = fds[0];
        ear->theirs[i] = fds[1];
        assert_true(poller_change(ear->poller, fds[0], (uint64_t)i, 0, EPOLLIN));
    }
    alarm(PATIENCE_S);
}

static void close_ear(struct ear *ear)
{
    poller_close(&ear->poller, on_closed);
    assert_null(ear->poller);
    uv_run(&ear->loop, UV_RUN_DEFAULT);
    assert_true(ear->closed);
    assert_int_equal(uv_loop_close(&ear->loop), 0);
    for (int i = 0; i < PAIRS; i++) {
        close(ear->ours[i]);
        close(ear->theirs[i]);
    }
    alarm(0);
}

static void say(struct ear *ear, int number)
{
    assert_int_equal(write(ear->theirs[number], "x", 1), 1);
}

static void all_that_are_ready_are_told(void **state)
{
    (void)state;
    static struct ear ear;
    open_ear(&ear);
    for (int i = 0; i < PAIRS; i++)
        say(&ear, i);
    while (ear.count < PAIRS)
        uv_run(&ear.loop, UV_RUN_ONCE);
    for (int i = 0; i < PAIRS; i++)
        assert_int_equal(ear.told[i], EPOLLIN);
    close_ear(&ear);
}

static void what_is_not_asked_for_is_not_told(void **state)
{
    (void)state;
    static struct ear ear;
    open_ear(&ear);
    poller_change(ear.poller, ear.ours[1], 1, EPOLLIN, 0);
    poller_change(ear.poller, ear.ours[2], 2, EPOLLIN, EPOLLIN | EPOLLOUT);
    shutdown(ear.theirs[1], SHUT_RDWR);
    say(&ear, 3);
    while (ear.told[3] == 0)
        uv_run(&ear.loop, UV_RUN_ONCE);
    assert_int_equal(ear.told[1], 0);
    assert_int_equal(ear.told[2], EPOLLOUT);
    poller_change(ear.poller, ear.ours[1], 1, 0, EPOLLIN);
    while (ear.told[1] == 0)
        uv_run(&ear.loop, UV_RUN_ONCE);
    assert_int_equal(ear.told[1], EPOLLIN | EPOLLOUT); /* it has failed */
    close_ear(&ear);
}

static void no_more_can_be_no_more(void **state)
{
    (void)state;
    static struct ear ear;
    open_ear(&ear);
    assert_false(poller_change(ear.poller, -1, 0, 0, EPOLLIN));
    close_ear(&ear);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_are_ready_are_told),
        cmocka_unit_test(what_is_not_asked_for_is_not_told),
        cmocka_unit_test(no_more_can_be_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
