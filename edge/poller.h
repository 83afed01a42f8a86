/*
 * Which of many sockets can be read from or written to: an epoll of our own, which the loop waits
 * for like for one socket. (A uv_poll_t has 160 bytes, and asks the kernel twice for each change.)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h> /* EPOLLIN, EPOLLOUT */

struct poller;
struct uv_loop_s;

/* name: what the socket was added under. Of the events, those that were asked for; all of them
 * when the socket has failed, so that whoever uses it finds the error himself. */
typedef void poller_ready(void *user, uint64_t name, uint32_t events);

struct poller *poller_create(struct uv_loop_s *loop, poller_ready *ready, void *user);

/* Changes what is asked for; 0: nothing at all. A closed socket need not be taken out. False when
 * the kernel will not have one more. */
bool poller_change(struct poller *poller, int fd, uint64_t name, uint32_t from, uint32_t to);

/* Tells no more. Calls closed(user) once the loop has let go of it. */
void poller_close(struct poller **poller, void (*closed)(void *user));
