/* Many sends at once, over socket pairs: the same with io_uring and without. */

#include "tests/support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/sends.h"
#include "shared/base/mem.h"

enum { PAIRS = 600 }; /* more than one ring holds */

struct pairs {
    struct sends *sends;
    int ours[PAIRS], theirs[PAIRS];
    struct iovec parts[PAIRS][2];
    struct send items[PAIRS];
};

static bool is_together(void **state)
{
    return *state != NULL;
}

static void open_pairs(struct pairs *pairs, bool together)
{
    pairs->sends = sends_create(together);
    for (int i = 0; i < PAIRS; i++) {
        int fds[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        pairs->ours[i] = fds[0];
        pairs->theirs[i] = fds[1];
        pairs->parts[i][0] = (struct iovec){"one ", 4};
        pairs->parts[i][1] = (struct iovec){"two", 3};
        pairs->items[i] = (struct send){.fd = fds[0]};
        pairs->items[i].message.msg_iov = pairs->parts[i];
        pairs->items[i].message.msg_iovlen = i % 2 == 0 ? 1 : 2;
    }
}

static void close_pairs(struct pairs *pairs)
{
    sends_free(&pairs->sends);
    for (int i = 0; i < PAIRS; i++) {
        close(pairs->ours[i]);
        close(pairs->theirs[i]);
    }
    free(pairs);
}

static struct pairs *some_pairs(void **state)
{
    struct pairs *pairs = tc_alloc(sizeof *pairs);
    open_pairs(pairs, is_together(state));
    return pairs;
}

static void each_gets_its_own(void **state)
{
    struct pairs *pairs = some_pairs(state);
    for (int round = 0; round < 3; round++) {
        sends_run(pairs->sends, pairs->items, PAIRS);
        for (int i = 0; i < PAIRS; i++) {
            char came[16] = "";
            ssize_t expected = i % 2 == 0 ? 4 : 7;
            assert_int_equal(pairs->items[i].result, expected);
            assert_int_equal(recv(pairs->theirs[i], came, sizeof came, MSG_DONTWAIT), expected);
            assert_string_equal(came, i % 2 == 0 ? "one " : "one two");
        }
    }
    close_pairs(pairs);
}

static void who_takes_no_more_is_not_waited_for(void **state)
{
    struct pairs *pairs = some_pairs(state);
    size_t size = (size_t)64 << 20;
    char *much = tc_alloc(size);
    for (int i = 1; i < 3; i++)
        pairs->items[i].message.msg_iov[0] = (struct iovec){much, size};
    pairs->items[1].message.msg_iovlen = pairs->items[2].message.msg_iovlen = 1;
    sends_run(pairs->sends, pairs->items, 4);
    for (int i = 1; i < 3; i++) {
        assert_true(pairs->items[i].result > 0);
        assert_true(pairs->items[i].result < (ssize_t)size);
    }
    assert_int_equal(pairs->items[0].result, 4);
    assert_int_equal(pairs->items[3].result, 7);
    sends_run(pairs->sends, pairs->items, 4);
    assert_int_equal(pairs->items[1].result, -EAGAIN);
    assert_int_equal(pairs->items[2].result, -EAGAIN);
    free(much);
    close_pairs(pairs);
}

static void who_has_gone_is_no_signal(void **state)
{
    struct pairs *pairs = some_pairs(state);
    shutdown(pairs->theirs[1], SHUT_RDWR);
    shutdown(pairs->theirs[2], SHUT_RDWR);
    pairs->items[3].fd = -1;
    sends_run(pairs->sends, pairs->items, 5);
    assert_int_equal(pairs->items[0].result, 4);
    assert_int_equal(pairs->items[1].result, -EPIPE);
    assert_int_equal(pairs->items[2].result, -EPIPE);
    assert_int_equal(pairs->items[3].result, -EBADF);
    assert_int_equal(pairs->items[4].result, 4);
    sends_run(pairs->sends, pairs->items, 0);
    close_pairs(pairs);
}

static void a_kernel_that_refuses_is_no_obstacle(void **state)
{
    (void)state;
    struct sends *alone = sends_create(false), *none = NULL;
    assert_false(sends_are_together(alone));
    sends_free(&alone);
    sends_free(&none);
}

#define BOTH_WAYS(test)                                                                            \
    {#test, test, NULL, NULL, NULL},                                                               \
    {                                                                                              \
#test "_together", test, NULL, NULL, &together                                             \
    }

int main(void)
{
    static bool together;
    const struct CMUnitTest tests[] = {
        BOTH_WAYS(each_gets_its_own),
        BOTH_WAYS(who_takes_no_more_is_not_waited_for),
        BOTH_WAYS(who_has_gone_is_no_signal),
        cmocka_unit_test(a_kernel_that_refuses_is_no_obstacle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
