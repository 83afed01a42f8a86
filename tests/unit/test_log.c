/* The log: lines whole, and written together where there are many. */

#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/log.h"

static int reader, old_stderr;

/* Standard error is a pipe that keeps each write apart. */
static int listen_in(void **state)
{
    (void)state;
    int ends[2];
    if (pipe2(ends, O_DIRECT | O_NONBLOCK) != 0)
        return -1;
    old_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    reader = ends[0];
    return 0;
}

static int stop_listening(void **state)
{
    (void)state;
    dup2(old_stderr, STDERR_FILENO);
    close(old_stderr);
    close(reader);
    return 0;
}

/* One write; how many lines it had. */
static int lines_of_next_write(void)
{
    char text[65536];
    ssize_t len = read(reader, text, sizeof(text));
    int lines = 0;
    for (ssize_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    return lines;
}

static void a_line_is_written_at_once(void **state)
{
    (void)state;
    tc_log(TC_INFO, "one", "n=%d", 1);
    assert_int_equal(lines_of_next_write(), 1);
}

static void gathered_lines_are_written_together(void **state)
{
    (void)state;
    tc_log_gather();
    for (int i = 0; i < 10; i++)
        tc_log(TC_INFO, "many", "n=%d", i);
    assert_int_equal(lines_of_next_write(), 0);
    tc_log_release();
    assert_int_equal(lines_of_next_write(), 10);
    tc_log(TC_INFO, "after", "n=%d", 1);
    assert_int_equal(lines_of_next_write(), 1);
}

static void more_than_can_be_gathered_is_written_before(void **state)
{
    (void)state;
    char text[900];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    tc_log_gather();
    int lines = 0;
    for (int i = 0; i < 100; i++) {
        tc_log(TC_INFO, "long", "text=%s", text);
        for (int more; (more = lines_of_next_write()) > 0;)
            lines += more;
    }
    assert_true(lines > 0);
    tc_log_release();
    for (int more; (more = lines_of_next_write()) > 0;)
        lines += more;
    assert_int_equal(lines, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_written_at_once, listen_in, stop_listening),
        cmocka_unit_test_setup_teardown(gathered_lines_are_written_together, listen_in,
                                        stop_listening),
        cmocka_unit_test_setup_teardown(more_than_can_be_gathered_is_written_before, listen_in,
                                        stop_listening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
