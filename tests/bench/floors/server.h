/* What the floors that serve have in common: a listening socket, said on stdout, and a bare epoll
 * loop. Nothing here is meant to survive trouble: whatever is unexpected ends the program. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { FLOOR_CLIENTS_MAX = 20000 };

struct floor_ops {
    void (*joined)(int fd);
    void (*readable)(int fd); /* what it leaves is told again */
    void (*ticked)(void);     /* all that was ready has been told; NULL: not wanted */
};

/* Prints {"port":N}, and serves until SIGTERM. */
void floor_serve(const struct floor_ops *ops);

/* Says why (with errno), and ends. */
_Noreturn void floor_die(const char *what);

/* Waits for a client that does not keep up, where it must. */
void floor_wait_writable(int fd);
