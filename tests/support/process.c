/* Starting, awaiting and ending child processes. */

#include "tests/support/process.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tests/support/unit.h"

#define AWAIT_MS 20000

static int local_socket(uint16_t port, struct sockaddr_in *out)
{
    *out = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    return fd;
}

uint16_t process_free_port(void)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    int fd = local_socket(0, &address);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

pid_t process_start(const char *const *arguments, const char *const *environment)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (; *environment != NULL; environment++)
        putenv(strdup(*environment));
    execvp(arguments[0], (char *const *)(uintptr_t)arguments);
    perror(arguments[0]);
    _exit(127);
}

static bool answers(uint16_t port)
{
    struct sockaddr_in address;
    int fd = local_socket(port, &address);
    bool yes = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return yes;
}

void process_await_port(pid_t pid, uint16_t port)
{
    int64_t end_ms = tc_mono_ms() + AWAIT_MS;
    while (!answers(port)) {
        if (waitpid(pid, NULL, WNOHANG) != 0 || tc_mono_ms() > end_ms)
            fail_msg("nobody listens at port %d", port);
        poll(NULL, 0, 5); /* between two attempts */
    }
}

int process_end(pid_t pid, int signal)
{
    int status = 0;
    kill(pid, signal);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t process_nats(uint16_t port)
{
    char text[8];
    snprintf(text, sizeof(text), "%u", port);
    const char *arguments[] = {"nats-server", "-a", "127.0.0.1", "-p",
                               text,          "-l", "/dev/null", NULL};
    pid_t pid = process_start(arguments, (const char *const[]){NULL});
    process_await_port(pid, port);
    return pid;
}
