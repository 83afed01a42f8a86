/*
 * Many sends in one system call, where the kernel has io_uring and lets us; else one after the
 * other. Nothing is waited for either way.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

struct sends;

struct send {
    int fd;
    struct msghdr message; /* only its parts */
    ssize_t result;        /* so many bytes have gone; or -errno */
};

/* together: try for io_uring. */
struct sends *sends_create(bool together);
void sends_free(struct sends **sends);
bool sends_are_together(const struct sends *sends);

/* Does all of them; what they point to is not needed afterwards. */
void sends_run(struct sends *sends, struct send *items, size_t count);
