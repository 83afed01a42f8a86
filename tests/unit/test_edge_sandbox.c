/* What a process can no longer do in the sandbox, and what it still can: each in a child. */

#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/sandbox.h"

typedef bool action(void);

static bool has_landlock; /* not every kernel has it, and not every container lets it be asked */

/* Whether it comes out as wanted in a child that has given up what it can. */
static bool in_sandbox(action *act)
{
    pid_t child = fork();
    if (child == 0) {
        has_landlock = sandbox_files();
        _exit(sandbox_calls() && act() ? 0 : 1); /* past LeakSanitizer's look */
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool refused(long result, int why)
{
    return result == -1 && errno == why;
}

static bool it_runs_nothing(void)
{
    char *argv[] = {(char[]){"true"}, NULL};
    return refused(execv("/bin/true", argv), EPERM);
}

static bool it_has_no_children(void)
{
    return refused(fork(), EPERM);
}

static bool it_sees_no_other_process(void)
{
    return refused(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL), EPERM) &&
           refused(kill(getppid(), SIGCONT), EPERM);
}

static bool it_writes_no_file(void)
{
    char name[] = "/tmp/tincan-sandbox-XXXXXX";
    if (!has_landlock)
        return close(mkstemp(name)) == 0 && unlink(name) == 0;
    return refused(mkstemp(name), EACCES) &&
           refused(open("/dev/null", O_WRONLY | O_CLOEXEC), EACCES) &&
           refused(mkdir("/tmp/tincan-sandbox", 0700), EACCES);
}

static bool it_opens_no_raw_socket(void)
{
    return refused(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), EAFNOSUPPORT);
}

static bool it_makes_no_ring(void)
{
    return refused(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
}

static void *sandboxed_thread(void *ctx)
{
    *(bool *)ctx = it_runs_nothing() && it_writes_no_file();
    return NULL;
}

static bool it_begins_threads_that_are_in_it_too(void)
{
    pthread_t thread;
    bool held = false;
    return pthread_create(&thread, NULL, sandboxed_thread, &held) == 0 &&
           pthread_join(thread, NULL) == 0 && held;
}

static bool it_reads_files_and_looks_up_names(void)
{
    struct addrinfo *found = NULL;
    int fd = open("/etc/hosts", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || getaddrinfo("localhost", "80", NULL, &found) != 0)
        return false;
    freeaddrinfo(found);
    return close(fd) == 0;
}

static bool it_gets_no_new_rights(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_SECCOMP) == 2;
}

#define IN_SANDBOX(what)                                                                           \
    static void test_##what(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        assert_true(in_sandbox(what));                                                             \
    }
IN_SANDBOX(it_runs_nothing)
IN_SANDBOX(it_has_no_children)
IN_SANDBOX(it_sees_no_other_process)
IN_SANDBOX(it_writes_no_file)
IN_SANDBOX(it_opens_no_raw_socket)
IN_SANDBOX(it_makes_no_ring)
IN_SANDBOX(it_begins_threads_that_are_in_it_too)
IN_SANDBOX(it_reads_files_and_looks_up_names)
IN_SANDBOX(it_gets_no_new_rights)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_runs_nothing),
        cmocka_unit_test(test_it_has_no_children),
        cmocka_unit_test(test_it_sees_no_other_process),
        cmocka_unit_test(test_it_writes_no_file),
        cmocka_unit_test(test_it_opens_no_raw_socket),
        cmocka_unit_test(test_it_makes_no_ring),
        cmocka_unit_test(test_it_begins_threads_that_are_in_it_too),
        cmocka_unit_test(test_it_reads_files_and_looks_up_names),
        cmocka_unit_test(test_it_gets_no_new_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
