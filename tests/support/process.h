/* Child processes of a test: a nats-server, an edge. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* A TCP port of 127.0.0.1 that nobody listens at, a moment ago. */
uint16_t process_free_port(void);

/* Starts a program; arguments end with NULL, environment rows ("NAME=value") are added. */
pid_t process_start(const char *const *arguments, const char *const *environment);

/* Waits until somebody listens at the port; fails the test if the process ends before, or after
 * 20 s. */
void process_await_port(pid_t pid, uint16_t port);

/* Sends the signal and waits for the end. Returns the exit status, or 128 and the signal. */
int process_end(pid_t pid, int signal);

/* nats-server at that port, listening. */
pid_t process_nats(uint16_t port);
